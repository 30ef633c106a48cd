import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnalign_core.metrics.follow import derange, follow_rate


@st.composite
def types_that_can_be_deranged(draw) -> pd.Series:
    sizes = draw(st.lists(st.integers(1, 12), min_size=2, max_size=6))
    largest = max(range(len(sizes)), key=sizes.__getitem__)
    sizes[largest] = min(sizes[largest], sum(sizes) - sizes[largest])
    types = draw(st.permutations([f"type{i}" for i, size in enumerate(sizes) for _ in range(size)]))
    return pd.Series(types, index=[f"line{i}" for i in range(len(types))], name="cancer_type")


@given(types=types_that_can_be_deranged(), seed=st.integers(0, 2**32))
def test_every_line_gets_another_type_and_the_composition_stays(types, seed):
    fed = derange(types, seed)
    assert (fed != types).all()
    assert sorted(fed) == sorted(types)
    assert fed.index.equals(types.index)
    assert fed.equals(derange(types, seed))


def test_the_largest_type_may_hold_half_of_the_lines():
    types = pd.Series(list("A" * 50 + "B" * 30 + "C" * 20))
    fed = derange(types)
    assert (fed[:50] != "A").all()
    assert (fed[50:] == "A").all()


def test_a_type_is_spread_over_all_others():
    types = pd.Series(np.repeat(list("ABCD"), 60))
    fed = derange(types, seed=1)
    table = pd.crosstab(types, fed).to_numpy()
    assert (table[~np.eye(4, dtype=bool)] > 5).all()


def test_seeds_give_different_permutations():
    types = pd.Series(np.repeat(list("ABCD"), 10))
    assert not derange(types, seed=1).equals(derange(types, seed=2))


def test_categories_are_accepted():
    types = pd.Series(pd.Categorical(["A", "B", "B", "A"], categories=["A", "B", "unused"]))
    assert derange(types).tolist() == ["B", "A", "A", "B"]


def test_what_cannot_be_deranged_is_refused():
    with pytest.raises(ValueError, match="A is the type of 3 of 5 lines"):
        derange(pd.Series(list("AAABC")))
    with pytest.raises(ValueError, match="1 lines have no cancer type"):
        derange(pd.Series(["A", None, "B"]))


def test_follow_rate_by_hand():
    own = pd.Series({"l1": "A", "l2": "A", "l3": "B", "l4": "C"})
    fed = pd.Series({"l1": "B", "l2": "C", "l3": "A", "l4": "A", "control": None})
    calls = pd.Series({"control": "A", "l4": "A", "l3": "A", "l2": "A", "l1": "B"})
    rate = follow_rate(calls, fed, own)
    assert rate["value"] == 3 / 4
    assert rate["n"] == 4
    # Wilson's interval, from its closed form.
    z = 1.959963985
    middle, half = (3 + z**2 / 2) / (4 + z**2), z * np.sqrt(3 * 1 / 4 + z**2 / 4) / (4 + z**2)
    assert (rate["low"], rate["high"]) == pytest.approx((middle - half, middle + half))


def test_chance_is_what_is_left_where_the_fed_types_have_no_influence():
    own = pd.Series(np.repeat(list("ABC"), [20, 15, 10]))
    fed = derange(own)
    assert follow_rate(own, fed, own)["chance"] == 0  # a wrong type is never the own one
    # However types are dealt out, ten of 45 lines get C.
    assert follow_rate(own.where(own == "none", "C"), fed, own)["chance"] == pytest.approx(10 / 45)
    # Between two types of equal size everybody gets the other one.
    two = pd.Series(list("AABB"))
    assert follow_rate(pd.Series(list("BABA")), derange(two), two)["chance"] == 1 / 2


def test_a_method_that_ignores_labels_follows_at_chance():
    rng = np.random.default_rng(0)
    own = pd.Series(np.repeat(list("ABCDE"), 80))
    calls = own.where(rng.random(len(own)) < 0.5, rng.permutation(own))
    rate = follow_rate(calls, derange(own), own)
    assert rate["chance"] == pytest.approx((calls != own).mean() / 4, abs=0.002)
    deals = [(calls == derange(own, seed)).mean() for seed in range(20)]
    assert rate["value"] == deals[0]
    assert np.mean(deals) == pytest.approx(rate["chance"], abs=0.01)


def test_follow_rate_needs_a_call_for_every_fed_line():
    own = pd.Series({"l1": "B", "l2": "A"})
    with pytest.raises(ValueError, match="1 lines were fed a type but have no call"):
        follow_rate(pd.Series({"l1": "A"}), pd.Series({"l1": "A", "l2": "B"}), own)
    with pytest.raises(ValueError, match="no line was fed"):
        follow_rate(pd.Series({"l1": "A"}), pd.Series({"l1": None}), own)
