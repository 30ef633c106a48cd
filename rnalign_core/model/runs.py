"""The run folder: everything one training produced, read back without torch.

============================  ==========================================================================
``run.json``                  title, ids of run, cohort and code version, creation time
``settings.json``             :class:`rnalign_core.model.settings.Settings`
``cohort.h5ad``               the cohort it was trained on (a hard link where the disk allows)
``folds.csv``                 ``sample_id, fold`` for cell lines with a shared type
``checkpoint/``, ``job/``     state of each fold while it trains, and of the work on it; gone when it is finished
``weights.safetensors``       all folds, half precision, with scalers and genes' order
``history.jsonl``             one line an epoch and fold
``metrics.json``              match rates with intervals, distance correlations, R2
``matches.parquet``           one row a cell line: calls before and after
``aligned.h5ad``              labels, latent space and both UMAPs of every sample
============================  ==========================================================================

A run is finished when ``metrics.json`` exists: it is written last.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import anndata as ad
import h5py
import pandas as pd
from pydantic import BaseModel, Field, field_validator

import rnalign_core
from rnalign_core.cohort.schema import TUMOR, load_cohort
from rnalign_core.cohort.words import count
from rnalign_core.files import check_new, data_home, new_folder, write_text
from rnalign_core.model.received_metrics import Metrics
from rnalign_core.model.settings import Settings
from rnalign_core.problems import InputError, Problem

RUN_SCHEMA = 1
MIN_TUMORS = 25  # neighbours that match rates are counted among
LABEL_CONDITIONED = (
    "label-conditioned: not evidence of similarity. The model was told each line's cancer type; "
    "rank nothing by this."
)


class RunInfo(BaseModel):
    """Content of ``run.json``."""

    schema_version: int
    title: str
    cohort_id: str
    cohort_title: str
    simulated: bool
    created: str
    code_version: str
    n_tumors: int = Field(ge=0)
    n_lines: int = Field(ge=0)
    n_genes: int = Field(ge=0)

    @field_validator("created")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        datetime.fromisoformat(value)
        return value


@dataclass(frozen=True)
class Run:
    """A run folder. Opening one is cheap; its parts are read when asked for and kept."""

    path: Path

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Run:
        """Open a run folder.

        Raises
        ------
        InputError
            If the folder is missing, is not a run, or was written by another schema version.
        """
        path = Path(path)
        fix = "Name a folder made by `rnalign train`."
        if not (path / "run.json").is_file() or not (path / "settings.json").is_file():
            raise InputError.single("this is not a run: it has no run.json and settings.json", str(path), fix)
        run = cls(path)
        try:
            schema = run.info["schema_version"]
            _ = run.settings
        except ValueError as error:
            raise InputError.single(f"its settings cannot be read ({error})", str(path), fix) from error
        if schema != RUN_SCHEMA:
            raise InputError.single(
                f"run of schema version {schema}, this program reads {RUN_SCHEMA}", str(path), fix
            )
        return run

    @property
    def run_id(self) -> str:
        """Name of the folder."""
        return self.path.name

    @cached_property
    def info(self) -> dict:
        """``title, cohort_id, cohort_title, simulated, created, code_version, n_tumors, n_lines, n_genes``."""
        return RunInfo.model_validate_json((self.path / "run.json").read_bytes()).model_dump()

    @property
    def provenance(self) -> list[str]:
        """Lines that say where its results come from, for files made from them."""
        info = self.info
        simulated = ", SIMULATED DATA" if info["simulated"] else ""
        warnings = [LABEL_CONDITIONED] if self.settings.conditions_on_type else []
        return [
            *warnings,
            f"cohort: {info['cohort_title']} (id {info['cohort_id']}{simulated})",
            f"run: {info['title']} (id {self.run_id}), trained {info['created']} with RNAlign {info['code_version']}",
            f"settings: {self.settings.model_dump_json()}",
        ]

    @cached_property
    def settings(self) -> Settings:
        """The settings it was trained with."""
        return Settings.model_validate_json((self.path / "settings.json").read_bytes())

    @property
    def finished(self) -> bool:
        """Whether the training and everything computed after it is complete."""
        return (self.path / "metrics.json").is_file()

    @cached_property
    def cohort(self) -> ad.AnnData:
        """The cohort with its expression; reads the whole matrix."""
        return load_cohort(self.path / "cohort.h5ad")

    @cached_property
    def folds(self) -> pd.Series:
        """Fold of each cell line that has one, by sample id."""
        return pd.read_csv(self.path / "folds.csv", index_col="sample_id", dtype={"sample_id": str})["fold"]

    @cached_property
    def aligned(self) -> ad.AnnData:
        """Labels (`obs`), genes (`var`), `obsm` X_rnalign, X_umap_before, X_umap_after; no expression."""
        return ad.read_h5ad(self.path / "aligned.h5ad")

    @cached_property
    def metrics(self) -> dict:
        """Content of ``metrics.json``; see :func:`rnalign_core.jobs.finish.evaluate`."""
        return json.loads((self.path / "metrics.json").read_text(encoding="utf-8"))

    @cached_property
    def matches(self) -> pd.DataFrame:
        """One row a cell line, by sample id: cancer_type, scored, and call, match, own_share before and after."""
        return pd.read_parquet(self.path / "matches.parquet")

    @property
    def history(self) -> pd.DataFrame:
        """One row an epoch and fold: fold, epoch, n_epochs, seconds and every loss, also while it trains."""
        whole = self.path / "history.jsonl"
        files = [whole] if whole.is_file() else sorted((self.path / "checkpoint").glob("fold-*.jsonl"))
        rows = [
            json.loads(line)
            for file in files
            for line in file.read_text(encoding="utf-8").splitlines()
            if line.endswith("}")
        ]
        return pd.DataFrame(rows)


def check_finished(run: Run) -> None:
    """Read what every page shows of a finished run, and open the rest, so that damage is known before it is shown.

    Raises
    ------
    InputError
        With every file that is missing or damaged.
    """
    from safetensors import safe_open

    checks = {
        "metrics.json": lambda path: Metrics.model_validate(run.metrics),
        "matches.parquet": lambda path: run.matches,
        "folds.csv": lambda path: run.folds,
        "aligned.h5ad": lambda path: [run.aligned.obsm[f"X_umap_{side}"] for side in ("before", "after")],
        "cohort.h5ad": lambda path: h5py.File(path).close(),
        "weights.safetensors": lambda path: safe_open(path, "np"),
    }
    problems = []
    for name, check in checks.items():
        try:
            check(run.path / name)
        except Exception as error:  # h5py, anndata, pyarrow and others raise many kinds for damaged files
            what = "it cannot be read" if (run.path / name).is_file() else "it is missing"
            why = (str(error).splitlines() or [type(error).__name__])[0][:120]
            fix = "Choose another run. Delete this one on the Train page, and train it or import it again."
            problems.append(Problem(f"{what} ({why})", str(run.path / name), fix))
    if problems:
        raise InputError(problems)


def create_run(
    path: str | os.PathLike[str],
    cohort_path: str | os.PathLike[str],
    settings: Settings,
    *,
    title: str | None = None,
) -> Run:
    """Make the folder of a run that is about to be trained: settings, cohort, folds.

    Raises
    ------
    InputError
        If the folder exists already, or the cohort cannot be trained on.
    """
    from rnalign_core.model.folds import assign_folds

    path = Path(path)
    check_new(path)
    cohort = load_cohort(cohort_path)
    _check_tumors(cohort.obs)
    folds = assign_folds(cohort.obs, settings.n_folds, settings.seed)
    about = cohort.uns["rnalign"]
    is_line = (cohort.obs["sample_type"] == "cell_line").to_numpy()
    info = {
        "schema_version": RUN_SCHEMA,
        "title": title or path.name,
        "cohort_id": str(about["cohort_id"]),
        "cohort_title": str(about["title"]),
        "simulated": bool(about["simulated"]),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": rnalign_core.__version__,
        "n_tumors": int((~is_line).sum()),
        "n_lines": int(is_line.sum()),
        "n_genes": int(cohort.n_vars),
    }
    with new_folder(path) as building:
        link_or_copy(Path(cohort_path), building / "cohort.h5ad")
        folds.rename_axis("sample_id").rename("fold").to_csv(building / "folds.csv")
        write_text(building / "settings.json", settings.model_dump_json(indent=2))
        write_text(building / "run.json", json.dumps(info, indent=2))
    return Run.open(path)


def _check_tumors(obs: pd.DataFrame) -> None:
    typed = int((obs["cancer_type"].notna() & (obs["sample_type"] == TUMOR)).sum())
    if typed < MIN_TUMORS:
        what = f"{count(typed, 'tumor')} with a cancer type; match rates need at least {MIN_TUMORS}"
        raise InputError.single(what, "cohort", "Add tumors, or fill in their `cancer_type`.")


def link_or_copy(source: Path, target: Path) -> None:
    """Give `target` the content of `source` without a second copy on disk where a hard link can be made."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def list_runs(home: Path | None = None) -> list[Run]:
    """Runs in the data home, newest first; folders that are not readable runs are passed over."""
    found = []
    for file in ((home or data_home()) / "runs").glob("*/run.json"):
        try:
            found.append(Run.open(file.parent))
        except InputError:
            continue
    return sorted(found, key=lambda run: run.info["created"], reverse=True)


def demo_run_path() -> Path:
    """Folder of the bundled, simulated demo: a finished run with its cohort and ``truth.csv``."""
    return Path(rnalign_core.__file__).parents[1] / "data" / "demo"
