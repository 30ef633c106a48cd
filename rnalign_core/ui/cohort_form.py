"""The cohorts that there are, what is in them, and choosing one; their expression is not read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import anndata as ad
import h5py
import pandas as pd
import streamlit as st

from rnalign_core.cohort.schema import CELL_LINE
from rnalign_core.files import data_home
from rnalign_core.model.names import slug
from rnalign_core.model.runs import demo_run_path
from rnalign_core.ui.go import go_to
from rnalign_core.ui.text import plain

CHOICE = "train_cohort"
NEXT_CHOICE = "train_cohort_next"
NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Facts:
    """What the interface shows of a cohort.

    Parameters
    ----------
    sources
        What its samples are said to come from.
    types
        One row a cancer type, by name: tumors, cell lines; most samples first, samples of unknown type last.
    """

    title: str
    cohort_id: str
    n_tumors: int
    n_lines: int
    n_genes: int
    simulated: bool
    sources: tuple[str, ...]
    provenance: tuple[str, ...]
    types: pd.DataFrame


def select_next(path: Path) -> None:
    """Choose a cohort on the user's behalf from the next run of the page on."""
    st.session_state[NEXT_CHOICE] = str(path)


def choose_cohort() -> Path | None:
    """Let the user choose a cohort and show its facts. None where there is none to choose."""
    cohorts = readable_cohorts()
    if not cohorts:
        st.info("There is no cohort yet. Fetch one, or import your own files, on the Data page.")
    else:
        if (wanted := st.session_state.pop(NEXT_CHOICE, None)) in cohorts:
            st.session_state[CHOICE] = wanted
        choice = st.selectbox(
            "Cohort", list(cohorts), key=CHOICE, format_func=lambda path: label(Path(path), cohorts[path])
        )
        show_facts(cohorts[choice])
    if st.button("Fetch or import another cohort", icon=":material/database:", type="tertiary"):
        go_to("data")
    return Path(choice) if cohorts else None


def readable_cohorts() -> dict[str, Facts]:
    """Return the facts of every cohort by its path; name those that cannot be read."""
    readable, damaged = {}, []
    for path in _cohort_files():
        try:
            readable[str(path)] = facts(path)
        except Exception:  # h5py and anndata raise many kinds for damaged files
            damaged.append(path.name)
    if damaged:
        names = ", ".join(map(plain, damaged))
        st.warning(f"Not readable as cohorts: {names}. Import them again, or remove them from the data home.")
    return readable


def is_bundled(path: Path) -> bool:
    """Whether a cohort is that of the demo, which belongs to the program."""
    return path.parent == demo_run_path()


def _cohort_files() -> list[Path]:
    """Cohorts of the data home by name, then the bundled demo."""
    demo = demo_run_path() / "cohort.h5ad"
    return sorted((data_home() / "cohorts").glob("*.h5ad")) + ([demo] if demo.is_file() else [])


def label(path: Path, cohort: Facts) -> str:
    """Return the title of a cohort, with its file where the title does not tell it."""
    if is_bundled(path):
        return f"{cohort.title} (bundled demo)"
    return cohort.title if slug(cohort.title) == path.stem else f"{cohort.title} ({path.name})"


def facts(path: Path) -> Facts:
    """Return the facts of a cohort file, read once for each state of the file."""
    return _read_facts(str(path), path.stat().st_mtime_ns)


@st.cache_resource(max_entries=200, show_spinner=False)
def _read_facts(path: str, mtime_ns: int) -> Facts:
    with h5py.File(path) as file:
        obs = ad.io.read_elem(file["obs"])
        about = ad.io.read_elem(file["uns/rnalign"])
        n_genes = len(ad.io.read_elem(file["var"]))
    return describe(obs, about, n_genes)


def describe(obs: pd.DataFrame, about: dict, n_genes: int) -> Facts:
    """Return the facts of a cohort with these labels, ``uns["rnalign"]`` and number of genes."""
    is_line = (obs["sample_type"] == CELL_LINE).to_numpy()
    types = obs["cancer_type"].astype(object).fillna(NOT_KNOWN)
    table = pd.DataFrame(
        {"Tumors": types[~is_line].value_counts(), "Cell lines": types[is_line].value_counts()}
    )
    table = table.fillna(0).astype(int).rename_axis("Cancer type")
    order = pd.DataFrame({"unknown": table.index == NOT_KNOWN, "n": -table.sum(axis=1)}, index=table.index)
    return Facts(
        title=str(about["title"]),
        cohort_id=str(about["cohort_id"]),
        n_tumors=int((~is_line).sum()),
        n_lines=int(is_line.sum()),
        n_genes=n_genes,
        simulated=bool(about["simulated"]),
        sources=tuple(sorted(map(str, obs["source"].dropna().unique()))),
        provenance=tuple(map(str, about["provenance"])),
        types=table.loc[order.sort_values(["unknown", "n"], kind="stable").index],
    )


def show_facts(cohort: Facts) -> None:
    """Show size, cancer types and provenance of a cohort."""
    if cohort.simulated:
        st.badge("simulated data", icon=":material/science:", color="orange")
    n_types = int((cohort.types.index != NOT_KNOWN).sum())
    numbers = {
        "Tumors": cohort.n_tumors,
        "Cell lines": cohort.n_lines,
        "Cancer types": n_types,
        "Genes": cohort.n_genes,
    }
    for column, (label, n) in zip(st.columns(len(numbers)), numbers.items(), strict=True):
        column.metric(label, f"{n:,}")
    show_sources(cohort)


def show_sources(cohort: Facts) -> None:
    """Show cancer types and provenance of a cohort, on demand."""
    with st.expander("Cancer types and where the data come from"):
        types, sources = st.columns([2, 3])
        types.dataframe(
            cohort.types, height=min(36 * len(cohort.types) + 38, 300), alt="Samples by cancer type"
        )
        sources.markdown("\n".join(f"- {plain(sentence)}" for sentence in cohort.provenance))
        sources.caption(f"Cohort id {plain(cohort.cohort_id)}")
