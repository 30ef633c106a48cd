"""A run as files: its zip and its aligned cohort to download, and a zip from elsewhere to import."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from rnalign_core.files import check_room
from rnalign_core.model import Run
from rnalign_core.model.archive import archive_size, export_run, import_run
from rnalign_core.ui.refusals import said
from rnalign_core.ui.runs import stem
from rnalign_core.ui.text import plain

GENERATION = "train_import_run_generation"  # a new number empties the uploader
MAX_ZIP_BYTES = 1e9  # the server holds what it sends in memory
MAX_VALUES = 1e8  # 13,000 samples x 7,500 genes; as h5ad about 0.9 GB
VALUE_BYTES = 12  # in three layers, before they are packed; in a table it takes less


def downloads(run: Run) -> None:
    """Offer a finished run as files; each is made when its button is clicked."""
    if why := _why_not(archive_size(run), MAX_ZIP_BYTES):
        _command(f"The zip of this run {why}. Write it with", "export", run, ".zip")
    else:
        _button("Whole run, .zip", run, "zip", lambda: made(lambda path: export_run(run, path), ".zip"))
    st.caption("Cohort, models and results: to keep, or to import elsewhere.")
    if why := _why_not(_aligned_size(run), VALUE_BYTES * MAX_VALUES):
        _command(f"The aligned cohort {why}. Write it with", "align", run, ".h5ad")
        return
    _button("Aligned cohort, .h5ad", run, "h5ad", lambda: aligned_file(run, ".h5ad"))
    st.caption("For scanpy and cellxgene: input, both aligned layers, latent space, maps, labels and calls.")
    residual = st.toggle(
        "Tables with residual",
        help="Adds to the decoded profile what the model does not explain of a sample: for differences within a "
        "cancer type, such as subtypes.",
        key=stem("residual", run),
    )
    _button("Aligned table, .parquet", run, "parquet", lambda: aligned_file(run, ".parquet", residual))
    _button("Aligned table, .csv", run, "csv", lambda: aligned_file(run, ".csv", residual))


def _why_not(n_bytes: float, most: float) -> str | None:
    """Say why a file cannot be made for download: if that failed after the click, nobody would be told why."""
    if n_bytes > most:
        return "is large"
    try:
        check_room(Path(tempfile.gettempdir()), n_bytes)
    except OSError as error:
        place = plain(error.filename or "")
        return f"cannot be made in the server's folder for temporary files {place} ({plain(error.strerror)})"
    return None


def _aligned_size(run: Run) -> int:
    """Return how many bytes the aligned cohort takes before it is packed."""
    n_genes = min(run.settings.n_genes or run.info["n_genes"], run.info["n_genes"])
    return VALUE_BYTES * (run.info["n_tumors"] + run.info["n_lines"]) * n_genes


def _button(label: str, run: Run, kind: str, data: Callable[[], bytes]) -> None:
    name = f"{run.run_id}.zip" if kind == "zip" else f"{stem('aligned', run)}.{kind}"
    st.download_button(
        label,
        data,
        name,
        icon=":material/download:",
        on_click="ignore",
        key=f"{kind}-{stem('files', run)}",
        width="stretch",
    )


def _command(sentence: str, command: str, run: Run, suffix: str) -> None:
    st.caption(sentence)
    path = shlex.quote(str(run.path))
    st.code(
        f"rnalign {command} --run {path} --out {shlex.quote(run.run_id + suffix)}",
        language=None,
        wrap_lines=True,
    )


def aligned_file(run: Run, suffix: str, residual: bool = False) -> bytes:
    """Return the aligned cohort of a run as a file; takes seconds."""
    from rnalign_core.decode import write_aligned  # brings torch along

    check_room(Path(tempfile.gettempdir()), _aligned_size(run))
    return made(lambda path: write_aligned(run, path, residual=residual), suffix)


def made(write: Callable[[Path], None], suffix: str) -> bytes:
    """Return what `write` writes to the path that it is given."""
    with tempfile.TemporaryDirectory(prefix="rnalign-download-") as folder:
        path = Path(folder) / f"file{suffix}"
        write(path)
        return path.read_bytes()


def import_run_form() -> Run | None:
    """Let the user upload the zip of a run and have it checked; return the run when it has become one."""
    with st.expander("Import a run", icon=":material/upload_file:"):
        st.markdown(
            "Give the `.zip` of a run that RNAlign exported. Everything in it is checked before anything is kept. "
            "The numbers of a run are those of its maker: import from people you trust."
        )
        generation = st.session_state.setdefault(GENERATION, 0)
        file = st.file_uploader("Zip of a run", "zip", key=f"run-zip-{generation}")
        limit = st.get_option("server.maxUploadSize")
        st.caption(f"Larger than {limit} MB: `rnalign import-run FILE.zip`.")
        if not st.button("Check and import", disabled=file is None):
            return None
        with said("This file cannot be made into a run, and nothing of it was kept"):
            with st.spinner("Checking the files and reading the run. Large ones take up to a minute."):
                run = import_run(file, file.name)
            st.session_state[GENERATION] += 1
            st.toast(f"The run {plain(run.info['title'])} is imported.")
            return run
        return None
