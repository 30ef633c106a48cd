"""Everything a training can be told, with its meaning and its limits."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Variant = Literal["full", "no_grad", "no_cor", "no_purity", "type_conditioned"]
VARIANTS: tuple[str, ...] = get_args(Variant)


# What a variant means for other settings. A type that is told needs no head to call it, and the poster's L_cor takes
# all labels together.
IMPLIED: dict[str, dict[str, object]] = {
    "no_grad": {"w_grad": 0.0},
    "no_cor": {"w_cor": 0.0},
    "type_conditioned": {"w_type": 0.0, "cor_form": "marginal"},
}


class Settings(BaseModel):
    """Settings of one training. Frozen, JSON-able, unknown names refused.

    The defaults are the ``full`` preset. Each field's description is the help text of the interface.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    variant: Variant = Field(
        "full",
        description="full: the method. no_grad, no_cor: without that loss. no_purity: purity is not a label. "
        "type_conditioned: the poster's protocol, cancer type is a label too, for cell lines as well; "
        "its match rate is label-conditioned and not evidence of similarity.",
    )
    seed: int = Field(0, ge=0, description="Same seed, same data, same machine: same result.")
    n_folds: int = Field(
        5,
        ge=2,
        le=20,
        description="Folds over cell lines; each line is aligned by a model that never saw its type.",
    )
    n_genes: int | None = Field(
        5000, ge=10, description="Most variable genes within sample type that are modelled; none means all."
    )
    n_latent: int = Field(64, ge=2, le=512, description="Dimensions of the latent space.")
    encoder_width: int = Field(512, ge=8, le=4096, description="Units of the encoder's hidden layers.")
    decoder_width: int = Field(128, ge=8, le=4096, description="Units of the decoder's hidden layer.")
    input_dropout: float = Field(
        0.2, ge=0, lt=1, description="Share of genes hidden from the encoder at each step."
    )
    n_epochs: int = Field(80, ge=1, le=5000, description="Passes over as many samples as the cohort has.")
    batch_size: int = Field(256, ge=16, le=8192, description="Samples in a step.")
    learning_rate: float = Field(1e-3, gt=0, le=1, description="Peak learning rate of AdamW (one cycle).")
    weight_decay: float = Field(1e-4, ge=0, le=1, description="Weight decay of AdamW.")
    kl_weight: float = Field(4.0, ge=0, description="Weight of the KL term after warm-up.")
    kl_warmup: float = Field(
        0.3, ge=0, le=1, description="Share of the epochs over which the KL weight rises from 0."
    )
    w_cor: float = Field(
        1.0, ge=0, description="Weight of L_cor, the distance correlation of latent and labels."
    )
    cor_form: Literal["within_type", "marginal"] = Field(
        "within_type",
        description="Whether L_cor is averaged within cancer types or taken over the whole batch.",
    )
    w_grad: float = Field(
        0.03, ge=0, description="Weight of L_grad, which keeps the decoder sensitive to the labels."
    )
    grad_form: Literal["decoder", "elbo"] = Field(
        "decoder", description="Norm of d decode/d labels, or of d ELBO/d labels; both bounded."
    )
    w_type: float = Field(
        1.0, ge=0, description="Weight of L_type, the cancer-type head on the latent space."
    )
    residual_weight: float = Field(
        0.87,
        ge=0,
        le=1,
        description="Share of its own residual, what the model does not explain, that a sample keeps in the aligned "
        "gene table. 0: the decoded profile alone. It is not used in training.",
    )
    patience: int = Field(
        30, ge=1, description="Epochs without a better held-out loss after which training stops."
    )

    @model_validator(mode="before")
    @classmethod
    def _apply_variant(cls, values: object) -> object:
        if isinstance(values, dict):
            values = {**values, **IMPLIED.get(str(values.get("variant")), {})}
        return values

    @property
    def fold_ids(self) -> range:
        """Models to train: one a fold, or a single one that hides nothing when types are labels."""
        return range(1 if self.conditions_on_type else self.n_folds)

    @property
    def uses_purity(self) -> bool:
        """Whether purity is a label of the model."""
        return self.variant != "no_purity"

    @property
    def conditions_on_type(self) -> bool:
        """Whether cancer type is a label of the model, so that its match rate echoes the label."""
        return self.variant == "type_conditioned"


def with_variant(settings: Settings, variant: str) -> dict[str, object]:
    """Return the values of settings for another variant: what their own one implies goes with it."""
    own = {name: Settings.model_fields[name].default for name in IMPLIED.get(settings.variant, {})}
    return settings.model_dump() | own | {"variant": variant} | IMPLIED.get(variant, {})


PRESETS: dict[str, Settings] = {
    "quick": Settings(n_epochs=40, patience=15),
    "full": Settings(),
    "poster": Settings(variant="type_conditioned", grad_form="elbo"),
}
