"""Samples that the run has: a line is called as if its type had never been told, and the user is told about all."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnalign_core.cohort.schema import CELL_LINE, TUMOR
from rnalign_core.place import place
from rnalign_core.place.known import known_samples
from rnalign_core.rank.ranking import RankSettings


@pytest.fixture(scope="module")
def upload(host, new):
    """A function that makes an upload of samples of the run, under other ids."""

    def make(ids, names="copy {}", **columns):
        cohort = host.run.cohort
        rows, genes = cohort.obs_names.get_indexer(ids), cohort.var_names.get_indexer(host.genes)
        samples = cohort.obs.iloc[rows].astype(object).assign(**{"name": None, "aliases": None} | columns)
        samples = samples.rename(index={old: names.format(i) for i, old in enumerate(ids)})
        samples["purity"] = samples["purity"].astype(float)
        return replace(new, samples=samples, values=np.asarray(cohort.X)[rows][:, genes], genes=host.genes)

    return make


def of_kind(host, kind):
    return host.samples.index[host.samples["sample_type"] == kind]


def test_copies_of_lines_are_called_by_the_model_that_was_not_told_their_type(host, upload):
    lines = of_kind(host, CELL_LINE)
    placed = place(host, upload(lines))
    own = host.head.loc[lines]
    assert placed.calls["call"].tolist() == own["call_head"].tolist()
    assert (host.samples.loc[lines, "cancer_type"] != own["call_head"]).any()  # else it would prove little
    assert any(f"{len(lines)} cell lines of the run itself" in problem.what for problem in placed.warnings)
    near = placed.nearest("copy 0", TUMOR, 5)
    assert near.index.tolist() == host.nearest(lines[0], 5).index.tolist()


def test_they_are_known_by_profile_whatever_they_are_said_to_be(host, upload):
    lines = of_kind(host, CELL_LINE)[:4]
    query = upload(lines, sample_type=TUMOR)
    query = replace(query, values=query.values.round(3))
    assert known_samples(host, query).tolist() == list(lines)


def test_a_line_is_known_by_its_name_when_it_was_measured_again(host, upload):
    line = of_kind(host, CELL_LINE)[0]
    query = upload([line], name=host.samples["name"].fillna(line)[line].lower())
    noise = np.random.default_rng(0).normal(0, 1, query.values.shape)
    query = replace(query, values=(query.values + noise).astype(np.float32))
    assert known_samples(host, query).tolist() == [line]
    assert known_samples(host, replace(query, samples=query.samples.assign(name=None))).tolist() == [None]


def test_copies_of_tumors_are_warned_of(host, upload):
    placed = place(host, upload(of_kind(host, TUMOR)[:3]))
    [problem] = [p for p in placed.warnings if "of the run itself" in p.what]
    assert "3 tumors of the run itself: copy 0, copy 1, copy 2" in problem.what
    assert "Leave them out" in problem.fix


def test_new_samples_are_not_known(host, new):
    assert known_samples(host, new).isna().all()


def test_ids_stay_unique(host, upload):
    taken = of_kind(host, TUMOR)[0]
    query = upload(of_kind(host, TUMOR)[:2])
    query = replace(query, samples=query.samples.set_axis([taken, f"{taken} (uploaded)"]))
    placed = place(host, query)
    assert placed.calls.index.is_unique
    assert all(len(placed.nearest(sample, TUMOR, 3)) == 3 for sample in placed.calls.index)


@pytest.mark.parametrize("n_tumors", [6, 2])
def test_uploaded_lines_are_not_among_the_lines_that_are_ranked(host, new, n_tumors):
    is_line = (new.samples["sample_type"] == CELL_LINE).to_numpy()
    rows = np.concatenate([np.flatnonzero(~is_line)[:n_tumors], np.flatnonzero(is_line)[:3]])
    placed = place(host, replace(new, samples=new.samples.iloc[rows], values=new.values[rows]))
    ranking = placed.rank(placed.calls.index, RankSettings(20))
    assert set(ranking.lines.index) == set(of_kind(host, CELL_LINE))
    assert len(ranking.group.tumor_ids) == n_tumors


def test_one_tumor_of_a_type_with_few_tumors_is_measured_by_all(host, new):
    sizes = host.samples.loc[of_kind(host, TUMOR), "cancer_type"].value_counts()
    rare = pd.Index(host.ensemble.types)[[0]]
    few = of_kind(host, TUMOR)[(host.samples.loc[of_kind(host, TUMOR), "cancer_type"] == rare[0]).to_numpy()]
    assert sizes[rare[0]] > 15
    is_tumor = (new.samples["sample_type"] == TUMOR).to_numpy()
    samples = new.samples[is_tumor].iloc[:1].assign(cancer_type=rare[0])
    placed = place(host, replace(new, samples=samples, values=new.values[is_tumor][:1]))
    assert placed.rank(samples.index, RankSettings(20)).group.within == rare[0]
    samples_of_run = host.samples.copy()
    samples_of_run.loc[few[4:], "cancer_type"] = None
    poorer = replace(placed, aligned=_with_samples(placed.aligned, samples_of_run))
    found = poorer.rank(samples.index, RankSettings(20))
    assert found.group.within is None
    assert np.isfinite(found.lines[["z", "score"]].to_numpy(float)).all()
    assert found.lines["z"].abs().max() < 1000


def _with_samples(joined, samples):
    from copy import copy

    changed, host = copy(joined), copy(joined.host)
    host.samples = changed.samples = samples
    changed.host = host
    return changed
