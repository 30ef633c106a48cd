"""What a training step costs: bfloat16 against float32, memory kept against memory given back.

    python benchmarks/training_step.py [--samples 1000] [--genes 2000]

Every setting runs in a process of its own, in turn and more than once, and is compared with the setting that
training uses, in the same run. Printed are ratios of processor seconds, smallest of all rounds.
"""

import argparse
import json
import os
import subprocess
import sys
import time

ROUNDS = 3
STEPS = 40
KEEP = {"MALLOC_TRIM_THRESHOLD_": str(2**30), "MALLOC_MMAP_THRESHOLD_": str(2**30)}
SETTINGS = {
    "as trained": ("auto", KEEP),
    "float32": ("float32", KEEP),
    "memory given back (dask's default)": ("auto", {"MALLOC_TRIM_THRESHOLD_": "65536"}),
}


def measure(n_samples: int, n_genes: int, precision: str) -> float:
    """Return processor seconds a step on random data."""
    import numpy as np

    from rnalign_core.model import Settings, train
    from rnalign_core.model.inputs import Inputs, Labels, Scaler

    if precision == "float32":
        train.has_fast_bfloat16 = lambda: False
    rng = np.random.default_rng(0)
    is_line = np.arange(n_samples) % 4 == 0
    codes = rng.integers(0, 20, n_samples)
    labels = Labels(
        is_line,
        rng.random(n_samples, np.float32),
        np.ones(n_samples, bool),
        codes,
        tuple("abcdefghijklmnopqrst"),
    )
    x = rng.normal(size=(n_samples, n_genes)).astype(np.float32)
    scaler = Scaler(np.zeros((2, n_genes), np.float32), np.ones((2, n_genes), np.float32))
    inputs = Inputs(x, labels, scaler, ("g",) * n_genes, tuple(map(str, range(n_samples))))
    with train.single_thread():
        state = train.FoldTraining(inputs, Settings(), np.zeros(n_samples, bool), seed=0)
        state.run_epoch()
        epochs = max(1, STEPS // state.steps_per_epoch)
        began = time.process_time()
        for _ in range(epochs):
            state.run_epoch()
        return (time.process_time() - began) / (epochs * state.steps_per_epoch)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--genes", type=int, default=2000)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.samples, arguments.genes, arguments.measure)))
        return
    seconds: dict[str, list[float]] = {name: [] for name in SETTINGS}
    size = ["--samples", str(arguments.samples), "--genes", str(arguments.genes)]
    for _ in range(ROUNDS):
        for name, (precision, environment) in SETTINGS.items():
            command = [sys.executable, __file__, "--measure", precision, *size]
            environment = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            seconds[name].append(json.loads(done.stdout))
    base = min(seconds["as trained"])
    print(f"as trained: {base * 1000:.0f} ms a step of 256 samples x {arguments.genes} genes, one thread")
    for name, values in seconds.items():
        print(f"{min(values) / base:5.2f} x  {name}")


if __name__ == "__main__":
    main()
