"""What several rooms share: made-up finished runs for pages and figures, and small runs that are really trained."""

import json

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from rnalign_core.cohort import make_cohort, save_cohort
from rnalign_core.metrics import MatchSettings, match, one_view, paired_difference
from rnalign_core.model import Run, Settings, create_run

# Cancer type: tumors, lines, share of lines that alignment brings to their own tumors. TCGA's and CCLE's sizes.
LARGE = {
    "BRCA": (1336, 62, 0.9), "KIRC": (650, 30, 0.8), "LUAD": (628, 78, 0.75), "UCEC": (662, 33, 0.45),
    "THCA": (614, 19, 0.65), "HNSC": (634, 69, 0.9), "LUSC": (611, 26, 0.55), "PRAD": (606, 8, 0.7),
    "LGG": (630, 11, 0.3), "COADREAD": (464, 77, 0.95), "SKCM": (576, 102, 0.95), "STAD": (506, 41, 0.5),
    "BLCA": (497, 35, 0.6), "OV": (371, 59, 0.6), "LIHC": (453, 23, 0.85), "KIRP": (355, 5, 0.35),
    "CESC": (371, 16, 0.5), "SARC": (316, 57, 0.7), "PCPG": (218, 0, 0), "PAAD": (217, 53, 0.6),
    "LAML": (211, 45, 0.98), "ESCA": (224, 34, 0.4), "GBM": (203, 68, 0.85), "TGCT": (183, 5, 0.2),
    "THYM": (146, 1, 0), "MESO": (106, 20, 0.8), "UVM": (98, 8, 0.9), "ACC": (96, 1, 0), "KICH": (81, 0, 0),
    "UCS": (70, 4, 0), "DLBC": (59, 48, 0.98), "CHOL": (44, 29, 0.25), "SCLC": (0, 50, 0), "MM": (0, 28, 0),
    "ALL": (0, 35, 0), "NB": (0, 39, 0), "EWS": (0, 22, 0), "MB": (0, 9, 0),
}  # fmt: skip
SMALL = {
    "BRCA": (90, 24, 0.8),
    "LUAD": (60, 18, 0.7),
    "SKCM": (50, 14, 0.9),
    "PRAD": (40, 6, 0.5),
    "SCLC": (0, 9, 0),
}
SUBTYPES = {"BRCA": ["LumA", "LumB", "Basal", "Her2"], "LUAD": ["TRU", "PP", "PI"]}


def write_finished_run(
    path, sizes=SMALL, *, seed=0, n_genes=30, gain=True, simulated=True, names="", **settings
) -> Run:
    """Write a finished run at `path`, its cohort beside it; every file as training leaves it, but for empty weights.

    Types are groups of points in a few dimensions. Before alignment lines are shifted and scattered; after it
    a share of them lies with the tumors of their type, unless `gain` is false. `names` is put before the
    names of lines.
    """
    rng = np.random.default_rng(seed)
    samples, share = _samples(sizes, rng, names)
    cohort = make_cohort(
        rng.gamma(2, 2, (len(samples), n_genes)),
        [f"GENE{i}" for i in range(n_genes)],
        samples,
        title="Fake cohort",
        provenance=["Made up by the tests."],
        simulated=simulated,
    )
    source = path.with_name(path.name + "-cohort.h5ad")
    save_cohort(cohort, source)
    run = create_run(path, source, Settings(**{"n_folds": 2, "n_epochs": 3, **settings}), title=path.name)
    before, after = _positions(samples, share, rng)
    after = after if gain else before + rng.normal(0, 1e-3, before.shape)
    _write_results(run, cohort, before, after)
    return run


def _samples(sizes, rng, names):
    """Return the table of samples, and the share of lines that are aligned well for each sample."""
    rows, shares = [], []
    for code, (n_tumors, n_lines, share) in sizes.items():
        for i in range(n_tumors + n_lines):
            is_line = i >= n_tumors
            rows.append(
                {
                    "sample_id": f"{code}-{'L' if is_line else 'T'}{i:04d}",
                    "sample_type": "cell_line" if is_line else "tumor",
                    "cancer_type": code,
                    "subtype": rng.choice(SUBTYPES[code]) if code in SUBTYPES and not is_line else None,
                    "purity": 1.0 if is_line else (rng.uniform(0.2, 0.95) if rng.random() < 0.9 else np.nan),
                    "name": f"{names}{code}{i}" if is_line else None,
                }
            )
            shares.append(share)
    return pd.DataFrame(rows).set_index("sample_id"), np.array(shares)


def _positions(samples, share, rng):
    codes, types = pd.factorize(samples["cancer_type"])
    angle = np.arange(len(types)) * 2.399963  # sunflower: evenly spread over a disc
    radius = 3.2 * np.sqrt(np.arange(len(types)) + 0.5)
    centre = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])[codes]
    is_line = (samples["sample_type"] == "cell_line").to_numpy()[:, None]
    noise = rng.normal(0, 0.8, centre.shape)
    before = (
        centre
        + noise
        + np.where(is_line, np.array([14, -9]) + rng.normal(0, 2.4, centre.shape) - 0.5 * centre, 0)
    )
    aligned = (rng.random(len(samples)) < share)[:, None]
    after = np.where(is_line & ~aligned, 0.55 * centre + rng.normal(0, 5, centre.shape), centre + noise)
    return before, after


def _write_results(run, cohort, before, after):
    is_line = (cohort.obs["sample_type"] == "cell_line").to_numpy()
    types = cohort.obs["cancer_type"].astype(object)
    echo = run.settings.conditions_on_type

    def matched(x):
        settings = MatchSettings(metric="euclidean", n_bootstrap=200)
        return match(one_view(x[is_line], x[~is_line]), types[is_line], types[~is_line], settings)

    standard = before.copy()  # the input is standardised within sample type: tumors and lines centred on 0
    standard[is_line] = (before[is_line] - before[is_line].mean(0)) * 2
    results = {"input_standardised": matched(standard), "rnalign": matched(after), "latent": matched(after)}
    summaries = {name: result.summary() for name, result in results.items()}
    tables = {
        name: r.types.rename_axis("cancer_type").reset_index().to_dict("records")
        for name, r in results.items()
    }
    metrics = {
        key: summaries["rnalign"][key] for key in ("definition", "k", "metric", "min_tumors", "min_lines")
    }
    metrics |= {
        "headline": None if echo else "rnalign",
        "dcor": {"z_sample_type_within_type": 0.04, "z_purity": 0.02},
        "r2": {"heldout": 0.61},
        "label_conditioned": None,
        "seconds": {"training": 63.0, "finishing": 12.0},
    }
    if echo:
        follow = {
            "value": 0.93,
            "low": 0.9,
            "high": 0.96,
            "chance": 0.07,
            "n": summaries["rnalign"]["n_lines"],
        }
        metrics["label_conditioned"] = {
            "match": summaries.pop("rnalign"),
            "follow": follow,
            "types": tables.pop("rnalign"),
        }
        del summaries["latent"], tables["latent"]
    else:
        scored = results["rnalign"].lines["scored"].any()
        found = paired_difference(results["rnalign"], results["input_standardised"]) if scored else {}
        nothing = {"value": None, "low": None, "high": None}
        metrics["difference"] = {
            name: found.get(name, nothing) for name in ("micro", "macro", "median_types")
        }
    lines = results["input_standardised"].lines[["cancer_type", "scored"]].copy()
    lines["fold"] = run.folds.reindex(lines.index).astype("Int64")
    for side, result in (("before", results["input_standardised"]), ("after", results["rnalign"])):
        for column in ("call", "match", "own_share"):
            lines[f"{column}_{side}"] = result.lines[column]
    if echo:
        lines[["match_after", "own_share_after"]] = pd.NA
    lines.rename_axis("sample_id").to_parquet(run.path / "matches.parquet")
    stored = ad.AnnData(obs=cohort.obs, var=cohort.var)
    stored.obsm["X_rnalign"] = np.tile(after, (1, run.settings.n_latent // 2)).astype(np.float32)
    stored.obsm["X_umap_before"] = before.astype(np.float32)
    stored.obsm["X_umap_after"] = after.astype(np.float32)
    stored.uns["rnalign"] = cohort.uns["rnalign"]
    stored.write_h5ad(run.path / "aligned.h5ad", compression="gzip")
    save_file({}, run.path / "weights.safetensors")
    rows = (
        {
            "fold": f,
            "epoch": e,
            "n_epochs": 3,
            "seconds": e * 1.0,
            "loss": 1 / e,
            "heldout_loss": 1.1 / e,
            "l_cor": 0.3 / e,
        }
        for f in run.settings.fold_ids
        for e in (1, 2, 3)
    )
    (run.path / "history.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (run.path / "metrics.json").write_text(json.dumps(metrics | {"match": summaries, "types": tables}))


@pytest.fixture(scope="session")
def fake_run(tmp_path_factory):
    """A finished run on a small cohort. Do not change it."""
    return write_finished_run(tmp_path_factory.mktemp("fake") / "fake-run")


@pytest.fixture(scope="session")
def write_run():
    """The function that writes further finished runs."""
    return write_finished_run


TINY = {
    "n_epochs": 6,
    "batch_size": 64,
    "n_latent": 8,
    "encoder_width": 32,
    "decoder_width": 16,
    "n_folds": 3,
}


def structured_cohort(seed=0, n_genes=60):
    """Types as programmes, lines as tumors without admixture and with a shared shift."""
    rng = np.random.default_rng(seed)
    sizes = {"BRCA": (40, 12), "LUAD": (30, 9), "LUSC": (20, 6), "UVM": (15, 0), "SCLC": (0, 5)}
    programmes = {name: rng.normal(0, 2, n_genes) for name in sizes}
    culture = rng.normal(0, 1.5, n_genes)
    rows, table = [], []
    for name, (n_tumors, n_lines) in sizes.items():
        for kind, n in (("tumor", n_tumors), ("cell_line", n_lines)):
            for i in range(n):
                line = kind == "cell_line"
                purity = 1.0 if line else rng.uniform(0.3, 0.9)
                rows.append(6 + purity * programmes[name] + line * culture + rng.normal(0, 0.5, n_genes))
                known = line or rng.random() < 0.85
                table.append((f"{name}-{kind}-{i}", kind, name, purity if known else np.nan))
    samples = pd.DataFrame(table, columns=["sample_id", "sample_type", "cancer_type", "purity"]).set_index(
        "sample_id"
    )
    samples["name"] = samples.index
    samples.loc["BRCA-cell_line-0", "cancer_type"] = None
    genes = [f"GENE{i}" for i in range(n_genes)]
    return make_cohort(
        np.clip(rows, 0, None), genes, samples, title="structured", provenance=["made for a test"]
    )


@pytest.fixture(scope="session")
def structured():
    return structured_cohort()


@pytest.fixture(scope="session")
def cohort_file(structured, tmp_path_factory):
    path = tmp_path_factory.mktemp("cohorts") / "structured.h5ad"
    save_cohort(structured, path)
    return path


@pytest.fixture
def new_run(tmp_path, structured):
    """Return a function that creates an untrained run with changed settings and, if given, another cohort."""

    def make(name="run", of=None, **changes):
        path = tmp_path / f"{name}.h5ad"
        save_cohort(structured if of is None else of, path)
        return create_run(tmp_path / name, path, Settings(**{**TINY, **changes}))

    return make


@pytest.fixture(scope="session")
def finished_run(cohort_file, tmp_path_factory):
    """Return a function that gives the finished run of a variant, trained once a session. Not to be changed."""
    runs = {}

    def get(variant="full"):
        if variant not in runs:
            from rnalign_core.jobs.finish import finish_run
            from rnalign_core.model.train import train_fold

            settings = Settings(**{**TINY, "n_epochs": 100, "learning_rate": 0.01, "variant": variant})
            run = create_run(
                tmp_path_factory.mktemp("runs") / variant, cohort_file, settings, title=f"tiny {variant}"
            )
            for fold in run.settings.fold_ids:
                train_fold(run, fold, on_event=lambda event: None)
            finish_run(run)
            runs[variant] = run
        return runs[variant]

    return get
