"""One sample decoded with other labels than the rest of its cohort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn

from rnalign_core.metrics.vote import vote
from rnalign_core.rank.at_labels import HOMOGENISED, DecodeLabels
from rnalign_core.rank.live import LiveDecode


@dataclass(frozen=True)
class SampleNumbers:
    """Where labels put one sample among tumors that stay homogenised.

    Parameters
    ----------
    neighbours
        Its nearest tumors that have a type, nearest first, by id: ``cancer_type``, ``correlation``.
    call
        Majority type of these.
    own_share
        Share of these that are of the sample's own type; None where that is not a type of tumors.
    distance
        Mean Euclidean distance to the tumors of its own type, standardised units; None if there is none.
    moved
        Distance from its own homogenised profile; the same units.
    """

    neighbours: pd.DataFrame
    call: str
    own_share: float | None
    distance: float | None
    moved: float


@torch.inference_mode()
def sample_numbers(live: LiveDecode, sample_id: str, at: DecodeLabels) -> SampleNumbers:
    """Decode one sample with labels; all others are homogenised.

    A line with a fold sees tumors as its own model does, any other sample the mean over models.

    Raises
    ------
    KeyError
        If there is no such sample.
    ValueError
        If a cancer type is given, but is no label of these models.
    """
    decoder, row, models = live.decoder, live.row(sample_id), live.models_of(sample_id)
    if len(models) == 1:
        base = decoder.base(models[0], row)
        there, here = (decoder.coordinates(models[0], base, row, y) for y in (at, HOMOGENISED))
        tumors = live.views[models[0]].home
    else:
        there, here = (decoder.mixed(row, y) for y in (at, HOMOGENISED))
        tumors = live.mixed_tumors
    candidates = np.flatnonzero(live.tumors[: len(live.voter_codes)] != row[0])
    codes, tumors = live.voter_codes[candidates], tumors[torch.from_numpy(candidates)]
    similarity = nn.functional.cosine_similarity(there[:, :-1], tumors[:, :-1])
    best = similarity.topk(min(live.settings.k, len(candidates)))
    nearest, correlation = best.indices.numpy(), best.values.numpy()
    call = vote(codes[nearest][None], 1 - correlation.astype(float)[None], live.type_sizes)[0][0]
    own = live.types.get_indexer([live.cancer_types[sample_id]])[0]
    of_own_type = torch.from_numpy(codes == own)
    return SampleNumbers(
        neighbours=pd.DataFrame(
            {"cancer_type": live.types[codes[nearest]], "correlation": correlation},
            index=live.cancer_types.index[live.tumors[candidates[nearest]]].rename("sample_id"),
        ),
        call=str(live.types[call]),
        own_share=None if own < 0 else float((codes[nearest] == own).mean()),
        distance=float((tumors[of_own_type] - there).norm(dim=1).mean()) if of_own_type.any() else None,
        moved=float((there - here).norm()),
    )
