"""Check the weights of a run from elsewhere: sizes before reading, shapes by the settings, values by the cohort."""

from __future__ import annotations

from pathlib import Path

import anndata as ad
import numpy as np
import torch
from pydantic import BaseModel, ConfigDict
from safetensors import safe_open

from rnalign_core.model.inputs import Labels, Scaler
from rnalign_core.model.settings import Settings
from rnalign_core.model.train import network_for

MAX_HEADER_BYTES = 2**24  # 60,000 gene names take 1 MB
DTYPES = ("F16", "F32")
GENES_AT_A_TIME = 512
TOLERANCE = 1e-3  # log2 units; the sums behind it differ between processors by far less


class _About(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    genes: list[str]
    types: list[str]


def check_weights(path: Path, settings: Settings, cohort: ad.AnnData) -> list[str]:
    """Check a ``weights.safetensors`` and return its genes.

    Raises
    ------
    ValueError
        With the first thing that is wrong.
    """
    _check_header(path)
    with safe_open(path, "np") as file:
        about = _About.model_validate_json((file.metadata() or {}).get("rnalign", "{}"))
        _check_names(about, settings, cohort)
        expected = _shapes(settings, len(about.genes), len(about.types))
        found = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        if found.keys() != expected.keys():
            odd = sorted(found.keys() ^ expected.keys())
            raise ValueError(f"its arrays are not those of the settings, for example {odd[0][:60]!r}")
        for name, shape in expected.items():
            if tuple(found[name].get_shape()) != shape or found[name].get_dtype() not in DTYPES:
                raise ValueError(
                    f"{name} is {found[name].get_dtype()} of shape {found[name].get_shape()}; by the settings it "
                    f"is {' or '.join(DTYPES)} of shape {list(shape)}"
                )
        for name in expected:
            if not np.isfinite(file.get_tensor(name)).all():
                raise ValueError(f"{name} holds values that are not finite")
        _check_scaler(
            Scaler(file.get_tensor("scaler.mean"), file.get_tensor("scaler.sd")), about.genes, cohort
        )
    return about.genes


def _check_header(path: Path) -> None:
    """Check the length that the file claims for its header, which a reader would allocate."""
    with path.open("rb") as file:
        claimed = int.from_bytes(file.read(8), "little")
    n_bytes = path.stat().st_size
    if not 2 <= claimed <= min(MAX_HEADER_BYTES, n_bytes - 8):
        raise ValueError(
            f"it claims a header of {claimed:,} bytes, in a file of {n_bytes:,}; at most {MAX_HEADER_BYTES:,} are read"
        )


def _check_names(about: _About, settings: Settings, cohort: ad.AnnData) -> None:
    wanted = min(settings.n_genes or cohort.n_vars, cohort.n_vars)
    if len(about.genes) != wanted or len(set(about.genes)) != wanted:
        raise ValueError(f"it names {len(about.genes):,} genes; by settings and cohort there are {wanted:,}")
    if unknown := set(about.genes) - set(cohort.var_names):
        raise ValueError(f"its gene {min(unknown)[:60]!r} is not in the cohort")
    if tuple(about.types) != Labels.of(cohort.obs).types:
        raise ValueError("its cancer types are not those of the cohort's tumors")


def _shapes(settings: Settings, n_genes: int, n_types: int) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):  # shapes alone
        network = network_for(settings, n_genes, n_types)
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    of_folds = {f"fold{fold}.{name}": shape for fold in settings.fold_ids for name, shape in shapes.items()}
    return of_folds | {"scaler.mean": (2, n_genes), "scaler.sd": (2, n_genes)}


def _check_scaler(scaler: Scaler, genes: list[str], cohort: ad.AnnData) -> None:
    """Check that the stored standardisation is that of the cohort: so they belong together."""
    is_line = Labels.of(cohort.obs).is_line
    columns = cohort.var_names.get_indexer(genes)
    for start in range(0, len(genes), GENES_AT_A_TIME):
        some = slice(start, start + GENES_AT_A_TIME)
        fitted = Scaler.fit(cohort.X[:, columns[some]], is_line)
        for stored, own in ((scaler.mean, fitted.mean), (scaler.sd, fitted.sd)):
            if not np.allclose(stored[:, some], own, rtol=TOLERANCE, atol=TOLERANCE):
                raise ValueError("it was trained on another cohort: means or SDs of genes differ")
