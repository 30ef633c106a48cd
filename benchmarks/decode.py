"""How quickly a decode at other labels follows a slider, and that it does not depend on the number of genes.

    python benchmarks/decode.py [--moves 50]

A cohort of the poster's size is made up in memory, with untrained models of the usual widths: their numbers mean
nothing, their cost is that of trained ones. Printed are milliseconds of this process for the numbers of the whole
cohort at new labels, for those of one sample, and for the genes that change, with 5,000 and with 19,000 genes in
turn. The last line fails the command if the 95th percentile is over 300 ms or the two numbers of genes differ by over
20 %.
"""

import argparse
import sys
import time

import numpy as np
import pandas as pd
import torch

from rnalign_core.decode import Ensemble
from rnalign_core.model import Settings
from rnalign_core.model.inputs import Labels, Scaler
from rnalign_core.model.train import network_for
from rnalign_core.rank.at_labels import DecodeLabels
from rnalign_core.rank.live import LiveDecode
from rnalign_core.rank.live_sample import sample_numbers

N_TUMORS, N_LINES, N_TYPES = 12_236, 1_249, 33
N_GENES = (5_000, 19_000)
LIMIT_MS, LIMIT_RATIO = 300, 1.2


def made_up(n_genes: int) -> LiveDecode:
    """Return untrained models on a cohort whose types are as unequal as TCGA's."""
    rng = np.random.default_rng(0)
    n_samples = N_TUMORS + N_LINES
    is_line = np.arange(n_samples) >= N_TUMORS
    share = 1 / np.arange(3, N_TYPES + 3)
    codes = rng.choice(N_TYPES, n_samples, p=share / share.sum())
    types = tuple(f"T{code:02d}" for code in range(N_TYPES))
    labels = Labels(
        is_line, np.where(is_line, 1, 0.6).astype(np.float32), np.ones(n_samples, bool), codes, types
    )
    settings = Settings(n_genes=n_genes)
    torch.manual_seed(0)
    networks = tuple(
        network_for(settings, n_genes, N_TYPES).eval().requires_grad_(False) for _ in settings.fold_ids
    )
    scaler = Scaler(np.zeros((2, n_genes), np.float32), np.ones((2, n_genes), np.float32))
    ensemble = Ensemble(networks, settings, scaler, tuple(f"G{i}" for i in range(n_genes)), types)
    latents = rng.normal(size=(settings.n_folds, n_samples, settings.n_latent)).astype(np.float32)
    fold = np.where(is_line, np.arange(n_samples) % settings.n_folds, -1)
    names = pd.Series(np.array(types)[codes], index=[f"s{i}" for i in range(n_samples)])
    return LiveDecode(ensemble, labels, latents, fold, names)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--moves", type=int, default=50, help="slider moves to time (default: %(default)s)")
    moves = parser.parse_args().moves
    runs = {n_genes: made_up(n_genes) for n_genes in N_GENES}
    ways = {
        "whole cohort": lambda live, target: live.numbers(target),
        "one cell line": lambda live, target: sample_numbers(live, f"s{N_TUMORS}", target),
        "genes": lambda live, target: live.genes(target),
    }
    print(
        f"{N_TUMORS:,} tumors, {N_LINES:,} lines, 5 models, {torch.get_num_threads()} threads, {moves} moves"
    )
    spent: dict[tuple[str, int], list[float]] = {}
    rng = np.random.default_rng(1)
    for move in range(-2, moves):  # the first two warm up
        target = DecodeLabels(line=float(rng.random()), purity=float(rng.random()))
        for n_genes, live in runs.items():
            for way, answer in ways.items():
                began = time.perf_counter()
                answer(live, target)
                if move >= 0:
                    spent.setdefault((way, n_genes), []).append(1000 * (time.perf_counter() - began))
    for (way, n_genes), milliseconds in spent.items():
        median, high = np.percentile(milliseconds, [50, 95])
        print(f"{way:14} {n_genes:6,} genes: median {median:6.1f} ms, 95th percentile {high:6.1f} ms")
    few, many = (np.median(spent["whole cohort", n_genes]) for n_genes in N_GENES)
    slowest = max(np.percentile(spent["whole cohort", n_genes], 95) for n_genes in N_GENES)
    print(f"19,000 against 5,000 genes: {many / few:.3f}")
    if slowest > LIMIT_MS or not 1 / LIMIT_RATIO < many / few < LIMIT_RATIO:
        sys.exit(f"over the limit: {LIMIT_MS} ms, ratio {LIMIT_RATIO}")


if __name__ == "__main__":
    main()
