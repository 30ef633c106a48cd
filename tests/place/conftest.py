"""A run that was trained without a quarter of its cohort, and what it was trained without."""

import numpy as np
import pytest

from rnalign_core.cohort import TableReport
from rnalign_core.model import Settings, create_run
from rnalign_core.place import Query
from rnalign_core.rank.aligned_run import AlignedRun

REPORT = TableReport("upload.csv", 0, 0, "samples x genes", "HGNC symbols", "log2(TPM+1)", "as given", 0, 0)
SMALL = {
    "n_epochs": 60,
    "batch_size": 64,
    "n_latent": 8,
    "encoder_width": 32,
    "decoder_width": 16,
    "n_folds": 3,
    "learning_rate": 0.01,
}


@pytest.fixture(scope="session")
def left_out(structured):
    """Every fourth sample of the cohort, and all of the type UVM."""
    return (np.arange(structured.n_obs) % 4 == 0) | (structured.obs["cancer_type"] == "UVM").to_numpy()


@pytest.fixture(scope="session")
def make_host(structured, left_out, tmp_path_factory):
    """A function that trains a run on the rest of the cohort and opens it."""
    from rnalign_core.cohort import make_cohort, save_cohort
    from rnalign_core.jobs.finish import finish_run
    from rnalign_core.model.train import train_fold

    def make(name="host", **changes):
        folder = tmp_path_factory.mktemp("place")
        kept = structured[~left_out]
        cohort = make_cohort(kept.X, kept.var_names, kept.obs, title="kept", provenance=["made for a test"])
        save_cohort(cohort, folder / "kept.h5ad")
        run = create_run(folder / name, folder / "kept.h5ad", Settings(**{**SMALL, **changes}))
        for fold in run.settings.fold_ids:
            train_fold(run, fold, on_event=lambda event: None)
        finish_run(run)
        return AlignedRun(run)

    return make


@pytest.fixture(scope="session")
def host(make_host):
    return make_host()


@pytest.fixture(scope="session")
def new(structured, left_out):
    """What the run was trained without, as an upload that tells no types."""
    part = structured[left_out]
    samples = part.obs.astype(object).assign(cancer_type=None)
    samples["purity"] = samples["purity"].astype(float)
    return Query(samples, np.asarray(part.X), part.var_names, REPORT, ())


@pytest.fixture(scope="session")
def truth(structured, left_out):
    """True types of what the run was trained without."""
    return structured.obs["cancer_type"].astype(object)[left_out]
