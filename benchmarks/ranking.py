"""Say how well rankings of cell lines agree with what is known of the lines.

    python benchmarks/ranking.py --run RUN [--truth truth.csv] [--rival-weight 0 0.5 1]

For every cancer type and subtype, the area under the ROC curve of z: are lines of the group ranked before others; among
all lines, and for subtypes (LUAD and LUSC are those of NSCLC) among lines of the disease. Labels of lines are those of
the cohort, which no model saw that ranks them, or those of a table with ``true_cancer_type, true_subtype`` (the demo's
``truth.csv``); breast lines of a cohort count as basal or luminal by the words of their annotation. Intervals: 95 %,
over resampled lines.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from rnalign_core.evidence.evaluate import basal_or_luminal
from rnalign_core.metrics.intervals import percentile_interval, stratified_resamples
from rnalign_core.model.runs import Run, demo_run_path
from rnalign_core.rank import score
from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.groups import JOINED, cancer_types, subtype_group, subtypes, type_group
from rnalign_core.rank.ranking import rank_lines
from rnalign_core.rank.surroundings import resemblance, surroundings

LEAST = 3  # lines on each side


def labels_of(aligned: AlignedRun, truth: Path | None) -> pd.DataFrame:
    samples = aligned.samples[aligned.samples["sample_type"] == "cell_line"]
    if truth is not None:
        found = pd.read_csv(truth, index_col="sample_id").loc[samples.index]
        return found.rename(columns={"true_cancer_type": "cancer_type", "true_subtype": "subtype"})
    found = samples[["cancer_type", "subtype"]].astype(object)
    breast = found["cancer_type"] == "BRCA"
    found.loc[breast, "subtype"] = found.loc[breast, "subtype"].map(basal_or_luminal)
    return found


def is_of(label: object, group: str, words: bool) -> bool:
    return label == group or (words and label is not None and label == basal_or_luminal(group))


def area(z: pd.Series, positive: pd.Series) -> str:
    order = np.argsort(~positive.to_numpy(), kind="stable")
    n = int(positive.sum())
    rows = stratified_resamples(np.array([n, len(z) - n]), 2000)
    ranks = rankdata(z.to_numpy()[order][rows], axis=1)[:, :n].sum(axis=1)
    found = percentile_interval((ranks - n * (n + 1) / 2) / (n * (len(z) - n)))
    return f"{found['value']:.3f} ({found['low']:.2f} to {found['high']:.2f})"


def report(aligned: AlignedRun, labels: pd.DataFrame, words: bool) -> pd.DataFrame:
    around = {None: surroundings(aligned)}
    alike = resemblance(aligned)
    rows = []
    for cancer_type in cancer_types(aligned.samples).index:
        of_type = labels["cancer_type"].isin(JOINED.get(cancer_type, (cancer_type,)))
        by = "cancer_type" if cancer_type in JOINED else "subtype"
        if min(of_type.sum(), (~of_type).sum()) < LEAST:
            continue
        ranked = rank_lines(aligned, type_group(aligned.samples, cancer_type), around[None], alike)
        z = ranked.lines["z"].reindex(labels.index)
        rows.append((cancer_type, "", int(of_type.sum()), area(z, of_type), ""))
        for name in subtypes(aligned.samples, cancer_type).index:
            own = of_type & np.array([is_of(label, name, words) for label in labels[by]])
            known = labels[by].notna() & of_type
            unnamed = words and by == "subtype" and basal_or_luminal(name) is None
            if min(own.sum(), (known & ~own).sum()) < LEAST or unnamed:
                continue
            if cancer_type not in around:
                around[cancer_type] = surroundings(aligned, cancer_type)
            group = subtype_group(aligned.samples, cancer_type, name)
            z = rank_lines(aligned, group, around[cancer_type], alike).lines["z"].reindex(labels.index)
            judged = known | ~of_type
            within = area(z[known], own[known])
            rows.append((cancer_type, name, int(own.sum()), area(z[judged], own[judged]), within))
    return pd.DataFrame(rows, columns=["type", "subtype", "lines", "among all lines", "within the disease"])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, default=demo_run_path())
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--rival-weight", type=float, nargs="+", default=[score.RIVAL_WEIGHT])
    arguments = parser.parse_args()
    aligned = AlignedRun(Run.open(arguments.run))
    labels = labels_of(aligned, arguments.truth)
    for weight in arguments.rival_weight:
        score.RIVAL_WEIGHT = weight
        print(f"weight of the lead over other subtypes: {weight:g}")
        print(report(aligned, labels, words=arguments.truth is None).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
