"""Whatever is uploaded: samples that can be placed, or an InputError that says what is wrong."""

import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rnalign_core.cohort import UNITS
from rnalign_core.cohort.genes import known_symbols
from rnalign_core.place import read_query
from rnalign_core.place.query import ORIENTATIONS
from rnalign_core.problems import InputError

GENES = known_symbols()[:30]
SUFFIXES = [".csv", ".tsv", ".csv.gz", ".txt", ".parquet", ".h5ad", ".xlsx", ""]
CELLS = [
    "1,5",
    "1e400",
    "1e30",
    "'=1+1'",
    " 2 ",
    '"',
    "-9.9658",
    "0x1F",
    "",
    "NA",
    "-inf",
    "high",
    "٣",
    "\t1",
    "-300",
]
bounded = settings(
    deadline=None, derandomize=True, database=None, phases=[Phase.generate, Phase.shrink], max_examples=150
)


def outcome(expression, samples=None, **corrections):
    """Read an upload, and check what comes of it."""
    problems, found = (), None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*names are not unique", category=UserWarning)
        try:
            found = read_query(expression, samples, genes=pd.Index(GENES), **corrections)
        except InputError as error:
            problems = error.problems
    if found is None:
        assert any(p.severity == "error" for p in problems)
        assert all(p.what and p.where and p.fix for p in problems)
        return
    assert found.values.shape == (len(found.samples), len(GENES))
    assert found.values.dtype == np.float32
    assert np.isfinite(found.values[:, ~found.missing]).all()
    assert found.samples.index.is_unique
    assert set(found.samples["sample_type"]) <= {"tumor", "cell_line"}
    assert found.samples["purity"].dropna().between(0, 1).all()
    assert {p.severity for p in found.warnings} <= {"warning"}


@st.composite
def uploads(draw):
    """A sound table with, often, something odd about it."""
    n, rng = draw(st.integers(1, 5)), np.random.default_rng(draw(st.integers(0, 99)))
    genes = draw(st.lists(st.sampled_from([*GENES, "probe", "", "TP53"]), min_size=1, max_size=30))
    table = pd.DataFrame(rng.gamma(2, 2, (n, len(genes))), columns=genes).astype(object)
    for _ in range(draw(st.integers(0, 2))):
        table.iloc[draw(st.integers(0, n - 1)), draw(st.integers(0, len(genes) - 1))] = draw(
            st.sampled_from(CELLS)
        )
    table.index = draw(
        st.sampled_from([[f"S{i}" for i in range(n)], ["S"] * n, GENES[:n], [""] * n, list(range(n))])
    )
    return table.T if draw(st.booleans()) else table


@bounded
@given(
    uploads(),
    st.sampled_from([".csv", ".tsv", ".csv.gz"]),
    st.sampled_from([None, *UNITS]),
    st.sampled_from([None, *ORIENTATIONS]),
    st.sampled_from([None, "", "Unnamed: 0"]),
)
def test_odd_tables(table, suffix, unit, orientation, gene_ids):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{suffix}"
        table.to_csv(path, sep="\t" if suffix == ".tsv" else ",")
        outcome(path, unit=unit, orientation=orientation, gene_ids=gene_ids)


@bounded
@given(st.binary(max_size=400), st.sampled_from(SUFFIXES))
def test_bytes(content, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{suffix}"
        path.write_bytes(content)
        outcome(path)


@bounded
@given(st.text(max_size=200), st.text(max_size=200))
def test_text_in_either_file(expression, samples):
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "upload.csv", Path(folder) / "samples.csv"
        for path, text in zip(paths, (expression, samples), strict=True):
            path.write_text(text, encoding="utf-8", errors="replace")
        outcome(*paths)


@bounded
@given(st.integers(0, 3000), st.integers(0, 255), st.sampled_from([".csv", ".csv.gz", ".parquet", ".h5ad"]))
def test_a_flipped_byte_or_a_cut_file(where, byte, suffix):
    import anndata as ad

    table = pd.DataFrame(np.random.default_rng(0).gamma(2, 2, (5, 30)), [f"S{i}" for i in range(5)], GENES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{suffix}"
        if suffix == ".parquet":
            table.to_parquet(path)
        elif suffix == ".h5ad":
            ad.AnnData(table).write_h5ad(path)
        else:
            table.to_csv(path)
        content = bytearray(path.read_bytes())
        if byte % 2:
            content[where % len(content)] ^= byte
        else:
            content = content[: where % len(content)]
        path.write_bytes(content)
        outcome(path)
