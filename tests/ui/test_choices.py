from rnalign_core.ui.choices import told_apart


def test_options_of_the_same_name_get_their_keys_to_tell_them_apart():
    assert told_apart({"a": "MCF7", "b": "T47D", "c": "MCF7"}) == {
        "a": "MCF7 (a)",
        "b": "T47D",
        "c": "MCF7 (c)",
    }
