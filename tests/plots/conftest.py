import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def make_samples():
    """A function that makes up a table of samples as the maps want it, their places drawn at random."""

    def make(n_tumors=60, n_lines=20, types=("BRCA", "LUAD", "SCLC"), seed=0):
        rng = np.random.default_rng(seed)
        n = n_tumors + n_lines
        is_line = np.arange(n) >= n_tumors
        table = pd.DataFrame(
            {
                "sample_type": np.where(is_line, "cell_line", "tumor"),
                "cancer_type": pd.Categorical(rng.choice(types, n)),
                "subtype": pd.Categorical(rng.choice(["LumA", "Basal", None], n)),
                "purity": np.where(is_line, 1.0, rng.uniform(0.2, 0.9, n)).astype(np.float32),
                "name": [f"name {i}" for i in range(n)],
                "match_before": pd.array([None] * n, dtype="boolean"),
                "match_after": pd.array([None] * n, dtype="boolean"),
            },
            index=[f"s{i}" for i in range(n)],
        )
        table.loc[table.index[:5], "purity"] = np.nan
        for side in ("before", "after"):
            table[f"own_share_{side}"] = np.where(is_line, rng.random(n), np.nan)
            for axis in "xy":
                table[f"{axis}_{side}"] = rng.normal(0, 5, n).astype(np.float32)
        return table

    return make
