"""The quick numbers against those of profiles decoded gene by gene."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from rnalign_core.decode import Alignment, Ensemble, sample_folds
from rnalign_core.decode.ensemble import target_matrix
from rnalign_core.metrics import MatchSettings, delta_d, match, one_view, views
from rnalign_core.model.inputs import Inputs
from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.at_labels import HOMOGENISED, DecodeLabels
from rnalign_core.rank.live import LiveDecode
from rnalign_core.rank.live_sample import sample_numbers

TARGETS = [HOMOGENISED, DecodeLabels(0.0, 0.6), DecodeLabels(0.3, 0.2), DecodeLabels(1.0, 0.0)]
RELATIVE = 1e-4


class Explicit:
    """The same quantities, by the definitions, from profiles over all genes."""

    def __init__(self, run):
        self.run, self.ensemble = run, Ensemble.load(run)
        self.inputs = Inputs.of(run.cohort, run.settings.n_genes)
        self.fold = sample_folds(run, self.inputs.sample_ids)
        self.is_line = self.inputs.labels.is_line
        self.types = run.cohort.obs["cancer_type"].astype(object)

    def alignment(self, target):
        aligned = Alignment.of(self.ensemble, self.inputs, self.fold, target=target)
        if target.cancer_type is None:
            return aligned
        told = np.full(len(self.fold), self.inputs.labels.types.index(target.cancer_type))
        y = target_matrix(replace(self.inputs.labels, cancer_type=told), self.ensemble.settings, target)
        return replace(aligned, hidden=self.ensemble.hidden(aligned.latents, y))

    def numbers(self, target):
        alignment = self.alignment(target)
        home = self.alignment(HOMOGENISED)
        line_types, tumor_types = self.types[self.is_line], self.types[~self.is_line]

        def each():
            return views(lambda f: alignment.view(f).profiles(), self.fold, self.is_line, ~self.is_line)

        matched = match(each(), line_types, tumor_types, MatchSettings(n_bootstrap=1))
        distances = delta_d(each(), line_types, tumor_types, n_bootstrap=1)
        models = range(len(self.ensemble.networks))
        moves = np.array(
            [np.linalg.norm(alignment.view(f).profiles() - home.view(f).profiles(), axis=1) for f in models]
        )
        scored = self.types.index.isin(matched.lines.index[matched.lines["scored"]])
        of_tumors = moves[:, ~self.is_line].mean(axis=0)
        of_lines = moves[np.maximum(self.fold, 0), np.arange(len(self.fold))][scored]
        return {
            "match": matched.lines.loc[matched.lines["scored"], "match"].mean(),
            "median_types": matched.types["rate"].median(),
            "relative_delta_d": distances.relative["value"],
            "distance": distances.types["line_tumor"].mean(),
            "moved": np.concatenate([of_lines, of_tumors]).mean(),
        }

    def sample(self, sample_id, target, k=25):
        """Its nearest tumors by Pearson over genes, its distances to those of its type, and how far it moved."""
        row = self.types.index.get_loc(sample_id)
        home = self.alignment(HOMOGENISED).view(self.fold[row]).profiles().astype(float)
        x = self.alignment(target).view(self.fold[row]).profiles()[row].astype(float)
        others = ~self.is_line & self.types.notna().to_numpy() & (np.arange(len(home)) != row)
        correlation = pd.Series([np.corrcoef(x, y)[0, 1] for y in home[others]], self.types.index[others])
        own = others & (self.types == self.types.iloc[row]).to_numpy()
        distance = cdist(x[None], home[own]).mean() if own.any() else None
        return correlation.nlargest(k), distance, np.linalg.norm(x - home[row])


@pytest.fixture(scope="module")
def full(finished_run):
    run = finished_run()
    return run, LiveDecode.of(AlignedRun(run)), Explicit(run)


@pytest.fixture(scope="module")
def conditioned(finished_run):
    run = finished_run("type_conditioned")
    return run, LiveDecode.of(AlignedRun(run)), Explicit(run)


def assert_same(numbers, expected):
    for name, value in expected.items():
        # Rates are counts of lines: they are the same or not.
        tolerance = 1e-9 if name in ("match", "median_types") else RELATIVE
        assert getattr(numbers, name) == pytest.approx(value, rel=tolerance, abs=1e-6), name


@pytest.mark.parametrize("target", TARGETS)
def test_numbers_of_the_cohort_are_those_over_all_genes(full, target):
    _, live, explicit = full
    assert_same(live.numbers(target), explicit.numbers(target))


def test_labels_matter_in_this_run(full):
    """Else the tests above could not fail."""
    _, live, _ = full
    home, there = live.numbers(HOMOGENISED), live.numbers(DecodeLabels(0.0, 0.2))
    assert home.moved == 0
    assert there.moved > 0.05 * home.distance
    assert there.distance != pytest.approx(home.distance, rel=0.01)


def test_homogenised_numbers_are_those_of_the_run(full):
    run, live, _ = full
    stored = run.metrics["match"]["rnalign"]
    numbers = live.numbers(HOMOGENISED)
    assert numbers.match == pytest.approx(stored["micro"]["value"])
    assert numbers.median_types == pytest.approx(stored["median_types"]["value"])


@pytest.mark.parametrize(
    "sample_id", ["BRCA-cell_line-3", "LUAD-tumor-4", "BRCA-cell_line-0", "SCLC-cell_line-1"]
)
@pytest.mark.parametrize("target", TARGETS[:3])
def test_numbers_of_a_sample_are_those_over_all_genes(full, sample_id, target):
    """A line with a fold, a tumor, a line without a type, a line of a type without tumors."""
    _, live, explicit = full
    found = sample_numbers(live, sample_id, target)
    correlation, distance, moved = explicit.sample(sample_id, target)
    assert found.neighbours.index.tolist() == correlation.index.tolist()
    assert found.neighbours["correlation"].to_numpy() == pytest.approx(correlation.to_numpy(), abs=1e-4)
    types = explicit.types[correlation.index]
    assert found.neighbours["cancer_type"].tolist() == types.tolist()
    assert found.call in types.mode().tolist()
    own = explicit.types[sample_id]
    assert found.own_share == (
        None if pd.isna(own) or own == "SCLC" else pytest.approx((types == own).mean())
    )
    assert found.distance == (None if distance is None else pytest.approx(distance, rel=RELATIVE))
    assert found.moved == pytest.approx(moved, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("sample_id", [None, "LUSC-cell_line-2", "UVM-tumor-1"])
def test_genes_change_by_the_mean_difference_of_decoded_expression(full, sample_id):
    _, live, explicit = full
    target = DecodeLabels(0.2, 0.4)
    there, here = explicit.alignment(target), explicit.alignment(HOMOGENISED)
    to_line_scale = explicit.ensemble.scaler.to_line_scale
    change = to_line_scale(there.profiles()) - to_line_scale(here.profiles())
    rows = ~explicit.is_line if sample_id is None else explicit.types.index == sample_id
    got = live.genes(target, sample_id=sample_id)
    assert got.index.tolist() == list(explicit.inputs.genes)
    assert got.to_numpy() == pytest.approx(change[rows].mean(axis=0), abs=1e-4)
    assert np.abs(got).max() > 0.01


def test_profiles_for_maps_have_the_correlations_of_the_aligned_table(full):
    _, live, explicit = full
    got = live.profiles(TARGETS[2])
    expected = np.corrcoef(explicit.alignment(TARGETS[2]).profiles())
    assert np.corrcoef(got) == pytest.approx(expected, abs=1e-4)


def test_told_types_are_followed_where_type_is_a_label(conditioned):
    _, live, explicit = conditioned
    for target in (HOMOGENISED, DecodeLabels(0.5, 0.7)):
        assert_same(live.numbers(target), explicit.numbers(target))
    told = DecodeLabels(cancer_type="LUSC")
    # Told one type, all profiles of this model all but coincide: which are nearest is a matter of rounding.
    expected = explicit.numbers(told)
    names = ("relative_delta_d", "distance", "moved")
    assert_same(live.numbers(told), {name: expected[name] for name in names})
    found = sample_numbers(live, "BRCA-cell_line-2", told)
    correlation, distance, moved = explicit.sample("BRCA-cell_line-2", told)
    assert found.neighbours["correlation"].to_numpy() == pytest.approx(correlation.to_numpy(), abs=1e-4)
    assert (found.distance, found.moved) == pytest.approx((distance, moved), rel=RELATIVE)
    assert found.call == "LUSC"


def test_a_type_is_refused_where_it_is_no_label(full):
    with pytest.raises(ValueError, match="not a label"):
        full[1].numbers(DecodeLabels(cancer_type="BRCA"))


def test_without_purity_among_the_labels_purity_changes_nothing(finished_run):
    live = LiveDecode.of(AlignedRun(finished_run("no_purity")))
    assert live.numbers(DecodeLabels(1.0, 0.2)).moved == 0
    assert live.numbers(DecodeLabels(0.0, 1.0)).moved > 0


def test_a_cohort_without_scored_lines_has_no_rates(full):
    _, _, explicit = full
    none = LiveDecode(
        explicit.ensemble,
        explicit.inputs.labels,
        explicit.alignment(HOMOGENISED).latents,
        explicit.fold,
        explicit.types,
        MatchSettings(min_lines=1000),
    ).numbers(DecodeLabels(0.0, 0.5))
    assert (none.match, none.median_types, none.relative_delta_d, none.distance) == (None,) * 4
    assert none.moved > 0


def test_relative_delta_d_of_the_input(full):
    _, live, explicit = full
    x, is_line = explicit.inputs.x, explicit.is_line
    expected = delta_d(
        one_view(x[is_line], x[~is_line]), explicit.types[is_line], explicit.types[~is_line], n_bootstrap=1
    )
    assert live.input_relative_delta_d(x) == pytest.approx(expected.relative["value"], rel=RELATIVE)
