"""Say how well two cancer types can be told apart among cell lines at all, with a cohort's genes.

    python benchmarks/ceiling.py --cohort cohort.h5ad --types LUAD LUSC

A ranking that was never told the types of lines cannot be expected to do better than classifiers that were. Logistic
regressions are taught by the tumors, by the lines themselves (5-fold cross-validation, repeated), or by both; the area
under the ROC curve is that of lines that the classifier did not see. Expression is standardised within sample type.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rnalign_core.cohort import load_cohort
from rnalign_core.cohort.schema import CELL_LINE, TUMOR

N_REPEATS = 10


def classifiers() -> dict:
    models = {}
    for strength in (0.001, 0.01, 0.1, 1):
        models[f"logistic regression, C {strength:g}"] = _logistic(strength)
    for n_genes in (50, 200):
        models[f"logistic regression, {n_genes} genes"] = make_pipeline(
            SelectKBest(f_classif, k=n_genes), _logistic(0.1)
        )
    return models


def _logistic(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, class_weight="balanced", max_iter=5000)


def cross_validated(
    model, lines: np.ndarray, of_lines: np.ndarray, tumors: np.ndarray, of_tumors: np.ndarray
) -> str:
    """Return the area of lines that a classifier, taught by the other lines and these tumors, did not see."""
    areas = []
    for seed in range(N_REPEATS):
        scores = np.empty(len(of_lines))
        for seen, left_out in StratifiedKFold(5, shuffle=True, random_state=seed).split(lines, of_lines):
            model.fit(np.vstack([lines[seen], tumors]), np.concatenate([of_lines[seen], of_tumors]))
            scores[left_out] = model.decision_function(lines[left_out])
        areas.append(roc_auc_score(of_lines, scores))
    return f"{np.mean(areas):.3f} (sd over {N_REPEATS} splits {np.std(areas):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cohort", type=Path, required=True)
    parser.add_argument("--types", nargs=2, required=True, metavar=("TYPE", "OTHER"))
    arguments = parser.parse_args()
    cohort = load_cohort(arguments.cohort)
    cohort = cohort[cohort.obs["cancer_type"].isin(arguments.types)]
    parts = {kind: cohort[cohort.obs["sample_type"] == kind] for kind in (TUMOR, CELL_LINE)}
    expression = {kind: StandardScaler().fit_transform(part.to_df()) for kind, part in parts.items()}
    is_first = {
        kind: (part.obs["cancer_type"] == arguments.types[0]).to_numpy() for kind, part in parts.items()
    }
    for kind, first in is_first.items():
        print(f"{kind}: {first.sum()} {arguments.types[0]}, {(~first).sum()} {arguments.types[1]}")
    print(f"{cohort.n_vars:,} genes; AUROC among the lines of classifiers taught by")

    tumors, lines = (expression[kind] for kind in (TUMOR, CELL_LINE))
    of_tumors, of_lines = (is_first[kind] for kind in (TUMOR, CELL_LINE))
    for name, model in classifiers().items():
        by_tumors = roc_auc_score(of_lines, model.fit(tumors, of_tumors).decision_function(lines))
        by_lines = cross_validated(model, lines, of_lines, tumors[:0], of_tumors[:0])
        by_both = cross_validated(model, lines, of_lines, tumors, of_tumors)
        print(f"{name}: tumors {by_tumors:.3f}; other lines {by_lines}; both {by_both}", flush=True)


if __name__ == "__main__":
    main()
