"""Who is in the simulated demo cohort: types, subtypes, purities, and what the cohort tells of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from rnalign_core.cohort.demo_types import CANCER_TYPES
from rnalign_core.cohort.schema import CELL_LINE, TUMOR
from rnalign_core.problems import InputError

# Lung lines whose record does not say which; the truth table does.
UNSPECIFIED_LUNG = "NSCLC_NOS"
SHARE_UNSPECIFIED, SHARE_UNLABELLED = 0.018, 0.013

# One in so many lines outside the blood has lost its lineage: 12 % of all lines.
UNDIFFERENTIATED_EVERY = 7


def draw_samples(n_tumors: int, n_lines: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return the samples by id: the columns of the truth table, and those of the cohort.

    Raises
    ------
    InputError
        If there are fewer tumors or lines than cancer types.
    """
    tumors = _draw_types({name: about.tumors for name, about in CANCER_TYPES.items()}, n_tumors, "n_tumors")
    lines = _draw_types({name: about.lines for name, about in CANCER_TYPES.items()}, n_lines, "n_lines")
    samples = pd.DataFrame(
        {"sample_type": [TUMOR] * n_tumors + [CELL_LINE] * n_lines, "true_cancer_type": tumors + lines}
    )
    is_line = (samples["sample_type"] == CELL_LINE).to_numpy()
    samples["undifferentiated"] = _draw_undifferentiated(samples["true_cancer_type"], is_line, rng)
    samples["true_subtype"] = _draw_subtypes(samples, rng)
    mean = samples["true_cancer_type"].map({name: about.purity for name, about in CANCER_TYPES.items()})
    purity = rng.beta(14 * mean, 14 * (1 - mean)).clip(0.08, 0.99)
    samples["true_purity"] = np.where(is_line, 1.0, purity)
    samples["lineage_strength"] = np.select(
        [samples["undifferentiated"], is_line],
        [rng.uniform(0, 0.12, len(samples)), 0.4 + 0.5 * rng.beta(1.8, 2.4, len(samples))],
        rng.normal(1, 0.08, len(samples)).clip(0.75, 1.25),
    )
    return _annotate(samples, is_line, rng)


def _draw_types(sizes: dict[str, int], total: int, where: str) -> list[str]:
    """Return the cancer type of each of `total` samples, at least one of each type, in blocks."""
    shares = {name: size for name, size in sizes.items() if size}
    if total < len(shares):
        what = f"{total} samples were asked for, but there are {len(shares)} cancer types"
        raise InputError.single(what, f"demo cohort, {where}", f"Ask for at least {len(shares)}.")
    return list(shares) + _apportion(shares, total - len(shares))


def _apportion(shares: dict[str, float], total: int) -> list[str]:
    """Return `total` names in numbers proportional to their shares, by largest remainder."""
    exact = total * np.array(list(shares.values())) / sum(shares.values())
    counts = np.floor(exact).astype(int)
    counts[np.argsort(counts - exact, kind="stable")[: total - counts.sum()]] += 1
    return np.repeat(list(shares), counts).tolist()


def _draw_undifferentiated(types: pd.Series, is_line: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return which samples have lost their lineage: evenly spread over the types, none of blood."""
    blood = types.map(lambda name: "blood" in CANCER_TYPES[name].programmes)
    solid = np.flatnonzero(is_line & ~blood)
    return np.isin(
        np.arange(len(types)), solid[rng.integers(UNDIFFERENTIATED_EVERY) :: UNDIFFERENTIATED_EVERY]
    )


def _draw_subtypes(samples: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Return the subtype of each sample, in exact proportions, so that small groups have all of them."""
    drawn = pd.Series(None, index=samples.index, dtype=object)
    groups = samples[~samples["undifferentiated"]].groupby(["true_cancer_type", "sample_type"])
    for (cancer_type, sample_type), rows in groups.groups.items():
        subtypes = CANCER_TYPES[cancer_type].subtypes
        if subtypes:
            share = "line_share" if sample_type == CELL_LINE else "share"
            shares = {name: getattr(about, share) or about.share for name, about in subtypes.items()}
            drawn[rows] = rng.permutation(_apportion(shares, len(rows)))
    return drawn


def _annotate(samples: pd.DataFrame, is_line: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Add what the cohort says of each sample: less than the truth, as in real collections."""
    n_samples, n_lines = len(samples), int(is_line.sum())
    label = samples["true_cancer_type"].astype(object)
    lung = np.flatnonzero(is_line & label.isin(["LUAD", "LUSC"]))
    label[rng.choice(lung, round(SHARE_UNSPECIFIED * n_lines), replace=False)] = UNSPECIFIED_LUNG
    labelled = np.flatnonzero(is_line & (label != UNSPECIFIED_LUNG))
    label[rng.choice(labelled, round(SHARE_UNLABELLED * n_lines), replace=False)] = None

    # Subtypes of most tumors are published; of lines, those of the breast.
    known = rng.random(n_samples) < np.select([~is_line, label == "BRCA"], [0.9, 0.8], 0)
    measured = expit(logit(samples["true_purity"].clip(upper=0.995)) + rng.normal(0, 0.25, n_samples))
    code = label.fillna("UNK").replace(UNSPECIFIED_LUNG, "NSCLC")
    number = code.groupby([code, is_line]).cumcount() + 1
    ids = [
        f"SIM-{c}-CL-{n:03d}" if line else f"SIM-{c}-T-{n:04d}"
        for c, n, line in zip(code, number, is_line, strict=True)
    ]
    return samples.assign(
        cancer_type=label,
        subtype=samples["true_subtype"].where(known),
        purity=measured.round(2).where(rng.random(n_samples) < 0.85),
        name=ids,
        aliases=("SIM" + code + number.astype(str)).where(is_line),
        source="simulation",
    ).set_axis(pd.Index(ids, name="sample_id"))
