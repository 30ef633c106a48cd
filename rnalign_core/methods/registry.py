"""The methods by name."""

from functools import partial

from rnalign_core.methods.celligner import celligner
from rnalign_core.methods.combat import combat, combat_types
from rnalign_core.methods.coral import coral
from rnalign_core.methods.external import EXTERNAL, available
from rnalign_core.methods.lda import lda
from rnalign_core.methods.linear import linear
from rnalign_core.methods.method import Method
from rnalign_core.methods.rnalign import rnalign
from rnalign_core.methods.unaligned import raw, standardised
from rnalign_core.model.settings import Settings


def _variant(name: str, title: str, variant: str, description: str, **about: object) -> Method:
    """Return RNAlign with the settings of a variant."""
    function = partial(rnalign, settings=Settings(variant=variant))
    return Method(name, title, function, description, supervised=True, stochastic=True, **about)


_ALL = (
    Method("input_raw", "Input, raw", raw, "Expression as it is, log2(TPM+1).", units="log2"),
    Method(
        "input_standardised",
        "Input, standardised",
        standardised,
        "Each gene standardised within tumors and within cell lines.",
    ),
    Method(
        "linear",
        "Linear projection",
        linear,
        "Each gene regressed on sample type and purity, and set to a cell line of purity 1.",
        settings_tried=2,
    ),
    Method(
        "coral",
        "CORAL",
        coral,
        "Lines whitened and recoloured with the covariance of the tumors (Sun 2016).",
        stochastic=True,
        settings_tried=8,
    ),
    Method(
        "combat",
        "ComBat",
        combat,
        "Sample type removed as a batch: shift and scale of each gene, shrunk over genes (Johnson 2007).",
        units="log2",
        settings_tried=2,
    ),
    Method(
        "combat_types",
        "ComBat, told types",
        combat_types,
        "ComBat that keeps differences between cancer types, and so is told the types of all lines.",
        supervised=True,
        label_conditioned=True,
        units="log2",
    ),
    Method(
        "celligner",
        "Celligner",
        celligner,
        "Contrastive components removed, then tumors moved onto lines by mutual nearest neighbours (Warren 2021).",
        stochastic=True,
        units="log2",
    ),
    Method(
        "celligner_tuned",
        "Celligner, tuned",
        partial(celligner, resolution=3.3, n_top_genes=1000, n_contrastive=7, k_lines=14, k_tumors=95),
        "Celligner with settings chosen on inner folds in place of the published ones.",
        stochastic=True,
        units="log2",
        settings_tried=10,
    ),
    Method(
        "lda",
        "Shrinkage LDA",
        lda,
        "Shrinkage discriminant analysis of cancer types on principal components, cross-fitted over lines.",
        supervised=True,
        stochastic=True,
        settings_tried=12,
    ),
    _variant(
        "rnalign",
        "RNAlign",
        "full",
        "Conditional VAE, cross-fitted over lines; everything decoded as a cell line of purity 1.",
        settings_tried=53,
    ),
    _variant(
        "rnalign_no_grad", "RNAlign without L_grad", "no_grad", "RNAlign without L_grad.", ablation=True
    ),
    _variant("rnalign_no_cor", "RNAlign without L_cor", "no_cor", "RNAlign without L_cor.", ablation=True),
    _variant(
        "rnalign_no_purity",
        "RNAlign without purity labels",
        "no_purity",
        "RNAlign without purity among its labels.",
        ablation=True,
    ),
    _variant(
        "rnalign_type_conditioned",
        "RNAlign, told types",
        "type_conditioned",
        "The poster's protocol: the model is told the types of all lines.",
        label_conditioned=True,
    ),
)
METHODS: dict[str, Method] = {method.name: method for method in _ALL} | EXTERNAL


def available_methods() -> list[str]:
    """Names of the methods that can run here: all but those whose library is not installed.

    Raises
    ------
    RNAlignError
        As :func:`rnalign_core.methods.external.available`.
    """
    installed = available()
    return [name for name in METHODS if installed.get(name, True)]
