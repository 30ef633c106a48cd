"""Say how often the intervals of a ranking hold the value that they are about.

    python benchmarks/interval_coverage.py [--run RUN] [--datasets 20]

The tumors of a group and of its rivals stand for the population, and a line's score and z among all of them are the
true ones. Datasets of as many tumors are drawn from it with replacement, and each gives the 90 % intervals that the
Pick page would show. Where the true score is 0 or 1 this says nothing: an interval that holds its own estimate always
holds these. So the table is by the true score, and below it are the true scores from 0.05 to 0.95.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from rnalign_core.model.runs import Run, demo_run_path
from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.groups import Group, cancer_types, subtype_group, subtypes, type_group
from rnalign_core.rank.ranking import RankSettings, sampled
from rnalign_core.rank.score import MIN_DISTINCT, bootstrap_weights, typicality
from rnalign_core.rank.surroundings import surroundings

SETTINGS = RankSettings(max_tumors=200)
MAX_LINES = 60  # of one model's view
RANGES = [-1, 0, 0.02, 0.05, 0.2, 0.8, 0.95, 0.98, 0.9999, 1]
TOLERANCE = 1e-6  # of shares in single precision


def groups_of(samples: pd.DataFrame) -> Iterator[Group]:
    for cancer_type in cancer_types(samples).index:
        yield type_group(samples, cancer_type)
        for subtype in subtypes(samples, cancer_type).index:
            yield subtype_group(samples, cancer_type, subtype)


def counts(size: int, n: int, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw `n` samples of `size` tumors; return how often each tumor is in them, (n, n_tumors)."""
    drawn = np.empty((0, len(shares)), dtype=int)
    while len(drawn) < n:
        more = rng.multinomial(size, shares, size=n)
        drawn = np.vstack([drawn, more[(more > 0).sum(axis=1) >= MIN_DISTINCT]])
    return drawn[:n]


def weights_of_dataset(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a dataset of every group, and resamples of it: weights as of ``bootstrap_weights``."""
    weights = np.empty((1 + SETTINGS.n_resamples, len(codes)), dtype=np.float32)
    for code in np.unique(codes):
        members = np.flatnonzero(codes == code)
        n = len(members)
        dataset = counts(n, 1, np.full(n, 1 / n), rng)
        resamples = counts(n, SETTINGS.n_resamples, dataset[0] / n, rng)
        weights[:, members] = np.vstack([dataset, resamples]) / n
    return weights


def covered(aligned: AlignedRun, n_datasets: int) -> pd.DataFrame:
    """Return one row a line, group and dataset: ``within, true_score``, and whether ``score`` and ``z`` are covered."""
    rng = np.random.default_rng(0)
    around, rows = {}, []
    for group in groups_of(aligned.samples):
        if group.within not in around:
            around[group.within] = surroundings(aligned, group.within)
        used = sampled(group, SETTINGS)
        codes = pd.factorize(used)[0]
        for ids, to_tumors, among in around[group.within].among(aligned, used.index):
            to_tumors = to_tumors[rng.permutation(len(ids))[:MAX_LINES]]
            truth = typicality(to_tumors, among, codes, bootstrap_weights(codes, 0, 0))
            for _ in range(n_datasets):
                found = typicality(to_tumors, among, codes, weights_of_dataset(codes, rng))
                ends = found.intervals(SETTINGS.confidence)
                row = {"within": "a disease" if group.within else "all tumors", "true_score": truth.score[0]}
                for name, value in (("score", truth.score[0]), ("z", truth.z[0])):
                    low, high = ends[f"{name}_low"] - TOLERANCE, ends[f"{name}_high"] + TOLERANCE
                    row[name] = (low <= value) & (value <= high)
                rows.append(pd.DataFrame(row))
    return pd.concat(rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, default=demo_run_path())
    parser.add_argument("--datasets", type=int, default=20)
    arguments = parser.parse_args()
    found = covered(AlignedRun(Run.open(arguments.run)), arguments.datasets)
    found["true score"] = pd.cut(found["true_score"].round(6), RANGES)
    table = found.groupby(["within", "true score"], observed=True)[["score", "z"]]
    print(table.mean().round(3).assign(intervals=table.size()).to_string())
    inside = found[found["true_score"].between(0.05, 0.95)]
    print("\ntrue scores from 0.05 to 0.95")
    for name, part in (*inside.groupby("within"), ("both", inside)):
        print(f"{name}: score {part['score'].mean():.3f}, z {part['z'].mean():.3f} ({len(part):,} intervals)")
    print(f"all lines: z {found['z'].mean():.3f} ({len(found):,} intervals)")


if __name__ == "__main__":
    main()
