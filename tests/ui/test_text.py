from rnalign_core.ui.text import interval, percent, points

THIN = "\u202f"


def test_shares_in_percent():
    assert percent(0.6349) == f"63.5{THIN}%"
    assert percent(None) == "n/a"


def test_differences_carry_their_sign():
    assert points(0.2231) == "+22.3 points"
    assert points(-0.04) == "\u22124.0 points"
    assert points(None) == "n/a"


def test_intervals():
    found = {"value": 0.5, "low": -0.0123, "high": 0.6}
    assert interval(found) == f"95{THIN}% interval \u22121.2 to 60.0{THIN}%"
    assert interval(found, "", short=True) == "\u22121.2 to 60.0"
    assert interval({"value": None, "low": None, "high": None}) == "no line could be scored"
