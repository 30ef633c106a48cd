"""Fixtures that several rooms share: a small cohort with structure, and runs trained on it."""

import numpy as np
import pandas as pd
import pytest

from rnalign_core.cohort.schema import make_cohort, save_cohort
from rnalign_core.model import Settings, create_run

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
