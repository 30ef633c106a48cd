"""Choose the settings of a method by cell lines that no model was told the types of, and say what that choice is worth.

    python benchmarks/tune.py --cohort cohort.h5ad --search rnalign --trials 40 --out tuning/rnalign

Settings are drawn at random by optuna (not adaptively: where to look next must not depend on lines that report the
result). Cell lines are dealt into five folds. A model of a trial hides the types of two folds, f and f + 1, and is
judged by the lines of both. For the outer fold f the settings are then chosen by models that hid f, judged by the
lines of *other* folds; a last model with these settings, which hides f alone, is judged by the lines of f. Those lines
had no part in the choice: `nested` in the result. `chosen` is the best setting by all lines, for use as a default.

The score is the mean, over the spaces that the method reports, of the match rate and of the mean share of nearest
tumors of a line's own type (Pearson, k = 25). Every finished trial is kept in --out, and a second call goes on.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pandas as pd

from rnalign_core.cohort import load_cohort
from rnalign_core.evidence.evaluate import Subject, match_space, spaces_of
from rnalign_core.files import atomic_path, write_text
from rnalign_core.methods import METHODS, NO_FOLD, Samples
from rnalign_core.metrics import MatchSettings
from rnalign_core.model.folds import assign_folds
from rnalign_core.model.settings import Settings

N_FOLDS = 5
FOLD_SEED = 100  # not one that a run starts from


def rnalign_settings(trial: optuna.Trial) -> dict:
    return {
        "n_latent": trial.suggest_categorical("n_latent", [16, 32, 64, 128]),
        "encoder_width": trial.suggest_categorical("encoder_width", [256, 512, 1024]),
        "decoder_width": trial.suggest_categorical("decoder_width", [64, 128, 256]),
        "input_dropout": trial.suggest_categorical("input_dropout", [0.1, 0.2, 0.3, 0.5]),
        "n_epochs": trial.suggest_categorical("n_epochs", [40, 80, 120]),
        "kl_weight": trial.suggest_float("kl_weight", 0.5, 16, log=True),
        "w_cor": trial.suggest_float("w_cor", 0.1, 10, log=True),
        "cor_form": trial.suggest_categorical("cor_form", ["within_type", "marginal"]),
        "w_grad": trial.suggest_float("w_grad", 0.003, 0.3, log=True),
        "grad_form": trial.suggest_categorical("grad_form", ["decoder", "elbo"]),
        "w_type": trial.suggest_float("w_type", 0.1, 10, log=True),
    }


def rnalign_near_settings(trial: optuna.Trial) -> dict:
    """Around the defaults: what the wide search and docs/decisions/005 found to be clearly worse is left out."""
    return {
        "n_latent": trial.suggest_categorical("n_latent", [32, 64, 128]),
        "encoder_width": trial.suggest_categorical("encoder_width", [256, 512]),
        "decoder_width": trial.suggest_categorical("decoder_width", [64, 128, 256]),
        "input_dropout": trial.suggest_categorical("input_dropout", [0.1, 0.2, 0.35, 0.5]),
        "n_epochs": trial.suggest_categorical("n_epochs", [40, 60, 80]),
        "kl_weight": trial.suggest_float("kl_weight", 1, 16, log=True),
        "w_cor": trial.suggest_float("w_cor", 0.3, 3, log=True),
        "w_grad": trial.suggest_categorical("w_grad", [0.0, 0.01, 0.03, 0.1]),
        "w_type": trial.suggest_float("w_type", 0.5, 4, log=True),
    }


def lda_settings(trial: optuna.Trial) -> dict:
    return {"n_components": trial.suggest_int("n_components", 10, 400, log=True)}


def coral_settings(trial: optuna.Trial) -> dict:
    return {"n_components": trial.suggest_int("n_components", 5, 400, log=True)}


def celligner_settings(trial: optuna.Trial) -> dict:
    return {
        "n_contrastive": trial.suggest_int("n_contrastive", 0, 16),
        "n_top_genes": trial.suggest_categorical("n_top_genes", [250, 500, 1000, 1500]),
        "k_lines": trial.suggest_int("k_lines", 3, 20),
        "k_tumors": trial.suggest_int("k_tumors", 10, 100),
        "resolution": trial.suggest_float("resolution", 0.5, 8, log=True),
    }


SPACES = {
    "rnalign": ("rnalign", rnalign_settings),
    "rnalign-near": ("rnalign", rnalign_near_settings),
    "lda": ("lda", lda_settings),
    "coral": ("coral", coral_settings),
    "celligner": ("celligner", celligner_settings),
}
DEFAULTS = {
    "rnalign": rnalign_settings(optuna.trial.FixedTrial(Settings().model_dump())),
    "rnalign-near": rnalign_near_settings(optuna.trial.FixedTrial(Settings().model_dump())),
    "lda": {"n_components": 100},
    "coral": {"n_components": 100},
    "celligner": {"n_contrastive": 4, "n_top_genes": 1000, "k_lines": 5, "k_tumors": 50, "resolution": 5.0},
}  # the first trial


def judge(cohort_path: str, method: str, settings: dict, hidden: tuple[int, ...]) -> pd.DataFrame:
    """Align once, hiding folds; return each hidden line's match and own share: fold, space, match, own_share."""
    cohort = load_cohort(cohort_path)
    folds = assign_folds(cohort.obs, N_FOLDS, FOLD_SEED)
    samples = Samples.of(cohort, folds, n_genes=5000)
    # One model hides them all. Other lines have a type but no fold: methods may learn from them.
    one_fold = np.where(np.isin(samples.fold, hidden), 0, np.where(samples.fold == NO_FOLD, NO_FOLD, 1))
    samples = replace(samples, fold=one_fold)
    given = {"settings": Settings(**settings, n_folds=2), "models": (0,)} if method == "rnalign" else settings
    aligned, subject = METHODS[method].align(samples, **given), Subject.of(cohort)
    rows = []
    for name, space in spaces_of(METHODS[method], aligned, samples):
        found = match_space(space, subject, MatchSettings(n_bootstrap=1)).lines
        found = found[found["scored"] & folds.reindex(found.index).isin(hidden)]
        rows.append(
            pd.DataFrame(
                {
                    "fold": folds[found.index],
                    "space": name,
                    "match": found["match"].astype(float),
                    "own_share": found["own_share"],
                }
            )
        )
    return pd.concat(rows)


def score(judged: pd.DataFrame) -> float:
    return float(judged.groupby("space")[["match", "own_share"]].mean().to_numpy().mean())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cohort", required=True)
    parser.add_argument("--search", required=True, choices=SPACES)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    method, space = SPACES[arguments.search]
    arguments.out.mkdir(parents=True, exist_ok=True)
    pairs = [(f, (f + 1) % N_FOLDS) for f in range(N_FOLDS)]
    # Drawn beforehand, so that a second call goes on with the same trials.
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.enqueue_trial(DEFAULTS[arguments.search])
    trials = [space(study.ask()) for _ in range(arguments.trials)]
    with ProcessPoolExecutor(arguments.workers) as pool:
        tables = []
        for i, settings in enumerate(trials):
            file = arguments.out / f"trial-{i:03d}.parquet"
            if not file.is_file():
                jobs = [pool.submit(judge, arguments.cohort, method, settings, pair) for pair in pairs]
                table = pd.concat([job.result().assign(pair=p) for p, job in enumerate(jobs)])
                with atomic_path(file) as temporary:
                    table.to_parquet(temporary)
            tables.append(pd.read_parquet(file))
            by_space = tables[-1].groupby("space")[["match", "own_share"]].mean().round(3).to_dict("index")
            print(i, round(score(tables[-1]), 4), json.dumps(settings), json.dumps(by_space), flush=True)

        chosen_for = {}
        for fold in range(N_FOLDS):
            hid = [p for p, pair in enumerate(pairs) if fold in pair]
            inner = [score(t[t["pair"].isin(hid) & (t["fold"] != fold)]) for t in tables]
            chosen_for[fold] = int(np.argmax(inner))
        jobs = {
            f: pool.submit(judge, arguments.cohort, method, trials[i], (f,)) for f, i in chosen_for.items()
        }
        nested = pd.concat([job.result() for job in jobs.values()])
        jobs = [pool.submit(judge, arguments.cohort, method, trials[0], (f,)) for f in range(N_FOLDS)]
        default = pd.concat([job.result() for job in jobs])
    best = int(np.argmax([score(t) for t in tables]))
    result = {
        "search": arguments.search,
        "trials": len(trials),
        "chosen": trials[best],
        "chosen_for_fold": {f: trials[i] for f, i in chosen_for.items()},
        "nested": nested.groupby("space")[["match", "own_share"]].mean().to_dict("index"),
        "default": default.groupby("space")[["match", "own_share"]].mean().to_dict("index"),
        "n_lines": int(nested.index.nunique()),
    }
    write_text(arguments.out / "result.json", json.dumps(result, indent=1))
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
