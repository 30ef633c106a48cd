"""Make a finished run of the size of TCGA with DepMap, to time the dashboard on.

    python benchmarks/large_run.py --out large-run [--cohort cohort.h5ad] [--samples 13485] [--genes 19000]

Samples are drawn from a cohort (the bundled demo by default) with replacement and get noise; genes are repeated until
there are enough. The models are trained for one epoch: what a page costs does not depend on what they learned.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from rnalign_core.cohort import load_cohort, save_cohort
from rnalign_core.cohort.schema import make_cohort
from rnalign_core.jobs.finish import finish_run
from rnalign_core.model import Settings, create_run
from rnalign_core.model.runs import demo_run_path
from rnalign_core.model.train import train_fold

LINES_SHARE = 1249 / 13485  # DepMap among TCGA, as in the poster


def resampled(cohort, n_samples: int, n_genes: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    is_line = (cohort.obs["sample_type"] == "cell_line").to_numpy()
    n_lines = round(LINES_SHARE * n_samples)
    rows = np.concatenate(
        [
            rng.choice(np.flatnonzero(~is_line), n_samples - n_lines),
            rng.choice(np.flatnonzero(is_line), n_lines),
        ]
    )
    columns = np.arange(n_genes) % cohort.n_vars
    x = np.asarray(cohort.X)[rows][:, columns]
    x += rng.normal(0, 0.4, x.shape).astype(np.float32)
    np.maximum(x, 0, out=x)
    copies = np.arange(n_genes) // cohort.n_vars
    genes = [
        f"{cohort.var_names[c]}{f'-{copy}' if copy else ''}" for c, copy in zip(columns, copies, strict=True)
    ]
    obs = cohort.obs.iloc[rows].copy()
    obs.index = [f"sample{i:05d}" for i in range(n_samples)]
    return make_cohort(
        x, genes, obs, title="Large, for timing", provenance=["resampled for timing"], simulated=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cohort", type=Path, default=demo_run_path() / "cohort.h5ad")
    parser.add_argument("--samples", type=int, default=13485)
    parser.add_argument("--genes", type=int, default=19000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort.h5ad"
        save_cohort(resampled(load_cohort(arguments.cohort), arguments.samples, arguments.genes), path)
        run = create_run(arguments.out, path, Settings(n_epochs=1, kl_warmup=0), title="large")
    for fold in run.settings.fold_ids:
        train_fold(run, fold, on_event=lambda event: None)
        print(f"fold {fold + 1} of {len(run.settings.fold_ids)} trained", flush=True)
    finish_run(run, on_event=lambda event: print(event["stage"], flush=True))


if __name__ == "__main__":
    main()
