"""Whatever the files hold: a sound cohort, or an InputError that says what is wrong, where, and how to go on."""

import gzip
import tempfile
import warnings
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rnalign_core.cohort import CELL_LINE, TUMOR, UNITS, import_cohort
from rnalign_core.problems import InputError

NAMES = ["TP53", "ENSG00000146648", "ENSG00000139618.19", "KRAS", "4609", "ESR1 (2099)", "CTGF", "GAPDH|2597"]
TYPES = ["tumor", "Primary Tumour", "METASTATIC", "TUMORS", "cell line", "CL", "Cell_Line", "lines"]
SUFFIXES = [".csv", ".tsv", ".csv.gz", ".txt", ".parquet", ".h5ad"]
CELLS = {"text": "high", "missing": "", "infinite": "-inf", "negative": "-300"}
ODD = ["1,5", "1e400", "1e30", "'=1+1'", " 2 ", '"', "-9.9658", "0x1F", "1_000", "True", "٣", "-", "\t1"]
HARMLESS = [
    "transposed",
    "notes",
    "junk gene",
    "stranger",
    "absent",
    "shuffled",
    "gene twice",
    "unused column",
]
FATAL = {
    "text": "with text instead of a number",
    "missing": "without a value",
    "infinite": "infinite",
    "negative": "impossible in",
    "sample twice": "more than once",
    "row twice": "1 sample id more than once",
    "normal": "unknown sample type",
    "percent": "percent",
    "no types": "no column `sample_type`",
    "no lines": "no cell line among",
    "foreign ids": "table of samples",
    "foreign genes": "known human gene",
}
DAMAGE = ["cut", "flipped", "misnamed", "odd cell"]

bounded = settings(deadline=None, derandomize=True, database=None, phases=[Phase.generate, Phase.shrink])


def outcome(expression, samples, **options):
    """Import. Return the problems if that fails, None if a cohort came of it, after checking either."""
    problems = None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*names are not unique", category=UserWarning)
        try:
            imported = import_cohort(expression, samples, **options)
        except InputError as error:
            problems = error.problems
    if problems is not None:
        assert any(p.severity == "error" for p in problems)
        assert all(p.what and p.where and p.fix for p in problems)
        return problems
    cohort = imported.cohort
    assert cohort.X.dtype == np.float32
    assert np.isfinite(cohort.X).all()
    assert cohort.X.min() >= 0
    assert cohort.var_names.is_unique
    assert cohort.obs_names.is_unique
    assert set(cohort.obs["sample_type"]) == {TUMOR, CELL_LINE}
    assert cohort.obs["purity"].dropna().between(0, 1).all()
    assert {p.severity for p in imported.warnings} <= {"warning"}
    assert len(imported.tables) == len(expression)
    return None


def make_tables(unit, n_genes, rng):
    """Return a sound expression table, as text and numbers, and its table of samples."""
    tpm = rng.gamma(2, 2, size=(8, n_genes)) * 200
    tpm[0, 0] = 0
    x = {
        "TPM": tpm,
        "log2(TPM+1)": np.log2(tpm + 1),
        "log2(TPM+0.001)": np.log2(tpm + 0.001),
        "counts": np.rint(tpm),
    }[unit]
    expression = pd.DataFrame(x, index=[f"S{i}" for i in range(8)], columns=NAMES[:n_genes]).astype(object)
    samples = pd.DataFrame({"sample_id": expression.index, "sample_type": TYPES, "cancer_type": "LUAD"})
    return expression, samples.assign(purity=[0.5] * 4 + [None] * 4).astype(object)


def spoil_samples(samples, flaw):
    if flaw == "row twice":
        return pd.concat([samples, samples.head(1)])
    if flaw == "no types":
        return samples.drop(columns="sample_type")
    if flaw == "no lines":
        return samples.assign(sample_type="tumor")
    if flaw == "foreign ids":
        return samples.assign(sample_id=[f"other {i}" for i in range(len(samples))])
    if flaw == "unused column":
        return samples.assign(age=50)
    samples = samples.copy()
    if flaw == "normal":
        samples["sample_type"] = ["tumor", "tumor", "normal"] + ["CL"] * (len(samples) - 3)
    elif flaw == "percent":
        samples["purity"] = [60] + [None] * (len(samples) - 1)
    return samples


def spoil_expression(frame, flaw, i, j):
    if flaw == "sample twice":
        return pd.concat([frame, frame.head(1)])
    if flaw == "stranger":
        return pd.concat([frame, frame.loc[["S0"]].rename(index={"S0": "stranger"})])
    if flaw == "absent":
        return frame.drop(index="S3")
    if flaw == "shuffled":
        return frame.iloc[::-1, ::-1]
    if flaw == "gene twice":
        return pd.concat([frame, frame.iloc[:, -1:]], axis=1)
    if flaw == "junk gene":
        return frame.assign(AFFX_1=frame.iloc[:, 0])
    if flaw == "foreign genes":
        return frame.set_axis([f"probe_{k}" for k in range(frame.shape[1])], axis=1)
    if flaw in CELLS:
        frame = frame.copy()
        frame.iloc[i, j] = CELLS[flaw]
    return frame


def write(frame, path):
    """Write a table; formats that cannot hold text among numbers get missing values, or a column of text."""
    is_text = [frame.iloc[:, k].map(type).eq(str).any() for k in range(frame.shape[1])]
    if path.suffix == ".h5ad":
        numbers = frame.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ad.AnnData(
                numbers, pd.DataFrame(index=frame.index), pd.DataFrame(index=frame.columns)
            ).write_h5ad(path)
    elif path.suffix == ".parquet":
        columns = [frame.iloc[:, k].astype(str if text else float) for k, text in enumerate(is_text)]
        table = pd.concat(columns, axis=1)
        table.loc[:, ~table.columns.duplicated()].to_parquet(path)
    else:
        frame.to_csv(path, sep="\t" if ".tsv" in path.name else ",")


def damage(path, how, at):
    content = path.read_bytes()
    place = min(int(len(content) * at), len(content) - 1)
    if how == "cut":
        path.write_bytes(content[:place])
    elif how == "flipped":
        path.write_bytes(content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :])
    elif how == "misnamed":
        path.write_bytes(gzip.compress(content))


def test_flawed_tables():
    """Harmless flaws leave a cohort; every fatal one is named, though there are several; damage does not crash."""
    n_cohorts = 0

    @settings(bounded, max_examples=600)
    @given(
        st.sampled_from(UNITS),
        st.integers(3, len(NAMES)),
        st.lists(st.sampled_from(HARMLESS), max_size=3, unique=True),
        st.lists(st.sampled_from(sorted(FATAL)), max_size=2, unique=True),
        st.one_of(st.none(), st.none(), st.sampled_from(DAMAGE)),
        st.sampled_from(SUFFIXES),
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.floats(0, 1), st.sampled_from(ODD)),
        st.integers(0, 2**32 - 1),
    )
    def run(unit, n_genes, harmless, fatal, broken, suffix, place, seed):
        nonlocal n_cohorts
        i, j, at, odd = place
        frame, samples = make_tables(unit, n_genes, np.random.default_rng(seed))
        in_cells = [flaw for flaw in fatal if flaw in CELLS][:1]  # one spoils the only cell
        fatal = [flaw for flaw in fatal if flaw not in CELLS] + in_cells
        if "normal" in fatal and "no lines" in fatal:  # unknown types may be those of the lines
            fatal.remove("no lines")
        for flaw in sorted(harmless + fatal, key=lambda f: (f not in CELLS, f == "no types")):
            frame, samples = spoil_expression(frame, flaw, i, j), spoil_samples(samples, flaw)
        if broken == "odd cell":
            frame.iloc[i + 3, j] = odd
        if "transposed" in harmless:
            frame = frame.T
        if "notes" in harmless:
            frame.insert(0, "notes", "text")
        with tempfile.TemporaryDirectory() as folder:
            path, table = Path(folder) / f"expression{suffix}", Path(folder) / "samples.csv"
            write(frame, path)
            damage(path, broken, at)
            samples.to_csv(table, index=False)
            problems = outcome([path], table)
        n_cohorts += problems is None
        if broken:
            return
        what = "\n".join(p.what for p in problems or () if p.severity == "error")
        if not fatal:
            assert problems is None, what
        if {"no types", "foreign ids", "foreign genes"} & set(fatal):
            assert problems is not None  # without samples or genes, the rest cannot be looked at
        elif not ({"text", "infinite"} & set(fatal) and suffix == ".h5ad"):
            for flaw in fatal:
                repaired = flaw == "sample twice" and suffix == ".parquet" and "transposed" in harmless
                assert repaired or FATAL[flaw] in what

    run()
    assert n_cohorts > 100


def test_any_content():
    """Noise in place of either file is an InputError."""

    @settings(bounded, max_examples=250)
    @given(
        st.sampled_from(SUFFIXES),
        st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode())),
    )
    def run(suffix, content):
        with tempfile.TemporaryDirectory() as folder:
            noise = Path(folder) / f"noise{suffix}"
            noise.write_bytes(content)
            expression, samples = Path(folder) / "expression.csv", Path(folder) / "samples.csv"
            expression.write_text("id,TP53,KRAS\nA,1.5,2.5\nB,3.25,0.5\n")
            samples.write_text("sample_id,sample_type,cancer_type\nA,tumor,LUAD\nB,CL,LUAD\n")
            assert outcome([expression], samples) is None
            assert outcome([noise], samples) is not None
            assert outcome([expression], noise) is not None

    run()


def test_any_cells():
    """Arbitrary cells, and now and then arbitrary names, in tables that would join."""
    words = [*ODD, *CELLS.values(), "0.5", "60", "LUAD", "NA"]
    cell = st.one_of(st.sampled_from(["1.5", "0.25", "7"]), st.sampled_from(words), st.floats().map(str))
    name = st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES), st.text(max_size=4))
    row = st.tuples(st.sampled_from("AABBC"), cell, cell, cell)

    @settings(bounded, max_examples=250)
    @given(
        st.tuples(name, name, name),
        st.lists(row, max_size=4),
        st.lists(st.tuples(st.sampled_from([*TYPES, "normal"]), cell, cell), min_size=3, max_size=3),
        st.sampled_from(",;\t"),
        st.sampled_from([None, *UNITS]),
    )
    def run(genes, expression, samples, separator, unit):
        tables = [
            [("id", *genes), *expression],
            [("sample_id", "sample_type", "cancer_type", "purity")]
            + [(i, *cells) for i, cells in zip("ABC", samples, strict=True)],
        ]
        with tempfile.TemporaryDirectory() as folder:
            paths = Path(folder) / "expression.txt", Path(folder) / "samples.txt"
            for table, path in zip(tables, paths, strict=True):
                path.write_text("\n".join(separator.join(row) for row in table), "utf-8", "surrogatepass")
            outcome([paths[0]], paths[1], units=[unit])

    run()
