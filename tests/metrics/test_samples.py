import numpy as np
import pandas as pd
import pytest

from rnalign_core.metrics.samples import check_profiles, scored_types, typed_samples


def test_scored_types_have_enough_of_both():
    lines = pd.Series([*list("AABBBC"), None, None, "D", "D"], dtype="category")
    tumors = pd.Series([*list("AAABBCCCE"), None], dtype="category")
    types = scored_types(lines, tumors, min_tumors=2, min_lines=2)
    assert types.index.tolist() == ["A", "B"]
    assert types["n_lines"].tolist() == [2, 3]
    assert types["n_tumors"].tolist() == [3, 2]
    assert scored_types(lines, tumors, 3, 3).empty
    assert scored_types(lines, tumors, 0, 0).index.tolist() == list("ABCDE")


def test_typed_samples_are_lines_then_tumors_with_a_type():
    lines, tumors = np.array([[1.0], [2.0], [3.0]]), np.array([[4.0], [5.0]])
    line_types = pd.Series(["A", None, "B"], index=["l1", "l2", "l3"])
    tumor_types = pd.Series([None, "B"], index=["t1", "t2"])
    profiles, samples = typed_samples(lines, tumors, line_types, tumor_types)
    assert profiles[:, 0].tolist() == [1, 3, 5]
    assert samples.index.tolist() == ["l1", "l3", "t2"]
    assert samples["sample_type"].tolist() == ["cell_line", "cell_line", "tumor"]
    assert samples["cancer_type"].tolist() == ["A", "B", "B"]


def test_bad_profiles_are_refused():
    labels = pd.Series(list("AB"))
    assert check_profiles([[1, 2], [3, 4]], labels, "line").shape == (2, 2)
    with pytest.raises(ValueError, match=r"line profiles have shape \(3, 1\), but there are 2 line labels"):
        check_profiles(np.ones((3, 1)), labels, "line")
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        check_profiles(np.ones(2), labels, "line")
    with pytest.raises(ValueError, match="tumor profiles contain NaN"):
        check_profiles([[1.0], [np.inf]], labels, "tumor")
