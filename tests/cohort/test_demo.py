import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from rnalign_core.cohort.demo import STEP, simulate
from rnalign_core.cohort.demo_programmes import CELLS, LINEAGES, STATES, SUBTYPES
from rnalign_core.cohort.demo_types import CANCER_TYPES, CELL_TYPES, SURROUNDINGS
from rnalign_core.cohort.genes import known_symbols
from rnalign_core.cohort.schema import load_cohort, save_cohort
from rnalign_core.problems import InputError

PROGRAMMES = {**LINEAGES, **SUBTYPES, **STATES, **CELLS}


@pytest.fixture(scope="module")
def demo():
    return simulate(0)


@pytest.fixture(scope="module")
def table(demo):
    """Expression with the truth beside it."""
    return demo.cohort.to_df().join(demo.truth).join(demo.cohort.obs[["sample_type"]])


@pytest.fixture(scope="module")
def tumors(table):
    return table[table["sample_type"] == "tumor"]


@pytest.fixture(scope="module")
def lines(table):
    return table[table["sample_type"] == "cell_line"]


@pytest.fixture(scope="module")
def standardised(demo):
    """Expression standardised within sample type."""
    is_line = (demo.cohort.obs["sample_type"] == "cell_line").to_numpy()
    z = np.empty_like(demo.cohort.X)
    for rows in (is_line, ~is_line):
        z[rows] = StandardScaler().fit_transform(demo.cohort.X[rows])
    return pd.DataFrame(z, index=demo.cohort.obs_names)


@pytest.fixture(scope="module")
def scored(demo):
    """Labels of the lines whose type has at least 15 tumors and 5 lines."""
    obs = demo.cohort.obs
    counts = obs.groupby(["cancer_type", "sample_type"], observed=True).size().unstack(fill_value=0)
    types = counts.index[(counts["tumor"] >= 15) & (counts["cell_line"] >= 5)]
    return obs.loc[
        (obs["sample_type"] == "cell_line") & obs["cancer_type"].isin(types), "cancer_type"
    ].astype(str)


def matches(profiles, lines, tumor_types, metric):
    """Return whether the majority of the 25 nearest tumors is of the line's type."""
    model = KNeighborsClassifier(25, metric=metric, algorithm="brute")
    model.fit(profiles.loc[tumor_types.index], tumor_types)
    return model.predict(profiles.loc[lines.index]) == lines


def test_a_seed_gives_one_cohort():
    size = {"n_tumors": 60, "n_lines": 60, "n_genes": 300}
    first, again, other = simulate(3, **size), simulate(3, **size), simulate(4, **size)
    assert first.cohort.uns["rnalign"]["cohort_id"] == again.cohort.uns["rnalign"]["cohort_id"]
    pd.testing.assert_frame_equal(first.truth, again.truth)
    assert other.cohort.uns["rnalign"]["cohort_id"] != first.cohort.uns["rnalign"]["cohort_id"]


def test_programmes_hold_current_symbols_once():
    known = set(known_symbols())
    for name, genes in PROGRAMMES.items():
        assert not set(genes) - known, name
        assert len(set(genes)) == len(genes), name
    kinds = (LINEAGES, SUBTYPES, STATES, CELLS)
    names = [n for kind in kinds for n in kind]
    assert len(set(names)) == len(names), "a programme name stands for two programmes"


def test_types_use_programmes_that_exist():
    weights = [about.programmes for about in CANCER_TYPES.values()] + list(CELL_TYPES.values())
    for about in CANCER_TYPES.values():
        weights += [subtype.programmes for subtype in about.subtypes.values()]
        if about.subtypes:
            assert sum(s.share for s in about.subtypes.values()) == pytest.approx(1)
            assert sum(s.line_share or s.share for s in about.subtypes.values()) == pytest.approx(1)
    assert {name for of in weights for name in of} <= set(PROGRAMMES)
    for shares in SURROUNDINGS.values():
        assert set(shares) <= {*CELL_TYPES, "normal"}
        assert sum(shares.values()) == pytest.approx(1)


def test_counts(demo, tumors, lines):
    assert demo.cohort.shape == (3450, 2000)
    assert (len(tumors), len(lines)) == (3000, 450)
    in_tumors, in_lines = tumors["true_cancer_type"].value_counts(), lines["true_cancer_type"].value_counts()
    assert len(in_tumors) >= 24
    assert in_tumors.idxmax() == "BRCA"
    assert in_tumors.idxmin() == "CHOL"
    assert in_tumors.max() > 20 * in_tumors.min()
    assert {"SCLC", "ALL", "EWS", "NB"} <= set(in_lines.index) - set(in_tumors.index)
    assert {"KICH", "PCPG", "THYM"} <= set(in_tumors.index) - set(in_lines.index)


def test_genes_are_current_protein_coding_symbols(demo):
    assert demo.cohort.var_names.is_unique
    assert set(demo.cohort.var_names) <= set(known_symbols())
    assert {gene for genes in PROGRAMMES.values() for gene in genes} <= set(demo.cohort.var_names)


def test_nothing_can_be_taken_for_a_real_sample(demo):
    obs = demo.cohort.obs
    assert obs[["depmap_id", "cellosaurus_id", "ccle_name"]].isna().all(axis=None)
    is_line = obs["sample_type"] == "cell_line"
    assert all(re.fullmatch(r"SIM-[A-Z]+-T-\d{4}", name) for name in obs.index[~is_line])
    assert all(re.fullmatch(r"SIM-[A-Z]+-CL-\d{3}", name) for name in obs.index[is_line])
    assert obs["aliases"].dropna().str.fullmatch(r"SIM[A-Z]+\d+").all()
    assert obs["aliases"].dropna().is_unique
    assert obs.index.is_unique
    assert demo.cohort.uns["rnalign"]["simulated"]


def test_labels_tell_less_than_the_truth(demo):
    obs, truth = demo.cohort.obs, demo.truth
    assert truth.index.equals(obs.index)
    label, is_line = obs["cancer_type"].astype(object), obs["sample_type"] == "cell_line"
    unspecified, unlabelled = label == "NSCLC_NOS", label.isna()
    assert set(truth.loc[unspecified, "true_cancer_type"]) == {"LUAD", "LUSC"}
    assert truth.loc[unlabelled & is_line, "true_cancer_type"].notna().sum() >= 3
    told = ~unspecified & ~unlabelled
    assert (label[told] == truth.loc[told, "true_cancer_type"]).all()
    assert not (unspecified | unlabelled)[~is_line].any()
    subtype = obs["subtype"].astype(object).dropna()
    assert (subtype == truth.loc[subtype.index, "true_subtype"]).all()
    assert set(label[subtype.index[is_line[subtype.index]]]) == {"BRCA"}


def test_measured_purity_is_a_noisy_and_incomplete_truth(demo):
    obs, truth = demo.cohort.obs, demo.truth
    is_line = obs["sample_type"] == "cell_line"
    assert (obs.loc[is_line, "purity"] == 1).all()
    assert (truth.loc[is_line, "true_purity"] == 1).all()
    measured = obs.loc[~is_line, "purity"]
    assert measured.isna().mean() == pytest.approx(0.15, abs=0.02)
    error = (measured - truth.loc[~is_line, "true_purity"]).dropna()
    assert 0.02 < error.std() < 0.08
    assert abs(error.mean()) < 0.01
    mean = truth.loc[~is_line].groupby("true_cancer_type")["true_purity"].mean()
    assert mean["GBM"] > 0.75 > 0.55 > mean["PAAD"]


def test_subtypes_are_carried_by_enough_lines(lines):
    kept = lines[~lines["undifferentiated"]]
    breast = kept.loc[kept["true_cancer_type"] == "BRCA", "true_subtype"].value_counts()
    assert (breast[["LumA", "LumB", "Her2", "Basal"]] >= 5).all()
    assert breast["Normal"] >= 3
    count = kept["true_cancer_type"].value_counts()
    assert count["LUAD"] >= 25
    assert count["LUSC"] >= 15
    assert lines.loc[lines["undifferentiated"], "true_subtype"].isna().all()


@pytest.mark.parametrize(
    ("cancer_type", "genes"),
    {
        "LIHC": ["ALB", "APOA1"],
        "BRCA": ["TRPS1", "SCGB2A2"],
        "PRAD": ["KLK3", "NKX3-1"],
        "THCA": ["TG", "TPO"],
        "KIRC": ["CA9"],
        "COADREAD": ["CDX2", "SATB2"],
        "LUAD": ["SFTPB", "NAPSA"],
        "BLCA": ["UPK2"],
        "LAML": ["MPO"],
    }.items(),
)
def test_markers_are_highest_where_biology_has_them(tumors, cancer_type, genes):
    for gene in genes:
        median = tumors.groupby("true_cancer_type")[gene].median()
        assert median.idxmax() == cancer_type, gene


def test_markers_that_types_share(tumors):
    median = tumors.groupby("true_cancer_type").median(numeric_only=True)
    for gene in ("KRT5", "TP63", "DSG3"):
        assert median.loc["LUSC", gene] > median.loc["LUAD", gene] + 3
        assert median.loc[["HNSC", "CESC"], gene].min() > median.loc["LUAD", gene] + 2
    assert set(median["GATA3"].nlargest(2).index) == {"BRCA", "BLCA"}
    assert set(median["MLANA"].nlargest(2).index) == {"SKCM", "UVM"}
    assert set(median["WT1"].nlargest(2).index) == {"OV", "MESO"}
    assert set(median["GFAP"].nlargest(2).index) == {"GBM", "LGG"}
    assert median.loc["LUAD", "NKX2-1"] > median.loc["LUSC", "NKX2-1"] + 3


def test_pam50_genes_tell_breast_subtypes(tumors):
    median = tumors[tumors["true_cancer_type"] == "BRCA"].groupby("true_subtype").median(numeric_only=True)
    assert set(median["ESR1"].nlargest(2).index) == {"LumA", "LumB"}
    assert median["ERBB2"].idxmax() == "Her2"
    assert median["GRB7"].idxmax() == "Her2"
    assert median["FOXC1"].idxmax() == "Basal"
    assert median.loc["LumB", "MKI67"] > median.loc["LumA", "MKI67"]
    assert median["MKI67"].idxmax() == "Basal"


def test_cells_mix_in_linear_space(tumors):
    # With half of the tumor not cancer there is twice the immune RNA as with a quarter, in TPM. Had logarithms
    # been mixed, a T cell marker (six or more log2 steps above cancer cells) would rise at least 2^1.5 times.
    lean = tumors[tumors["true_cancer_type"].isin(["OV", "UCEC", "THCA", "LIHC", "CESC"])]
    tpm = np.exp2(lean[["CD3D", "CD3E", "CD2", "LCK"]]) - 1
    other = 1 - lean["true_purity"]
    half, quarter = other.between(0.45, 0.55), other.between(0.2, 0.3)
    assert min(half.sum(), quarter.sum()) > 40
    ratio = tpm[half].mean() / tpm[quarter].mean()
    assert ratio.mean() == pytest.approx(2, abs=0.4)


@pytest.mark.parametrize("cells", ["T cell", "macrophage", "fibroblast", "endothelium"])
def test_stroma_and_immune_genes_fall_with_purity(tumors, lines, cells):
    genes = [gene for gene in CELLS[cells] if gene not in {g for m in LINEAGES.values() for g in m}]
    solid = tumors[~tumors["true_cancer_type"].isin(["LAML", "DLBC", "THYM"])]
    level = solid[genes].mean(axis=1)
    within = [
        spearmanr(level[rows], solid.loc[rows, "true_purity"]).statistic
        for rows in solid.groupby("true_cancer_type").groups.values()
    ]
    assert np.mean(within) < -0.4
    solid_lines = lines[lines["true_cancer_type"].isin(solid["true_cancer_type"])]
    assert solid_lines[genes].mean(axis=None) < level.mean() / 3


def test_lines_divide_faster_and_are_adapted_to_culture(tumors, lines):
    for programme in ("proliferation", "culture"):
        genes = list(STATES[programme])
        assert lines[genes].mean(axis=None) > tumors[genes].mean(axis=None) + 1


def test_lines_keep_a_part_of_their_lineage(tumors, lines):
    differentiated = lines[~lines["undifferentiated"]]
    assert differentiated["lineage_strength"].between(0.4, 0.9).all()
    for cancer_type, programme in {"LIHC": "liver", "SKCM": "melanocyte", "COADREAD": "colon"}.items():
        genes = list(LINEAGES[programme])
        of_type = differentiated["true_cancer_type"] == cancer_type
        own = differentiated.loc[of_type, genes].mean(axis=None)
        other = differentiated.loc[~of_type, genes].mean(axis=None)
        tumor = tumors.loc[tumors["true_cancer_type"] == cancer_type, genes].mean(axis=None)
        assert other + 1 < own < tumor, programme


def test_undifferentiated_lines_have_lost_their_lineage(lines):
    lost = lines["undifferentiated"]
    assert lost.mean() == pytest.approx(0.12, abs=0.02)
    assert (lines.loc[lost, "lineage_strength"] < 0.15).all()
    epithelial = lines["true_cancer_type"].isin(["BRCA", "LUAD", "COADREAD", "PAAD", "OV", "STAD"])
    own = lines[epithelial]
    for gene in ("EPCAM", "CDH1", "KRT8"):
        medians = own.groupby("undifferentiated")[gene].median()
        assert medians[True] < medians[False] - 2, gene
    for gene in ("VIM", "ZEB1", "AXL"):
        assert lines.loc[lost, gene].median() > lines.loc[~lost, gene].median() + 1, gene


def test_undifferentiated_lines_are_far_from_all_tumors(standardised, lines):
    of_tumors = standardised.index.difference(lines.index)
    correlation = np.corrcoef(standardised.loc[lines.index], standardised.loc[of_tumors])
    nearest = np.sort(correlation[: len(lines), len(lines) :], axis=1)[:, -25:].mean(axis=1)
    assert roc_auc_score(lines["undifferentiated"], -nearest) > 0.75


def test_matching_is_as_hard_as_on_real_data(demo, standardised, scored, tumors):
    types = tumors["true_cancer_type"]
    raw = demo.cohort.to_df()
    assert matches(raw, scored, types, "euclidean").mean() < 0.25
    assert 0.45 < matches(standardised, scored, types, "correlation").mean() < 0.60


def test_labels_of_lines_help_a_supervised_model(standardised, scored, tumors):
    known = tumors.loc[tumors["true_cancer_type"].isin(scored), "true_cancer_type"]
    space = pd.DataFrame(PCA(100, random_state=0).fit_transform(standardised), index=standardised.index)
    right = []
    for train, held_out in StratifiedKFold(5, shuffle=True, random_state=0).split(scored, scored):
        labels = pd.concat([known, scored.iloc[train]])
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(
            space.loc[labels.index], labels
        )
        right.append(model.predict(space.loc[scored.index[held_out]]) == scored.iloc[held_out])
    assert 0.75 < np.concatenate(right).mean() < 0.90


def test_tumors_of_a_kind_lie_together(standardised, tumors):
    def accuracy(labels):
        model = KNeighborsClassifier(15, metric="correlation", algorithm="brute")
        return (cross_val_predict(model, standardised.loc[labels.index], labels, cv=5) == labels).mean()

    breast = tumors.loc[tumors["true_cancer_type"] == "BRCA", "true_subtype"]
    lung = tumors.loc[tumors["true_cancer_type"].isin(["LUAD", "LUSC"]), "true_cancer_type"]
    assert accuracy(tumors["true_cancer_type"]) > 0.9
    assert accuracy(lung) > 0.9
    assert 0.75 < accuracy(breast) < 0.92


def test_values_are_nonnegative_multiples_of_the_step(demo):
    steps = demo.cohort.X / STEP
    assert (steps == np.round(steps)).all()
    assert demo.cohort.X.min() == 0
    assert demo.cohort.X.max() < 20


def test_the_file_is_small_and_whole(demo, tmp_path):
    save_cohort(demo.cohort, tmp_path / "demo.h5ad")
    assert (tmp_path / "demo.h5ad").stat().st_size < 8e6
    again = load_cohort(tmp_path / "demo.h5ad")
    np.testing.assert_array_equal(again.X, demo.cohort.X)


@pytest.mark.parametrize("too_few", [{"n_tumors": 20}, {"n_lines": 20}, {"n_genes": 100}, {"n_genes": 10**6}])
def test_impossible_sizes_are_refused(too_few):
    with pytest.raises(InputError, match=next(iter(too_few))):
        simulate(0, **{"n_tumors": 60, "n_lines": 60, "n_genes": 300, **too_few})
