"""What ``metrics.json`` of a finished run must hold, so that every page can show a run from elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Words = Annotated[str, Field(max_length=4000)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True)


class Estimate(_Part):
    """A share with its interval; all None where nothing could be estimated."""

    value: Share | None
    low: Share | None
    high: Share | None


class Difference(_Part):
    """A difference of two shares with its interval."""

    value: Number | None
    low: Number | None
    high: Number | None


class Follow(Estimate):
    """A follow rate."""

    chance: Share
    n: Count


class Summary(_Part):
    """The match rates of one space; see :meth:`rnalign_core.metrics.match.MatchResult.summary`."""

    micro: Estimate
    macro: Estimate
    median_types: Estimate
    own_share: Estimate
    balanced_micro: Estimate
    by_k: dict[str, Share | None]
    chance: Share | None
    n_lines: Count
    n_types: Count


class TypeRow(_Part):
    """The match rate of one cancer type."""

    cancer_type: Words
    n_lines: Count
    n_tumors: Count
    matched: Count
    rate: Share
    low: Share
    high: Share
    own_share: Share
    chance: Share


class LabelConditioned(_Part):
    """What a model told the lines' types reports, with its control."""

    match: Summary
    types: list[TypeRow]
    follow: Follow


class Dependence(_Part):
    """Distance correlations of the latent space with labels."""

    z_sample_type_within_type: Number | None
    z_purity: Number | None


class Reconstruction(_Part):
    """R2 on held-out samples."""

    heldout: Number


class Seconds(_Part):
    """How long it took."""

    training: Number
    finishing: Number


class Differences(_Part):
    """Match rates after alignment minus before."""

    micro: Difference
    macro: Difference
    median_types: Difference


class Metrics(_Part):
    """Content of ``metrics.json``; see :func:`rnalign_core.jobs.finish.evaluate`."""

    definition: Words
    k: Count
    metric: Words
    min_tumors: Count
    min_lines: Count
    dcor: Dependence
    r2: Reconstruction
    seconds: Seconds
    headline: Literal["rnalign"] | None
    difference: Differences | None = None
    label_conditioned: LabelConditioned | None
    withheld: Words | None = None
    match: dict[str, Summary]
    types: dict[str, list[TypeRow]]
