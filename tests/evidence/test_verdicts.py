import pytest

from rnalign_core.evidence.verdicts import findings, judge, verdicts

QUESTIONS = ["label-free", "same labels", "relative delta D", "variance", "Subtypes", "wrong cancer type"]


def answer(results, question, row="rnalign"):
    """The finding on a question for one row."""
    (found,) = [f for f in findings(results) if question.lower() in f.claim.lower() and f.row == row]
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_everything_holds_for_the_decoded_profiles(results, question):
    assert answer(results, question).holds is True


def test_spaces_are_judged_apart(results):
    found = {question: answer(results, question, "rnalign.latent").holds for question in QUESTIONS}
    assert found == dict(zip(QUESTIONS, [True, False, False, None, False, False], strict=True))


def test_the_first_sentence_names_a_space_that_does_it_all(results):
    assert verdicts(results)[0] == "All 6 claims below hold together for RNAlign, decoded."


def test_no_sentence_adds_up_what_different_spaces_can_do(results, row_of):
    """Each claim holds somewhere, but not all in one space."""
    row_of("rnalign")["values"]["subtype_brca"]["value"] = 0.6
    row_of("rnalign.latent")["values"]["subtype_brca"]["value"] = 0.8
    assert {f.holds for f in findings(results) if "Subtypes" in f.claim or "subtypes" in f.claim} == {
        True,
        False,
    }
    assert verdicts(results)[0] == (
        "No single space of RNAlign meets all 6 claims below: RNAlign, decoded meets 5 and "
        "RNAlign, latent space meets 2."
    )


def change(results, row, minus, value, low, high):
    for entry in results["differences"]:
        if (entry["row"], entry["minus"]) == (row, minus):
            entry["micro"] = {"value": value, "low": low, "high": high}


def test_a_label_free_method_that_is_not_clearly_worse_is_named(results):
    change(results, "rnalign", "celligner", 0.02, -0.01, 0.05)
    found = answer(results, "label-free")
    assert found.holds is False
    assert "above 2 of 3 label-free methods" in found.detail
    assert "not clearly above Celligner, +2.0 points (\u22121.0 to 5.0)" in found.detail
    assert "Input" not in found.detail


def test_a_label_free_method_that_is_better_is_called_so(results):
    change(results, "rnalign", "celligner", -0.05, -0.08, -0.02)
    assert "below Celligner, \u22125.0 points" in answer(results, "label-free").detail


def test_labelled_methods_do_not_count_as_label_free_nor_the_other_way_round(results):
    change(results, "rnalign", "lda", -0.05, -0.08, -0.02)
    assert answer(results, "label-free").holds is True
    assert answer(results, "same labels").holds is False


def test_a_peers_own_classifier_that_is_as_good_is_not_passed_over(results, row_of):
    row_of("lda")["values"]["classifier_micro"]["value"] = 0.8
    found = answer(results, "same labels")
    assert found.holds is False
    assert "Discriminant analysis (80.0\u202f%)" in found.detail


def test_methods_that_were_told_the_answer_are_no_yardstick(results):
    assert "ComBat" not in " ".join(verdicts(results))


def test_an_unknown_difference_gives_no_verdict(results):
    results["differences"] = [d for d in results["differences"] if d["minus"] != "celligner"]
    found = answer(results, "label-free")
    assert found.holds is None
    assert "Celligner is not known" in found.detail


def test_without_peers_there_is_nothing_to_compare(results):
    results["rows"] = [row for row in results["rows"] if row["method"] != "lda"]
    assert answer(results, "same labels").holds is None


@pytest.mark.parametrize(("value", "holds"), [(0.2, True), (0.201, False)])
def test_half_of_the_inputs_distance(results, row_of, value, holds):
    row_of("rnalign")["values"]["relative_delta_d"]["value"] = value
    assert answer(results, "relative delta D").holds is holds


def test_half_of_no_distance_means_nothing(results, row_of):
    row_of("input_standardised")["values"]["relative_delta_d"]["value"] = -0.01
    assert answer(results, "relative delta D").holds is None


@pytest.mark.parametrize(("value", "holds"), [(0.7, True), (0.699, False)])
def test_variance_that_is_kept(results, row_of, value, holds):
    row_of("rnalign")["values"]["variance_within"]["value"] = value
    assert answer(results, "variance").holds is holds


@pytest.mark.parametrize(("value", "holds"), [(0.79, True), (0.785, False), (0.9, True)])
def test_subtypes_within_two_points_of_the_input(results, row_of, value, holds):
    row_of("rnalign")["values"]["subtype_brca"]["value"] = value
    assert answer(results, "Subtypes").holds is holds


def test_one_lost_disease_is_enough(results, row_of):
    for row, value in (("rnalign", 0.9), ("input_standardised", 0.95)):
        row_of(row)["values"]["subtype_nsclc"] = {"value": value, "low": None, "high": None}
    assert answer(results, "Subtypes").holds is False


def test_subtypes_that_were_not_measured_are_not_judged(results, row_of):
    row_of("rnalign")["values"]["subtype_brca"] = {"value": None, "problem": "no tumors"}
    found = answer(results, "Subtypes")
    assert found.holds is None
    assert "no tumors" in found.detail


@pytest.mark.parametrize(("low", "holds"), [(0.099, True), (0.101, False)])
def test_following_wrong_labels_more_than_by_chance(results, low, holds):
    results["echo"][1]["follow"] = {"value": 0.12, "low": low, "high": 0.15}
    assert answer(results, "wrong cancer type").holds is holds


@pytest.mark.parametrize("entry", [None, {"follow": None, "problem": "too few types"}])
def test_without_the_control_nothing_is_claimed(results, entry):
    results["echo"] = [] if entry is None else [results["echo"][1] | entry]
    assert answer(results, "wrong cancer type").holds is None


def test_without_rnalign_nothing_is_claimed(results):
    results["rows"] = [row for row in results["rows"] if row["method"] != "rnalign"]
    assert verdicts(results) == [
        "RNAlign is not among the methods that ran, so nothing can be said about it."
    ]


@pytest.mark.parametrize(
    ("low", "high", "sign"),
    [(0.01, 0.1, 1), (-0.1, -0.01, -1), (-0.1, 0.1, 0), (0.0, 0.1, 0), (None, None, None)],
)
def test_a_difference_counts_if_its_interval_excludes_0(low, high, sign):
    assert judge({"value": 0.05, "low": low, "high": high}) == sign


def test_no_value_has_no_sign():
    assert judge(None) is None
    assert judge({"value": None, "low": None, "high": None}) is None
