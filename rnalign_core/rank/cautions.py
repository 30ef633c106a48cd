"""What to mind before trusting a line or a whole ranking: codes, and sentences for them."""

from __future__ import annotations

from itertools import compress

import pandas as pd

from rnalign_core.rank.score import MIN_TUMORS

OUTSIDE = 0.01  # less typical than this share of the tumors, for every type
FEW_TUMORS = 15
PURITY_MISSING = 0.25
TOP = 10  # lines
FAR_BELOW = 0.25  # of all lines
LIKELY = 0.5

LINE = {
    "no_group": "No tumor group resembles this line: it is less typical than 99 % of the tumors, here and of every "
    "cancer type. It may be undifferentiated, or of a cancer without tumors here.",
    "other_closer": "Another group is closer: see the best competing group.",
    "label_disagrees": "The line is annotated as another cancer type.",
    "called_other": "The model, which was not told its type, more likely than not calls it another cancer type.",
    "subtype_disagrees": "The line is annotated as another subtype, or its source names subtypes otherwise.",
    "label_missing": "The line's cancer type is not known.",
    "only_aligned": "It is among the first only after alignment: without it, a quarter of all lines come before.",
}
SHORT = {
    "no_group": "resembles no tumors",
    "other_closer": "other group closer",
    "label_disagrees": "label disagrees",
    "called_other": "called another type",
    "subtype_disagrees": "subtype label disagrees",
    "label_missing": "type not known",
    "only_aligned": "only after alignment",
}
GROUP = {
    "few_tumors": f"The group has fewer than {FEW_TUMORS} tumors: intervals are wide and may still be too narrow.",
    "very_few": f"Ranked for fewer than {MIN_TUMORS} tumors: the interval says how sure their place among the run's "
    "tumors is, not how other samples of the same patient would rank the lines.",
    "purity_unknown": "The purity of none of these tumors is known; the model took the cohort mean, or 0.5 where no "
    "tumor of the cohort has one.",
    "purity_missing": "The purity of more than a quarter of these tumors is not known; the model took the cohort mean.",
    "sampled": "The group is large: scores are from a random sample of its tumors.",
    "no_rivals": "No other tumors or subtypes of the disease are there to compare with, or too few: the score says how "
    "typical a line is of these tumors, not that it is more like them than like others of the disease.",
}


def line_cautions(
    lines: pd.DataFrame, cancer_types: tuple[str, ...], subtype: str | None, known_subtypes: list[str]
) -> pd.Series:
    """Return the codes of :data:`LINE` that hold for each line, as a tuple.

    Parameters
    ----------
    lines
        Ranked lines, by id: ``cancer_type, subtype`` as annotated, ``score``, ``resemblance``, ``margin``,
        ``rank``, ``rank_unaligned``, ``type_call, type_probability``.
    cancer_types, subtype
        Of the group; none if it has none.
    known_subtypes
        Names of subtypes of tumors of that type. A line's subtype under another name says nothing.
    """
    known, of_group = lines["cancer_type"].notna(), lines["cancer_type"].isin(cancer_types)
    holds = {
        "no_group": lines[["resemblance", "score"]].max(axis=1) < OUTSIDE,
        "other_closer": lines["margin"] < 0,
        "label_disagrees": known & ~of_group & bool(cancer_types),
        "called_other": ~lines["type_call"].isin(cancer_types)
        & (lines["type_probability"] >= LIKELY)
        & bool(cancer_types),
        "subtype_disagrees": of_group
        & lines["subtype"].isin(known_subtypes)
        & (lines["subtype"] != subtype)
        & (subtype is not None),
        "label_missing": ~known,
        "only_aligned": (lines["rank"] <= TOP) & (lines["rank_unaligned"] > max(FAR_BELOW * len(lines), TOP)),
    }
    rows = pd.DataFrame(holds, index=lines.index).to_numpy(bool)
    return pd.Series([tuple(compress(holds, row)) for row in rows], lines.index, dtype=object)


def group_cautions(purity: pd.Series, n_used: int, *, without_rivals: bool) -> tuple[str, ...]:
    """Return the codes of :data:`GROUP` that hold.

    Parameters
    ----------
    purity
        Of the tumors of the group, missing where it was not measured.
    n_used
        Tumors that scores were computed from.
    without_rivals
        Whether a subtype or a selection had no other group of the disease to be compared with.
    """
    holds = {
        "very_few": len(purity) < MIN_TUMORS,
        "few_tumors": MIN_TUMORS <= len(purity) < FEW_TUMORS,
        "purity_unknown": purity.isna().all(),
        "purity_missing": PURITY_MISSING < purity.isna().mean() < 1,
        "sampled": n_used < len(purity),
        "no_rivals": without_rivals,
    }
    return tuple(code for code, true in holds.items() if true)
