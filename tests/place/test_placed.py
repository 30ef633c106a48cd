"""Placed samples: where they lie, who is near, and which lines are ranked for them."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnalign_core.place import place
from rnalign_core.place.few import FewRanking
from rnalign_core.problems import InputError
from rnalign_core.rank.groups import selection_group
from rnalign_core.rank.ranking import RankSettings, rank_lines
from rnalign_core.rank.surroundings import resemblance, surroundings


@pytest.fixture(scope="module")
def placed(host, new):
    return place(host, new)


@pytest.fixture(scope="module")
def copies(host, new):
    """Tumors of the run, placed again under their own ids."""
    cohort = host.run.cohort
    rows = np.flatnonzero((cohort.obs["sample_type"] == "tumor").to_numpy())[::5]
    samples = cohort.obs.iloc[rows].astype(object)
    samples["purity"] = samples["purity"].astype(float)
    columns = cohort.var_names.get_indexer(host.genes)
    query = replace(new, samples=samples, values=np.asarray(cohort.X)[rows][:, columns], genes=host.genes)
    return place(host, query)


def test_every_sample_is_placed(placed, new):
    for table in (placed.calls, placed.coordinates):
        assert table.index.equals(new.samples.index)
        assert not table.isna().any(axis=None)


def test_the_map_does_not_move_and_a_copy_lies_on_its_original(host, copies):
    stored = host.run.aligned
    at = pd.DataFrame(stored.obsm["X_umap_after"], stored.obs_names)
    originals = copies.coordinates.index.str.removesuffix(" (uploaded)")
    away = np.linalg.norm(copies.coordinates.to_numpy() - at.loc[originals].to_numpy(), axis=1)
    assert away.max() < 0.05 * at.std().max()


def test_samples_that_the_run_has_are_placed_as_others(copies):
    assert copies.calls.index.str.endswith(" (uploaded)").all()
    assert copies.query.samples.index.equals(copies.calls.index)
    assert any("with the id of a sample of the run" in problem.what for problem in copies.warnings)
    first = copies.calls.index[0]
    assert copies.nearest(first, "tumor", 1).index[0] == first.removesuffix(" (uploaded)")


@pytest.mark.parametrize("kind", ["tumor", "cell_line"])
def test_neighbours_of_all_are_those_of_each(placed, kind, monkeypatch):
    monkeypatch.setattr("rnalign_core.place.placed.AT_A_TIME", 7)
    found = placed.all_nearest(kind, 4)
    assert found.index.equals(placed.calls.index)
    for sample in found.index[::5]:
        assert found.loc[sample].tolist() == placed.nearest(sample, kind, 4).index.tolist()


def tumors_of(placed, truth, name, *, abstained=False):
    """Return placed tumors of a type, those that are called or those that are not."""
    of_type = (truth == name) & truth.index.str.contains("tumor")
    return truth.index[of_type & (placed.calls["abstained"] == abstained)]


def test_a_group_of_tumors_is_ranked_as_a_group_of_the_run(host, copies):
    """The copies of all tumors of a type, in a run that has them twice, against lines of other types."""
    ids = [i for i in copies.calls.index if i.startswith("BRCA-tumor")]
    found = copies.rank(ids, RankSettings(50))
    joined = copies.aligned.admitting(ids, pd.Series("BRCA", ids))
    group = selection_group(joined.samples, ids)
    expected = rank_lines(joined, group, surroundings(joined, "BRCA"), resemblance(host), RankSettings(50))
    pd.testing.assert_frame_equal(found.lines, expected.lines)
    assert found.group.within == "BRCA"
    assert sorted(found.group.tumor_ids) == sorted(ids)
    lines = host.samples.query("sample_type == 'cell_line'")
    assert set(found.lines.index) == set(lines.index)


def test_one_tumor_is_ranked_by_its_similarity_against_that_of_the_run_s_tumors(placed, host, truth):
    sample = tumors_of(placed, truth, "LUAD")[0]
    assert placed.calls.loc[sample, "call"] == "LUAD"
    found = placed.rank([sample], RankSettings(50))
    assert isinstance(found, FewRanking)
    line, row = found.lines.index[3], found.lines.iloc[3]
    others = host.samples.query("sample_type == 'tumor' and cancer_type == 'LUAD'").index
    view = placed.aligned.profiles([sample, line, *others], "residual", model=host.samples.loc[line, "fold"])
    r = np.corrcoef(view)[0, 1:]
    assert row["score"] == pytest.approx((r[1:] < r[0]).mean(), abs=1e-6)
    assert row["z"] == pytest.approx((r[0] - r[1:].mean()) / r[1:].std(), abs=1e-3)
    assert set(found.tumor_z.index) == set(others)


def test_what_a_ranking_for_one_tumor_says(placed, host, truth):
    sample = tumors_of(placed, truth, "LUAD")[0]
    found = placed.rank([sample], RankSettings(50))
    lines = found.lines
    assert lines["rank"].tolist() == list(range(1, len(lines) + 1))
    assert (lines["score_low"] <= lines["score"]).all()
    assert (lines["score"] <= lines["score_high"]).all()
    assert (np.diff(lines["z"]) <= 0).all()
    assert lines.loc[lines["cancer_type"] == "LUAD", "rank"].median() < len(lines) / 3
    assert "very_few" in found.cautions
    assert "another sample of the same patient" in found.definition()
    assert found.group.title == "1 selected LUAD tumor"
    group = placed.rank(tumors_of(placed, truth, "BRCA"), RankSettings(50))
    assert set(group.lines.columns) == set(lines.columns)


def test_the_type_that_is_given_decides_among_which_tumors_lines_are_ranked(host, new, truth, placed):
    sample = tumors_of(placed, truth, "LUAD")[0]
    samples = new.samples.copy()
    samples.loc[sample, "cancer_type"] = "LUSC"
    given = place(host, replace(new, samples=samples))
    assert given.rank([sample], RankSettings(20)).group.within == "LUSC"
    samples.loc[sample, "cancer_type"] = "a type of its own"
    given = place(host, replace(new, samples=samples))
    assert given.rank([sample], RankSettings(20)).group.within == "LUAD"  # as called


def test_tumors_without_a_call_are_seen_among_all(placed, truth, host):
    unseen = tumors_of(placed, truth, "UVM", abstained=True)
    found = placed.rank(unseen[:2], RankSettings(20))
    assert found.group.within is None
    assert set(found.tumor_z.index) == set(host.samples.query("sample_type == 'tumor'").index)


def test_lines_are_not_what_lines_are_ranked_for(placed, new):
    lines = new.samples.index[new.samples["sample_type"] == "cell_line"]
    with pytest.raises(InputError, match="at least 1 tumor"):
        placed.rank(lines)


def test_a_run_that_was_told_types_or_calls_none_is_refused(make_host, new):
    for name, change in (("told", {"variant": "type_conditioned"}), ("no-head", {"w_type": 0.0})):
        with pytest.raises(InputError, match="calls no cancer types"):
            place(make_host(name, n_epochs=1, **change), new)


def test_neither_umap_nor_streamlit_is_imported(host):
    code = (
        "import sys, numpy as np\n"
        "from rnalign_core.model import Run\n"
        "from rnalign_core.rank.aligned_run import AlignedRun\n"
        "from rnalign_core.place import Query, place\n"
        f"aligned = AlignedRun(Run.open({str(host.run.path)!r}))\n"
        "samples = aligned.run.cohort.obs[:3].astype(object).rename(index='new {}'.format)\n"
        "samples['purity'] = samples['purity'].astype(float)\n"
        "class Report: file = 'upload.csv'\n"
        "placed = place(aligned, Query(samples, aligned.run.cohort.X[:3], aligned.genes, Report, ()))\n"
        "placed.coordinates\n"
        "placed.rank(samples.index[:1])\n"
        "assert not {'umap', 'streamlit', 'plotly'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
