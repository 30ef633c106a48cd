import json

import numpy as np
import pandas as pd
import pytest

from rnalign_core.metrics.lisi import inverse_simpson, lisi
from rnalign_core.metrics.neighbours import Neighbours, nearest

# Two samples of a data set with scib-metrics 0.5.10's LISI of batch and label at perplexity 10: distances to 30
# neighbours, the sample itself first, and their batches and labels.
REFERENCE = [
    (
        """0.000000 2.585005 2.746904 3.095749 3.127407 3.276479 3.295550 3.363680 3.393569 3.433797
        3.461166 3.718115 3.776604 3.781697 3.784178 3.798082 3.816126 3.966540 3.986455 4.010806
        4.020339 4.033932 4.041724 4.044602 4.046670 4.091083 4.097092 4.124531 4.133429 4.133987""",
        ("110001010101101010010010000010", 1.9997156),
        ("000000010000200010052200000010", 1.1485095),
    ),
    (
        """0.000000 2.436111 2.518174 2.546079 2.685337 2.686369 2.768523 2.899610 2.918138 3.062793
        3.188712 3.224036 3.278807 3.352529 3.370578 3.373296 3.378667 3.397013 3.407021 3.422624
        3.452723 3.459960 3.477012 3.492769 3.522836 3.544034 3.555263 3.555713 3.571942 3.578578""",
        ("001000000010010001001000000100", 1.4824879),
        ("020014520015051041021100051121", 3.4838452),
    ),
]


def one_sample(distances, labels):
    """Neighbours and labels of sample 0, which is the first of its neighbours."""
    neighbours = Neighbours(np.arange(len(distances))[None], np.asarray(distances, float)[None])
    return neighbours, np.array(list(labels))


@pytest.mark.parametrize("scale", [1, 1e-4, 1e4])
def test_equals_scib_metrics_in_any_units(scale):
    for distances, *expected in REFERENCE:
        for labels, value in expected:
            neighbours, labels = one_sample(np.array(distances.split(), float) * scale, labels)
            assert inverse_simpson(neighbours, labels, 10) == pytest.approx([value], abs=5e-5)


def test_by_hand():
    # Distances 0 and c: weights a and b with 4 a + 4 b = 1; the perplexity decides on them, whatever c is.
    a = 0.2
    b = 0.05
    perplexity = np.exp(-4 * a * np.log(a) - 4 * b * np.log(b))
    neighbours, labels = one_sample([0, 3, 3, 3, 3, 8, 8, 8, 8], "xxxyyxyyy")
    x = 2 * a + b
    value = inverse_simpson(neighbours, labels, perplexity)
    assert value == pytest.approx([1 / (x**2 + (1 - x) ** 2)], abs=1e-4)


def test_the_sample_itself_does_not_count_wherever_it_is():
    neighbours, labels = one_sample([0, 1, 1, 1, 1, 1], "abbbbb")
    assert inverse_simpson(neighbours, labels, 3) == pytest.approx([1])
    moved = Neighbours(np.array([[1, 2, 3, 0, 4, 5]]), np.array([[0.0, 0, 0, 0, 1, 1]]))
    assert inverse_simpson(moved, labels, 3) == pytest.approx([1])


@pytest.mark.parametrize("distance", [0.0, 1.0, 1e6])
def test_equal_distances_weigh_the_same_whatever_the_perplexity(distance):
    neighbours, labels = one_sample([0] + [distance] * 8, "xxxxxyyyy")
    assert inverse_simpson(neighbours, labels, 3) == pytest.approx([2])


def mixed_cohort(shift=0.0, seed=0):
    rng = np.random.default_rng(seed)
    line_types = pd.Series([*rng.choice(list("ABC"), 100), None], [f"l{i}" for i in range(101)])
    tumor_types = pd.Series(rng.choice(list("ABC"), 300), [f"t{i}" for i in range(300)])
    return rng.normal(size=(101, 4)) + shift, rng.normal(size=(300, 4)), line_types, tumor_types


def test_medians_over_samples_scaled():
    lines, tumors, line_types, tumor_types = mixed_cohort()
    result = lisi(lines, tumors, line_types, tumor_types, k=60)
    assert result.samples.index.tolist() == [*line_types.index[:100], *tumor_types.index]
    x = np.vstack([lines[:100], tumors])
    kinds = np.repeat(["cell_line", "tumor"], [100, 300])
    assert result.samples["sample_type"].tolist() == kinds.tolist()
    neighbours = nearest(x, x, 60, "euclidean")
    np.testing.assert_allclose(result.samples["ilisi"], inverse_simpson(neighbours, kinds, 20))
    assert result.ilisi == pytest.approx(np.median(result.samples["ilisi"]) - 1)
    assert result.clisi == pytest.approx((3 - np.median(result.samples["clisi"])) / 2)
    # Perfect mixing of 1 to 3, seen through a perplexity of 20.
    assert 0.4 < result.ilisi < 1 / (0.75**2 + 0.25**2) - 1
    summary = json.loads(json.dumps(result.summary()))
    assert summary["n_samples"] == 400
    assert "60 nearest samples" in summary["definition"]
    assert "perplexity 20" in summary["definition"]


def test_separated_kinds_are_not_mixed():
    assert lisi(*mixed_cohort(shift=1000.0)).ilisi == pytest.approx(0, abs=1e-12)


def test_bad_input_is_refused():
    lines, tumors, line_types, tumor_types = mixed_cohort()
    with pytest.raises(ValueError, match="perplexity is 1, but must be above 1 and below k - 1 = 3"):
        lisi(lines, tumors, line_types, tumor_types, k=4)
    with pytest.raises(ValueError, match="k is 500"):
        lisi(lines, tumors, line_types, tumor_types, k=500)
    with pytest.raises(ValueError, match="there are 2 and 1"):
        lisi(lines, tumors, line_types.replace(["B", "C"], "A"), tumor_types.replace(["B", "C"], "A"))
    with pytest.raises(ValueError, match="there are 1 and 3"):
        lisi(lines[:0], tumors, line_types[:0], tumor_types)


@pytest.mark.parametrize("name", ["mixed", "partial", "separated"])
def test_equals_scib_metrics(oracles, name):
    data = np.load(oracles / "lisi" / f"{name}.npz")
    expected = json.loads((oracles / "lisi" / f"{name}_expected.json").read_text())
    is_line, types = data["batch"] == 1, pd.Series(data["label"].astype(str))
    near = nearest(data["X"], data["X"], 90, "euclidean")
    np.testing.assert_array_equal(near.indices, data["knn_indices_90_self_first"])
    for k, perplexity in ((90, 30), (60, 20), (30, 10), (90, 15)):
        key = f"k{k}_perp{perplexity}"
        neighbours = Neighbours(near.indices[:, :k], near.distances[:, :k])
        for labels in ("batch", "label"):
            values = inverse_simpson(neighbours, data[labels], perplexity)
            np.testing.assert_allclose(values, data[f"{key}_{labels}"], atol=5e-5)
        result = lisi(
            *(data["X"][is_line], data["X"][~is_line], types[is_line], types[~is_line]),
            k=k,
            perplexity=perplexity,
        )
        assert result.ilisi == pytest.approx(expected[key]["ilisi"], abs=1e-5)
        assert result.clisi == pytest.approx(expected[key]["clisi"], abs=1e-5)
