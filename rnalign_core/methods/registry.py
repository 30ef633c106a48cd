"""The methods by name."""

from rnalign_core.methods.celligner import celligner
from rnalign_core.methods.combat import combat, combat_types
from rnalign_core.methods.coral import coral
from rnalign_core.methods.lda import lda
from rnalign_core.methods.linear import linear
from rnalign_core.methods.method import Method
from rnalign_core.methods.unaligned import raw, standardised

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("input_raw", raw, "Expression as it is, log2(TPM+1)."),
        Method(
            "input_standardised", standardised, "Each gene standardised within tumors and within cell lines."
        ),
        Method(
            "linear",
            linear,
            "Each gene regressed on sample type and purity, and set to a cell line of purity 1.",
        ),
        Method(
            "coral",
            coral,
            "Lines whitened and recoloured with the covariance of the tumors (Sun 2016).",
            stochastic=True,
        ),
        Method(
            "combat",
            combat,
            "Sample type removed as a batch: shift and scale of each gene, shrunk over genes (Johnson 2007).",
        ),
        Method(
            "combat_types",
            combat_types,
            "ComBat that keeps differences between cancer types, and so is told the types of all lines.",
            supervised=True,
            label_conditioned=True,
        ),
        Method(
            "celligner",
            celligner,
            "Contrastive components removed, then tumors moved onto lines by mutual nearest neighbours (Warren 2021).",
            stochastic=True,
        ),
        Method(
            "lda",
            lda,
            "Shrinkage discriminant analysis of cancer types on principal components, cross-fitted over lines.",
            supervised=True,
            stochastic=True,
        ),
    )
}
