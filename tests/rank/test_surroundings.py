"""Neighbours, mean similarities and the unaligned comparison against all pairs."""

import numpy as np
import pandas as pd
import pytest

from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.surroundings import K_ALL, resemblance, surroundings, unaligned_to_groups


@pytest.fixture(scope="module")
def aligned(finished_run):
    return AlignedRun(finished_run("full"))


@pytest.fixture(scope="module")
def types(aligned):
    return aligned.samples.loc[aligned.samples["sample_type"] == "tumor", "cancer_type"].astype(object)


@pytest.mark.parametrize("cancer_type", [None, "LUAD"])
def test_neighbours_and_means_are_those_of_all_pairs(aligned, types, cancer_type):
    around = surroundings(aligned, cancer_type)
    among = types if cancer_type is None else types[types == cancer_type]
    assert around.tumor_ids.tolist() == among.index.tolist()
    halves = pd.Series(np.where(np.arange(len(among)) % 2, "odd", "even"), among.index)
    means, share = around.to_groups(halves), around.neighbour_share(among.index[::2])
    for block in aligned.similarities(among.index, around.space):
        for line, row in zip(block.line_ids[:5], block.to_tumors, strict=False):
            similarity = pd.Series(row, among.index)
            assert means.at[line, "odd"] == pytest.approx(similarity.iloc[1::2].mean(), abs=1e-5)
            first = similarity.sort_values(ascending=False).index[: around.nearest.shape[1]]
            assert set(around.nearest.loc[line]) == set(first)
            assert share[line] == pytest.approx(first.isin(among.index[::2]).mean())
    assert around.nearest.shape[1] == (K_ALL if cancer_type is None else 15)


def test_small_groups_have_no_mean(aligned, types):
    few = types.where(types != "UVM", None)
    few.iloc[-4:] = "few"
    assert surroundings(aligned).to_groups(few).columns.tolist() == ["BRCA", "LUAD", "LUSC"]


def test_the_tumors_among_themselves_are_the_same_by_either_way(aligned, types):
    ids = types.index[types == "LUAD"][3:9]
    for cancer_type in (None, "LUAD"):
        around = surroundings(aligned, cancer_type)
        direct = aligned.similarities(ids, around.space, among=True)
        for (line_ids, to_tumors, among), block in zip(around.among(aligned, ids), direct, strict=True):
            assert line_ids.equals(block.line_ids)
            np.testing.assert_allclose(to_tumors, block.to_tumors, atol=1e-5)
            np.testing.assert_allclose(among, block.among_tumors, atol=1e-5)


def test_unaligned_means_are_those_of_all_pairs(aligned, types):
    groups = types[types.isin(["LUAD", "UVM"])]
    found = unaligned_to_groups(aligned, groups)
    x, ids = aligned.inputs.x, aligned.samples.index
    for line in found.index[:4]:
        pairs = np.corrcoef(x[ids.get_loc(line)], x[ids.get_indexer(groups.index[groups == "UVM"])])[0, 1:]
        assert found.at[line, "UVM"] == pytest.approx(pairs.mean(), abs=1e-5)
    assert found.columns.tolist() == ["LUAD", "UVM"]


def test_resemblance_is_the_best_over_types(aligned):
    found = resemblance(aligned)
    assert sorted(found.index) == sorted(aligned.samples.index[aligned.samples["sample_type"] == "cell_line"])
    assert found["score"].between(0, 1).all()
    own = found[found.index.str.startswith(("BRCA", "LUAD", "LUSC"))]
    foreign = found[found.index.str.startswith("SCLC")]  # of a type without tumors
    assert own["z"].median() > foreign["z"].max()
