"""Rankings of the demo against what was simulated, and what a ranking says of every line."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import percentileofscore, spearmanr
from sklearn.metrics import roc_auc_score

from rnalign_core.model import Run
from rnalign_core.model.runs import demo_run_path
from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.compare import marker_genes, marker_table, neighbour_groups
from rnalign_core.rank.groups import selection_group, subtype_group, subtypes, type_group
from rnalign_core.rank.ranking import RankSettings, rank_lines
from rnalign_core.rank.surroundings import resemblance, surroundings

PAM50 = ("Basal", "Her2", "LumA", "LumB", "Normal")


@pytest.fixture(scope="module")
def aligned():
    return AlignedRun(Run.open(demo_run_path()))


@pytest.fixture(scope="module")
def truth():
    return pd.read_csv(demo_run_path() / "truth.csv", index_col="sample_id")


@pytest.fixture(scope="module")
def alike(aligned):
    return resemblance(aligned)


@pytest.fixture(scope="module")
def around(aligned):
    return {within: surroundings(aligned, within) for within in (None, "BRCA")}


@pytest.fixture(scope="module")
def ranked(aligned, around, alike):
    """A function that ranks lines for a type, or for a PAM50 subtype."""
    kept = {}

    def rank(name, **settings):
        key = (name, *settings.items())
        if key not in kept:
            make = subtype_group(aligned.samples, "BRCA", name) if name in PAM50 else None
            group = make or type_group(aligned.samples, name)
            kept[key] = rank_lines(aligned, group, around[group.within], alike, RankSettings(**settings))
        return kept[key]

    return rank


@pytest.mark.parametrize("name", ["LUAD", "LUSC", *PAM50])
def test_lines_of_the_group_come_first_among_all_lines(ranked, truth, name):
    lines = ranked(name).lines
    true = truth.loc[lines.index]
    own = (true["true_subtype"] == name) & (true["true_cancer_type"] == "BRCA")
    if name not in PAM50:
        own = true["true_cancer_type"] == name
    assert roc_auc_score(own, lines["z"]) >= 0.9
    assert (np.diff(lines["z"]) <= 0).all()
    assert lines["rank"].tolist() == list(range(1, len(lines) + 1))


def test_breast_lines_are_in_order_for_each_subtype_though_all_are_breast(ranked, truth):
    areas = {}
    for name in PAM50:
        lines = ranked(name).lines
        breast = lines[truth.loc[lines.index, "true_cancer_type"] == "BRCA"]
        areas[name] = roc_auc_score(truth.loc[breast.index, "true_subtype"] == name, breast["z"])
    assert min(areas.values()) >= 0.85
    assert np.mean(list(areas.values())) >= 0.93


def test_undifferentiated_lines_resemble_no_group(ranked, alike, truth, aligned):
    true = truth.loc[alike.index]
    with_tumors = true["true_cancer_type"].isin(
        aligned.samples.query("sample_type == 'tumor'")["cancer_type"]
    )
    lost = true.loc[with_tumors, "undifferentiated"]
    assert roc_auc_score(lost, -alike.loc[with_tumors, "z"]) >= 0.85
    flagged = ranked("LUAD").lines["cautions"].map(lambda codes: "no_group" in codes)[lost.index]
    assert flagged[lost].mean() > 0.85
    assert flagged[~lost].mean() < 0.5


def test_nine_in_ten_intervals_cover_the_value_among_all_tumors_of_the_disease(aligned, around, alike):
    """The 317 tumors of the disease stand for the population; samples of 40 are drawn from them."""
    samples = aligned.samples
    tumors = samples.index[(samples["sample_type"] == "tumor") & (samples["cancer_type"] == "BRCA")]
    everyone = rank_lines(aligned, type_group(samples, "BRCA"), around[None], alike, RankSettings(20)).lines
    breast = everyone.index[everyone["cancer_type"] == "BRCA"]
    rng, covered = np.random.default_rng(0), []
    for seed in range(40):
        kept = samples.drop(tumors.difference(rng.choice(tumors, 40, replace=False)))
        group = type_group(kept, "BRCA")
        found = rank_lines(aligned, group, around[None], alike, RankSettings(200, seed=seed)).lines
        z, true = found.loc[breast], everyone.loc[breast, "z"]
        covered.append((z["z_low"] <= true) & (true <= z["z_high"]))
    assert 0.85 <= np.mean(covered) <= 0.95


def test_what_it_says_of_a_line_is_what_the_tumors_say(ranked, aligned, around):
    ranking = ranked("LumA")
    lines, group = ranking.lines, ranking.group
    line = lines.index[7]
    [block] = aligned.similarities(group.among.index, "residual", line_ids=[line])
    to_tumors = pd.Series(block.to_tumors[0], group.among.index)
    means = to_tumors.groupby(group.among).mean()
    others = means.drop("LumA")
    assert lines.at[line, "competitor"] == others.idxmax()
    assert lines.at[line, "margin"] == pytest.approx(means["LumA"] - others.max(), abs=1e-5)
    nearest = to_tumors.nlargest(15).index
    assert lines.at[line, "neighbour_share"] == pytest.approx((group.among[nearest] == "LumA").mean())
    assert set(around["BRCA"].nearest.loc[line]) == set(nearest)
    assert ranking.agreement == pytest.approx(spearmanr(lines["rank"], lines["rank_unaligned"])[0])
    assert lines["resemblance"].between(0, 1).all()
    for name in ("score", "z"):
        assert (lines[f"{name}_low"] <= lines[name] + 1e-9).all()
        assert (lines[name] <= lines[f"{name}_high"] + 1e-9).all()


def test_unaligned_ranks_are_those_of_correlations_of_standardised_expression(ranked, aligned):
    ranking = ranked("LUSC")
    x, ids = aligned.inputs.x.astype(float), aligned.samples.index
    rows = ids.get_indexer([*ranking.lines.index, *ranking.group.tumor_ids])
    n = len(ranking.lines)
    mean = pd.Series(np.corrcoef(x[rows])[:n, n:].mean(axis=1), ranking.lines.index)
    expected = mean.rank(ascending=False)
    assert (ranking.lines["rank_unaligned"] - expected).abs().max() <= 1  # ties to the last digit


@pytest.mark.parametrize("name", ["BRCA", "LumA"])
def test_a_score_is_the_percentile_among_the_tumors_as_one_of_the_models_sees_them(ranked, name):
    ranking = ranked(name, n_resamples=2)
    lines, columns = ranking.lines.head(40), ranking.tumor_z.to_numpy().T
    found = np.array([[percentileofscore(z, x, kind="mean") for z in columns] for x in lines["z"]]) / 100
    gap = np.abs(found - lines["score"].to_numpy()[:, None])
    assert gap.min(axis=1).max() < 0.01
    drawn = (columns.ravel() < lines["z"].to_numpy()[:, None]).mean(axis=1)  # on the axis of the figure
    assert np.abs(drawn - lines["score"]).max() < 0.06


def test_nearest_tumors_are_of_the_disease_for_a_subtype_and_of_all_types_for_a_type(ranked, aligned):
    assert ranked("LumA").neighbours == "15 nearest BRCA tumors"
    assert "share of the 15 nearest brca tumors" in ranked("LumA").definition().lower()
    assert "Tumors of other cancers are not candidates" in ranked("LumA").definition()
    assert ranked("LUSC").neighbours == "25 nearest tumors"
    assert "not candidates" not in ranked("LUSC").definition()


def test_lines_of_other_types_can_be_left_out_and_ranks_stay(ranked, aligned):
    ranking = ranked("LumA")
    own = ranking.among_own_type()
    types = aligned.samples["cancer_type"].astype(object)
    kept = [line for line in ranking.lines.index if types[line] == "BRCA" or pd.isna(types[line])]
    assert own.lines.equals(ranking.lines.loc[kept])
    assert 0 < len(kept) < len(ranking.lines)
    assert "annotated as BRCA or of unknown type" in own.definition()
    mixed = selection_group(aligned.samples, aligned.samples.query("sample_type == 'tumor'").index[:400])
    assert replace(ranking, group=mixed).of_own_type().all()


def test_the_same_seed_gives_the_same_ranking_and_large_groups_are_sampled(ranked):
    a, b = ranked("LUSC", n_resamples=30), ranked("LUSC", n_resamples=30, seed=1)
    assert a.lines["z"].equals(b.lines["z"])
    assert not a.lines["z_low"].equals(b.lines["z_low"])
    few = ranked("LUSC", n_resamples=30, max_tumors=50)
    assert few.cautions == ("sampled",)
    assert len(few.tumor_z) == 50
    assert a.cautions == ()
    assert spearmanr(few.lines["z"], a.lines["z"].loc[few.lines.index])[0] > 0.9


def test_lines_can_be_ranked_for_selected_tumors(aligned, around, alike, truth):
    samples = aligned.samples
    basal = subtype_group(samples, "BRCA", "Basal").tumor_ids[:20]
    group = selection_group(samples, basal)
    lines = rank_lines(aligned, group, around["BRCA"], alike, RankSettings(20)).lines
    own = (truth.loc[lines.index, "true_subtype"] == "Basal") & lines["cancer_type"].eq("BRCA")
    assert roc_auc_score(own, lines["z"]) >= 0.9
    mixed = selection_group(samples, [*basal, *type_group(samples, "UVM").tumor_ids])
    ranking = rank_lines(aligned, mixed, around[None], alike, RankSettings(20))
    assert not ranking.lines["cautions"].map(lambda codes: "label_disagrees" in codes).any()


def test_lines_are_compared_by_their_neighbours_and_by_genes_of_the_group(aligned, around, ranked):
    ranking = ranked("Basal")
    first = ranking.lines.index[:3].tolist()
    shares = neighbour_groups(around["BRCA"], ranking.group, first)
    assert shares.columns[0] == "Basal"
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares["Basal"], ranking.lines.loc[first, "neighbour_share"])

    genes = marker_genes(aligned, ranking.group)
    cohort = aligned.run.cohort
    tumors = cohort[ranking.group.tumor_ids, genes].X
    others = cohort[ranking.group.among.index.difference(ranking.group.tumor_ids), genes].X
    assert (tumors.mean(axis=0) > others.mean(axis=0) + 0.5).all()
    table = marker_table(aligned, ranking.group, genes, first, "observed")
    values = cohort[first[0], genes].X.ravel()
    np.testing.assert_allclose(table[first[0]], values, rtol=1e-5)
    np.testing.assert_allclose(table["group"], np.median(tumors, axis=0), rtol=1e-5)
    expected = [percentileofscore(x, v, kind="mean") / 100 for x, v in zip(tumors.T, values, strict=True)]
    np.testing.assert_allclose(table[f"{first[0]}_percentile"], expected)


def test_genes_of_a_line_are_compared_with_tumors_as_the_line_s_own_model_sees_them(aligned, ranked):
    """Of lines of different models."""
    ranking = ranked("Basal")
    genes, tumors = marker_genes(aligned, ranking.group), ranking.group.tumor_ids
    folds = aligned.samples.loc[ranking.lines.index, "fold"]
    chosen = folds.drop_duplicates().index[:4]
    assert len(chosen) == 4
    columns, scaler = aligned.genes.get_indexer(genes), aligned.inputs.scaler
    for kind in ("residual", "decoded"):
        table = marker_table(aligned, ranking.group, genes, chosen, kind)
        for line in chosen:
            profiles = aligned.profiles([line, *tumors], kind, model=int(folds[line]))
            own, *others = scaler.to_line_scale(profiles)[:, columns]
            np.testing.assert_allclose(table[line], own, atol=1e-4)
            np.testing.assert_allclose(table[f"{line}_group"], np.median(others, axis=0), atol=1e-4)
            expected = [
                percentileofscore(x, v, kind="mean") / 100
                for x, v in zip(np.transpose(others), own, strict=True)
            ]
            np.testing.assert_allclose(table[f"{line}_percentile"], expected, atol=1.01 / len(tumors))
        np.testing.assert_allclose(table["group"], table[[f"{line}_group" for line in chosen]].mean(axis=1))


def test_every_number_of_the_table_is_defined(ranked):
    said = ranked("LumA").definition()
    named = set(ranked("LumA").lines.columns.str.removesuffix("_low").str.removesuffix("_high"))
    assert [
        name for name in named - {"rank", "name", "cancer_type", "subtype", "cautions"} if name not in said
    ] == []


def test_a_group_without_others_is_known(aligned):
    samples = aligned.samples
    kich = selection_group(samples, type_group(samples, "KICH").tumor_ids)
    around = surroundings(aligned, "KICH")
    ranking = rank_lines(aligned, kich, around, settings=RankSettings(2))
    assert not ranking.has_others
    assert ranking.lines["margin"].isna().all()


def test_every_subtype_with_enough_tumors_can_be_asked_for(aligned):
    assert subtypes(aligned.samples, "BRCA").index.tolist() == list(PAM50)
