"""Follow rate, the control for label echo: do lines land where their label says, whatever they express."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnalign_core.metrics.intervals import wilson

CHANCE_DRAWS = 1000


def derange(types: pd.Series, seed: int = 0) -> pd.Series:
    """Permute cancer types among lines so that every line gets another type than its own.

    A uniformly random permutation, in which each line that kept its type swaps with a random line for which
    the swap leaves both with another type. Every type is given out as often as it occurs.

    Parameters
    ----------
    types
        The lines' own cancer types, by sample id.
    seed
        Seed of the permutation.

    Raises
    ------
    ValueError
        If a type is missing, or one type holds more than half of the lines, when no such permutation exists.
    """
    if types.isna().any():
        raise ValueError(f"{int(types.isna().sum())} lines have no cancer type; leave them out first")
    counts = types.value_counts()
    if len(types) and 2 * counts.iloc[0] > len(types):
        raise ValueError(
            f"{counts.index[0]} is the type of {counts.iloc[0]} of {len(types)} lines; "
            "with more than half of the lines of one type, they cannot all get another type"
        )
    rng = np.random.default_rng(seed)
    own, names = pd.factorize(types)
    fed = rng.permutation(own)
    for line in np.flatnonzero(fed == own):
        if fed[line] == own[line]:
            # At least n - 2 n_t + 1 exist: n - n_t lines are of other types than this one, and of the n_t
            # copies of this type, one is here and at most n_t - 1 are among them.
            partners = np.flatnonzero((own != own[line]) & (fed != own[line]))
            partner = rng.choice(partners)
            fed[[line, partner]] = fed[[partner, line]]
    return pd.Series(names.to_numpy(object)[fed], index=types.index, name=types.name)


def follow_rate(
    calls: pd.Series, fed_types: pd.Series, own_types: pd.Series, *, seed: int = 0, confidence: float = 0.95
) -> dict[str, float | int]:
    """Return how often lines are called the wrong cancer type that was fed to the method.

    Near `chance`, the calls come from expression; near 1, from the label.

    Parameters
    ----------
    calls
        Calls by sample id, from :func:`rnalign_core.metrics.match.match` on the output for `fed_types`.
    fed_types
        The type that each line was given, by sample id: not its own, as from :func:`derange`.
    own_types
        The own type of each line that was fed one.
    seed
        Seed of the draws that `chance` is the mean of.
    confidence
        Coverage of the Wilson interval.

    Returns
    -------
    ``value, low, high``; ``chance``, the mean rate at which the same calls agree with other wrong types, drawn as
    `fed_types` were (what is left where the fed types have no influence); and ``n``, the number of fed lines.

    Raises
    ------
    ValueError
        If no line was fed a type or a fed line has no call; or as :func:`derange`.
    """
    fed_types = fed_types.dropna()
    calls = calls.reindex(fed_types.index).astype(object)
    if fed_types.empty:
        raise ValueError("no line was fed a cancer type")
    if calls.isna().any():
        raise ValueError(f"{int(calls.isna().sum())} lines were fed a type but have no call")
    hits = int((calls == fed_types.astype(object)).sum())
    low, high = wilson(hits, len(calls), confidence)
    own_types = own_types.loc[fed_types.index]
    seeds = np.random.SeedSequence([seed, 1]).generate_state(CHANCE_DRAWS)
    chance = np.mean([(calls == derange(own_types, int(s))).mean() for s in seeds])
    return {
        "value": hits / len(calls),
        "low": float(low),
        "high": float(high),
        "chance": float(chance),
        "n": len(calls),
    }
