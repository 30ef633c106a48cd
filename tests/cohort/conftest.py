import numpy as np
import pandas as pd
import pytest

# symbol and Ensembl gene
GENES = {
    "TP53": "ENSG00000141510",
    "EGFR": "ENSG00000146648",
    "BRCA1": "ENSG00000012048",
    "BRCA2": "ENSG00000139618",
    "KRAS": "ENSG00000133703",
    "MYC": "ENSG00000136997",
    "PTEN": "ENSG00000171862",
    "ESR1": "ENSG00000091831",
    "ERBB2": "ENSG00000141736",
    "GAPDH": "ENSG00000111640",
}


@pytest.fixture
def ensembl():
    return GENES


@pytest.fixture
def expression():
    """log2(TPM+1) of five tumors and three cell lines, in ten genes."""
    values = np.random.default_rng(0).gamma(3, 2, size=(8, len(GENES))).astype(np.float32)
    return pd.DataFrame(
        values, index=[f"T{i}" for i in range(5)] + [f"L{i}" for i in range(3)], columns=list(GENES)
    )


@pytest.fixture
def samples():
    return pd.DataFrame(
        {
            "sample_id": [f"T{i}" for i in range(5)] + [f"L{i}" for i in range(3)],
            "sample_type": ["tumor"] * 5 + ["cell line"] * 3,
            "cancer_type": ["LUAD"] * 3 + ["BRCA"] * 2 + ["LUAD", "BRCA", "LUAD"],
            "purity": [0.5, 0.6, None, 0.7, 0.8, None, None, None],
        }
    )


@pytest.fixture
def save(tmp_path):
    """Return a function that writes a table under a name and returns the path."""

    def write(frame, name):
        path = tmp_path / name
        if path.suffix == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_csv(path, index=frame.index.dtype == object)
        return path

    return write
