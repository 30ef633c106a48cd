"""The demo cohort: simulated tumors and cell lines whose truth is known.

Every profile comes about as a real one does. Programmes of real marker genes, and of many weaker genes, give
the log expression of the cancer cells. A tumor mixes cancer cells, stroma, immune cells and healthy tissue in
linear space. A cell line has none of these, but divides fast, is adapted to culture, has drifted, and keeps
a part of its lineage, or none. Both are then measured by counting fragments, on two platforms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import anndata as ad
import numpy as np
import pandas as pd

from rnalign_core.cohort.demo_programmes import CELLS, LINEAGES, STATES, SUBTYPES
from rnalign_core.cohort.demo_samples import draw_samples
from rnalign_core.cohort.demo_types import CANCER_TYPES, CELL_TYPES, SURROUNDINGS, Weights
from rnalign_core.cohort.genes import known_symbols
from rnalign_core.cohort.schema import CELL_LINE, TUMOR, make_cohort
from rnalign_core.problems import InputError

TRUTH_COLUMNS = ("true_cancer_type", "true_subtype", "true_purity", "undifferentiated", "lineage_strength")

# Values are rounded to this step (log2) to keep the file small: an error of SD 0.02, where the noise of a gene
# is about 0.3 or more.
STEP = 1 / 16

# Families that are silent in most tissues, or nameless: as filler they would look odd in a figure.
_ODD_FILLER = re.compile(r"OR\d+[A-Z]|KRTAP|TAS[12]R|C\d+orf|CXorf|MT-|FAM\d|TMEM\d|LINC")

# Regulation that has no name: what varies within types, and in culture more than in tissue.
MODULES = tuple(f"module {i + 1}" for i in range(12))
DEDIFFERENTIATION = "dedifferentiation"

# Where lines differ from tumors, in units of programmes.
LINE_SHIFT = {"proliferation": 1.8, "culture": 2.5, "interferon": -0.7, "ischemia": -1.2}
LOST_LINEAGE = {"mesenchymal": 2.0, DEDIFFERENTIATION: 1.0}


@dataclass(frozen=True)
class Demo:
    """A simulated cohort and what is true about it.

    Parameters
    ----------
    cohort
        The cohort, as any other.
    truth
        Table indexed by sample id, in the order of the cohort: `true_cancer_type`; `true_subtype`, missing
        where the type has none and in undifferentiated lines; `true_purity`, 0..1; `undifferentiated`; and
        `lineage_strength`, where 1 is that of a typical tumor.
    """

    cohort: ad.AnnData
    truth: pd.DataFrame


@dataclass(frozen=True)
class _Genome:
    """What genes do: `effects` (n_programmes x n_genes, log2) on top of `baseline` (n_genes, log2(TPM))."""

    effects: pd.DataFrame
    baseline: np.ndarray

    def weights(self, programmes: Weights) -> np.ndarray:
        """Return the weights of all programmes, (n_programmes,)."""
        return np.array([programmes.get(name, 0.0) for name in self.effects.index])

    def profile(self, weights: np.ndarray) -> np.ndarray:
        """Return log2(TPM) from weights of programmes; the effects on a gene saturate."""
        return self.baseline + 12 * np.tanh(weights @ self.effects.to_numpy() / 12)


def simulate(seed: int = 0, *, n_tumors: int = 3000, n_lines: int = 450, n_genes: int = 2000) -> Demo:
    """Simulate a cohort of tumors and cell lines.

    Parameters
    ----------
    seed
        The same seed gives the same cohort.
    n_tumors, n_lines
        Numbers of samples, at least one for each cancer type that has any.
    n_genes
        Number of genes: marker genes, up to six of ten, the leading ones first; the rest are drawn from the
        other protein-coding genes.

    Raises
    ------
    InputError
        If there are fewer samples than cancer types, fewer than 200 genes, or not so many genes.
    """
    rng = np.random.default_rng(seed)
    genes = _draw_genes(n_genes, rng)
    samples = draw_samples(n_tumors, n_lines, rng)
    genome = _draw_genome(genes, rng)
    tpm = _mix(_cancer_cells(samples, genome, rng), samples, genome, rng)
    expression = _measure(tpm, genome, _is_line(samples), rng)
    cohort = make_cohort(
        expression,
        genes,
        samples,
        title="Demo (simulated)",
        provenance=[
            f"Simulated with seed {seed}: no sample is a real tumor or cell line.",
            "Gene symbols are real, and markers are high where biology has them; all values are made up.",
        ],
        simulated=True,
    )
    return Demo(cohort, samples[list(TRUTH_COLUMNS)].copy())


def _is_line(samples: pd.DataFrame) -> np.ndarray:
    return (samples["sample_type"] == CELL_LINE).to_numpy()


def _draw_genes(n_genes: int, rng: np.random.Generator) -> list[str]:
    """Return marker genes, the leading ones of every programme first, and other genes; sorted."""
    programmes = [*LINEAGES.values(), *SUBTYPES.values(), *STATES.values(), *CELLS.values()]
    longest = max(map(len, programmes))
    ranked = [p[rank] for rank in range(longest) for p in programmes if rank < len(p)]
    markers = list(dict.fromkeys(ranked))
    filler = sorted({g for g in known_symbols() if not _ODD_FILLER.match(g)} - set(markers))
    n_markers = min(len(markers), n_genes * 6 // 10)
    if not 200 <= n_genes <= n_markers + len(filler):
        what = f"{n_genes} genes were asked for; possible are 200 to {len(markers) + len(filler)}"
        raise InputError.single(what, "demo cohort, n_genes", "Ask for a number in that range.")
    return sorted(markers[:n_markers] + rng.choice(filler, n_genes - n_markers, replace=False).tolist())


def _draw_genome(genes: list[str], rng: np.random.Generator) -> _Genome:
    """Draw the effects of all programmes and the baselines.

    Markers answer strongly to their programmes; the other genes, which nobody would name, answer weakly to
    many of them, so that lineage is spread over hundreds of genes.
    """
    n_genes = len(genes)
    column = {gene: i for i, gene in enumerate(genes)}
    of_tissue = np.isin(genes, [g for d in (LINEAGES, SUBTYPES, CELLS) for p in d.values() for g in p])
    of_state = np.isin(genes, [g for p in STATES.values() for g in p]) & ~of_tissue
    others = np.flatnonzero(~of_tissue & ~of_state)

    def effects(
        markers: tuple[str, ...], strong: tuple[float, float], n_weak: int, weak: float
    ) -> np.ndarray:
        row = np.zeros(n_genes)
        row[rng.choice(others, min(n_weak, len(others)), replace=False)] = 1
        row *= rng.normal(0, weak, n_genes)
        # Marker lists begin with the most telling gene.
        falling = np.linspace(*strong, len(markers)) * rng.normal(1, 0.1, len(markers))
        for gene, effect in zip(markers, falling, strict=True):
            if gene in column:
                row[column[gene]] = effect
        return row

    rows = {name: effects(m, (12, 2.5), 12 * len(m), 0.5) for name, m in LINEAGES.items()}
    rows |= {name: effects(m, (10, 3), 40 * len(m), 1.0) for name, m in SUBTYPES.items()}
    rows |= {name: effects(m, (1.3, 0.5), 80, 0.35) for name, m in STATES.items()}
    rows |= {name: effects(m, (16, 8), len(others), 1.4) for name, m in CELLS.items()}
    rows |= {name: effects((), (0, 0), len(others) // 4, 0.5) for name in MODULES}
    rows[DEDIFFERENTIATION] = effects((), (0, 0), len(others) // 2, 3.0)

    # Markers of tissues are silent elsewhere, and so are many other genes.
    silent = ~of_state & (rng.random(n_genes) < 0.55)
    baseline = np.select(
        [of_tissue, silent],
        [rng.normal(-2.5, 0.6, n_genes), rng.normal(-3, 1.2, n_genes)],
        rng.normal(4.2, 1.5, n_genes),
    )
    return _Genome(pd.DataFrame.from_dict(rows, orient="index", columns=genes), baseline)


def _cancer_cells(samples: pd.DataFrame, genome: _Genome, rng: np.random.Generator) -> np.ndarray:
    """Return log2(TPM) of the cancer cells alone, (n_samples, n_genes)."""
    is_line = _is_line(samples)[:, None]
    strength = samples["lineage_strength"].to_numpy()[:, None]
    lineage = _lineage_weights(samples, genome, rng)
    # Lines keep some programmes of their lineage better than others.
    uneven = rng.lognormal(0, 0.25, lineage.shape)
    kept = lineage * strength * np.where(is_line, uneven, 1)
    weights = kept + _state_weights(samples, kept, genome, rng)
    noise = rng.gamma(4, 0.25, len(genome.baseline)) * np.where(is_line, 0.7, 0.3)
    return genome.profile(weights) + noise * rng.normal(size=noise.shape)


def _lineage_weights(samples: pd.DataFrame, genome: _Genome, rng: np.random.Generator) -> np.ndarray:
    """Return the weights that type and subtype give at full strength, (n_samples, n_programmes).

    Subtypes shade into each other: a tumor has a share of another subtype of its type. A line is one clone.
    """
    weights, is_line = np.zeros((len(samples), len(genome.effects))), _is_line(samples)
    subtype = samples["true_subtype"].fillna("")
    for (name, sub), rows in samples.groupby(["true_cancer_type", subtype]).indices.items():
        about = CANCER_TYPES[name]
        weights[rows] = genome.weights(about.programmes)
        if sub:
            added = np.array([genome.weights(of.programmes) for of in about.subtypes.values()])
            own = np.where(is_line[rows], 1, rng.beta(3.5, 1, len(rows)))[:, None]
            other = added[rng.integers(len(added), size=len(rows))]
            weights[rows] += own * added[list(about.subtypes).index(sub)] + (1 - own) * other
    return weights


def _state_weights(
    samples: pd.DataFrame, lineage: np.ndarray, genome: _Genome, rng: np.random.Generator
) -> np.ndarray:
    """Return the weights that vary from sample to sample, (n_samples, n_programmes)."""
    n_samples, is_line = len(samples), _is_line(samples)
    programmes = genome.effects.index
    states, modules = programmes.get_indexer(list(STATES)), programmes.get_indexer(MODULES)
    weights = np.zeros(lineage.shape)
    weights[:, states] = rng.normal(0, np.where(is_line, 1.0, 1.1)[:, None], (n_samples, len(states)))
    # In tissue, lineage sets the level of the modules, so that related types resemble each other. Culture
    # sets levels of its own, and lines scatter along the very directions that tell tumor types apart.
    level = lineage @ rng.normal(0, 0.65, (len(programmes), len(modules)))
    culture = 0.1 * level + rng.normal(0, 1.4, len(modules))
    scatter = rng.normal(size=level.shape)
    weights[:, modules] = np.where(is_line[:, None], culture + 4.2 * scatter, level + 1.55 * scatter)
    weights[is_line] += genome.weights(LINE_SHIFT)
    lost = samples["undifferentiated"].to_numpy()
    weights[lost] += rng.normal(1, 0.15, (lost.sum(), 1)) * genome.weights(LOST_LINEAGE)
    return weights


def _mix(cancer: np.ndarray, samples: pd.DataFrame, genome: _Genome, rng: np.random.Generator) -> np.ndarray:
    """Return TPM, (n_samples, n_genes): what adds up over the cells of a tumor is RNA, not its logarithm."""
    tpm = np.exp2(cancer)
    cells = {name: np.exp2(genome.profile(genome.weights(of))) for name, of in CELL_TYPES.items()}
    tumors = np.flatnonzero(samples["sample_type"] == TUMOR)
    for name, within in samples.iloc[tumors].groupby("true_cancer_type").indices.items():
        about, rows = CANCER_TYPES[name], tumors[within]
        healthy = genome.weights({**about.programmes, "proliferation": -1.5})
        cells["normal"] = np.exp2(genome.profile(healthy))
        shares = SURROUNDINGS[about.surroundings]
        drawn = rng.dirichlet(16 * np.array(list(shares.values())), len(rows))
        around = drawn @ np.array([cells[kind] for kind in shares])
        purity = samples["true_purity"].to_numpy()[rows, None]
        tpm[rows] = purity * tpm[rows] + (1 - purity) * around
    return tpm


def _measure(tpm: np.ndarray, genome: _Genome, is_line: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return log2(TPM+1) as measured, (n_samples, n_genes): platform, RNA quality, counted fragments."""
    n_samples, n_genes = tpm.shape
    seen = np.log2(tpm)
    # Tumors and lines come from different laboratories: each gene is shifted and stretched between them.
    stretch, shift = rng.lognormal(0, 0.1, n_genes), rng.normal(0, 0.7, n_genes)
    seen[is_line] = genome.baseline + (seen[is_line] - genome.baseline) * stretch + shift
    seen += rng.normal(size=(n_samples, 1)) * rng.normal(0, 0.2, n_genes)
    seen = 15 - np.logaddexp(0, 15 - seen)  # no gene takes more than 2^15 of a million
    fragments_per_tpm = rng.lognormal(-0.3, 0.4, (n_samples, 1)) * rng.lognormal(0.7, 0.6, n_genes)
    counted = rng.poisson(np.exp2(seen) * fragments_per_tpm) / fragments_per_tpm
    return np.round(np.log2(counted + 1) / STEP) * STEP
