"""Say how well samples are placed that no model ever saw.

    python benchmarks/place.py --cohort COHORT --out FOLDER [--parts 0 1] [--type-sets 1 2] [--preset quick]

The samples of a cohort are dealt into five parts, stratified by sample type and cancer type. For each of ``--parts`` a
run is trained without it, and it is placed: type calls against those of lines that the run itself cross-fitted,
calibration, all of it again with genes removed at random, and with expression distorted as another platform would. The
cancer types that have enough tumors and lines are dealt into three sets. For each of ``--type-sets`` a run is trained
without these types, and without the part of the same number: are samples of the types more unlike what the models know
than the part's other samples? Runs are kept in FOLDER: a second call does not train again.

Where a design was chosen by one of the parts or sets, report on others (docs/decisions/012).
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from rnalign_core.cohort import TableReport, load_cohort, make_cohort, save_cohort
from rnalign_core.files import write_text
from rnalign_core.metrics.intervals import wilson
from rnalign_core.model import PRESETS, Run, create_run
from rnalign_core.place import Query, place
from rnalign_core.place.calls import call_types
from rnalign_core.place.guests import JoinedRun
from rnalign_core.place.standardise import Reference, by_batch
from rnalign_core.rank.aligned_run import AlignedRun
from rnalign_core.rank.calibration import calibration_error, error_by_chance

N_PARTS, N_TYPE_SETS = 5, 3
LEAST = {"tumor": 15, "cell_line": 5}  # samples of a type that can be left out
REMOVED = (0.0, 0.1, 0.3, 0.5, 0.7)
PLATFORMS = (
    "none",
    "natural logarithm",
    "gene length",
    "array, offsets 0.5",
    "array, offsets 1",
    "array, offsets 2",
)
ONE_TYPE = 15  # tumors of a batch of a single type, at least
NOT_A_FILE = TableReport("left out", 0, 0, "samples x genes", "HGNC symbols", "log2(TPM+1)", "as given", 0, 0)


def parts_of(samples: pd.DataFrame, seed: int) -> pd.Series:
    rng = np.random.default_rng(seed)
    strata = (
        samples["sample_type"].astype(str)
        + "/"
        + samples["cancer_type"].astype(object).fillna("").astype(str)
    )
    members = (np.sort(samples.index[strata == name]) for name in sorted(set(strata)))
    order = np.concatenate([rng.permutation(ids) for ids in members])
    return pd.Series(np.arange(len(order)) % N_PARTS, pd.Index(order, name="sample_id")).loc[samples.index]


def type_sets(samples: pd.DataFrame, seed: int) -> list[list[str]]:
    sizes = samples.groupby(["cancer_type", "sample_type"], observed=True).size().unstack(fill_value=0)
    enough = sizes.index[np.logical_and.reduce([sizes[kind] >= n for kind, n in LEAST.items()])]
    dealt = np.random.default_rng(seed).permutation(np.sort(enough.astype(str)))
    return [sorted(map(str, dealt[i::N_TYPE_SETS])) for i in range(N_TYPE_SETS)]


def train_one(path: str, fold: int) -> None:
    from rnalign_core.model.train import train_fold

    train_fold(Run.open(path), fold, on_event=lambda event: None)


def trained(folder: Path, cohort: ad.AnnData, kept: np.ndarray, preset: str, workers: int) -> Run:
    """Return the run of some samples, its folds trained if they are not yet; it has no maps and no metrics."""
    from rnalign_core.decode.ensemble import assemble_weights
    from rnalign_core.model.inputs import Inputs

    if not (folder / "run.json").is_file():
        print(f"training {folder.name}: {kept.sum():,} samples", flush=True)
        about = cohort.uns["rnalign"]
        smaller = make_cohort(
            cohort.X[kept], cohort.var_names, cohort.obs[kept],
            title=folder.name, provenance=list(about["provenance"]), simulated=bool(about["simulated"]),
        )  # fmt: skip
        save_cohort(smaller, folder.with_suffix(".h5ad"))
        create_run(folder, folder.with_suffix(".h5ad"), PRESETS[preset])
    run = Run.open(folder)
    if not (folder / "weights.safetensors").is_file():
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            list(pool.map(train_one, [str(folder)] * len(run.settings.fold_ids), run.settings.fold_ids))
        assemble_weights(run, Inputs.of(run.cohort, run.settings.n_genes))
    return run


class LeftOut:
    """Samples that a run was trained without."""

    def __init__(self, run: Run, cohort: ad.AnnData, left_out: np.ndarray, without: list[str]):
        self.run, self.aligned = run, AlignedRun(run)
        genes = cohort.var_names.get_indexer(self.aligned.genes)
        self.values = np.asarray(cohort.X)[np.ix_(left_out, genes)]
        samples = cohort.obs[left_out].astype(object)
        self.type = samples["cancer_type"].to_numpy()
        self.is_line = (samples["sample_type"] == "cell_line").to_numpy()
        self.known = np.isin(self.type.astype(str), self.aligned.ensemble.types)
        self.unseen = np.isin(self.type.astype(str), without)
        # Neither type nor purity of a tumor is told.
        self.samples = samples.assign(cancer_type=None, purity=np.where(self.is_line, 1.0, np.nan))

    def calls(self, values: np.ndarray | None = None, rows: np.ndarray | slice = slice(None)) -> pd.DataFrame:
        values = self.values[rows] if values is None else values
        query = Query(self.samples.iloc[rows], values, self.aligned.genes, NOT_A_FILE, ())
        calls = place(self.aligned, query).calls
        return calls.assign(
            right=calls["call"].to_numpy() == self.type[rows], line=self.is_line[rows], known=self.known[rows]
        )

    def cross_fitted(self) -> pd.Series:
        """Whether the run's own lines are called right by the models that were not told their types."""
        own = self.aligned.head["call_head"][self.aligned.fold >= 0]
        return own == self.aligned.samples.loc[own.index, "cancer_type"].astype(object)


def of_kinds(calls: pd.DataFrame) -> dict[str, pd.DataFrame]:
    known = calls[calls["known"]]
    return {"lines": known[known["line"]], "tumors": known[~known["line"]], "all": known}


def calls_report(cases: list[LeftOut]) -> list[dict]:
    rows = []
    for share in REMOVED:
        found = []
        for seed, case in enumerate(cases):
            values = case.values.copy()
            values[:, np.random.default_rng(seed).random(values.shape[1]) < share] = np.nan
            found.append(case.calls(values))
        for kind, calls in of_kinds(pd.concat(found)).items():
            p, right, used = calls["probability"].to_numpy(), calls["right"].to_numpy(), ~calls["abstained"]
            low, high = wilson(right.sum(), len(right))
            rows.append(
                {
                    "removed": share, "kind": kind, "n": len(calls), "accuracy": right.mean(), "low": low,
                    "high": high, "ece": calibration_error(p, right), "ece_by_chance": error_by_chance(p),
                    "abstained": 1 - used.mean(), "accuracy_of_others": right[used].mean(),
                }
            )  # fmt: skip
    return rows


def distorted(values: np.ndarray, platform: str, rng: np.random.Generator) -> np.ndarray:
    """Return expression as another platform might show it; arrays saturate, and each probe has its own affinity."""
    n_genes = values.shape[1]
    if platform == "none":
        return values
    if platform == "natural logarithm":
        return (values * np.log(2)).astype(np.float32)
    if platform == "gene length":
        return np.maximum(values + 2 + rng.normal(0, 1, n_genes), 0).astype(np.float32)
    gain, offset = np.exp(rng.normal(0, 0.2, n_genes)), rng.normal(0, float(platform.split()[-1]), n_genes)
    seen = (2 + 12 * (1 - np.exp(-values / 8))) * gain + offset + rng.normal(0, 0.3, values.shape)
    return np.maximum(seen, 0).astype(np.float32)


def platform_report(cases: list[LeftOut]) -> list[dict]:
    """Call types after each way of standardising, and after the one that is chosen without knowing the platform."""
    found = []
    for seed, case in enumerate(cases):
        for batch, rows in batches(case):
            for platform in PLATFORMS:
                values = distorted(case.values[rows], platform, np.random.default_rng(seed))
                reference, genes = (
                    Reference.of(case.aligned, case.is_line[rows[0]]),
                    np.arange(values.shape[1]),
                )
                ways = {
                    "by_run": reference.by_run(values, genes),
                    "by_rank": reference.by_rank(values, genes),
                    "by_batch": by_batch(values),
                }
                right = {}
                for way, x in ways.items():
                    joined = JoinedRun(case.aligned, case.samples.iloc[rows], x.astype(np.float32))
                    right[way] = (call_types(joined)["call"].to_numpy() == case.type[rows]).mean()
                chosen = case.calls(values, rows)
                right |= {
                    "as_chosen": chosen["right"].mean(),
                    "unusual": (chosen["standardised"] != "run").mean(),
                }
                found.append({"batch": batch, "platform": platform, "n": len(rows), **right})
    return (
        pd.DataFrame(found).groupby(["batch", "platform"], sort=False).mean().reset_index().to_dict("records")
    )


def batches(case: LeftOut) -> list[tuple[str, np.ndarray]]:
    tumors, lines = (np.flatnonzero(case.known & (case.is_line == line)) for line in (False, True))
    types, sizes = np.unique(case.type[tumors].astype(str), return_counts=True)
    single = [tumors[case.type[tumors] == name] for name in types[sizes >= ONE_TYPE]]
    return [("tumors", tumors), ("lines", lines), *(("tumors of one type", rows) for rows in single)]


def abstention_report(cases: list[LeftOut]) -> list[dict]:
    """Tell samples of types that no model saw from those of types that they saw, all together and type by type."""
    calls = pd.concat(case.calls()[case.known | case.unseen].assign(case=i) for i, case in enumerate(cases))
    calls["type"] = np.concatenate([case.type[case.known | case.unseen] for case in cases])
    rows = []
    for kind, part in (("tumors", calls[~calls["line"]]), ("lines", calls[calls["line"]]), ("all", calls)):
        rows.append({"kind": kind, "unseen": "all samples", **told_apart(part)})
        by_type = []
        for (name, line), own in part[~part["known"]].groupby(["type", "line"], sort=True):
            of_case = part[part["known"] & (part["case"] == own["case"].iloc[0]) & (part["line"] == line)]
            by_type.append({"kind": kind, "unseen": name, **told_apart(pd.concat([of_case, own]))})
        mean = pd.DataFrame(by_type).drop(columns=["kind", "unseen"]).mean()
        rows.append({"kind": kind, "unseen": "mean over types", **mean})
        rows += by_type if kind != "all" else []
    return rows


def told_apart(calls: pd.DataFrame) -> dict[str, float]:
    unseen = ~calls["known"]
    return {
        "n_known": int((~unseen).sum()),
        "n_unseen": int(unseen.sum()),
        "auroc": roc_auc_score(unseen, calls["unlike"]),
        "abstained_known": calls.loc[~unseen, "abstained"].mean(),
        "abstained_unseen": calls.loc[unseen, "abstained"].mean(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cohort", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for trained runs and results.json")
    parser.add_argument("--parts", type=int, nargs="+", default=[0, 1], choices=range(N_PARTS))
    parser.add_argument("--type-sets", type=int, nargs="*", default=[1, 2], choices=range(N_TYPE_SETS))
    parser.add_argument("--preset", choices=("quick", "full"), default="full")
    parser.add_argument("--seed", type=int, default=0, help="of the deals")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()

    cohort = load_cohort(arguments.cohort)
    parts, sets = parts_of(cohort.obs, arguments.seed), type_sets(cohort.obs, arguments.seed)
    types = cohort.obs["cancer_type"].astype(object)

    def case(name: str, part: int, without: list[str]) -> LeftOut:
        left_out = ((parts == part) | types.isin(without)).to_numpy()
        run = trained(arguments.out / name, cohort, ~left_out, arguments.preset, arguments.workers)
        return LeftOut(run, cohort, left_out, without)

    cases = [case(f"part{part}", part, []) for part in arguments.parts]
    own = pd.concat(case.cross_fitted() for case in cases)
    results = {"cross_fitted": {"n": len(own), "accuracy": own.mean()}, "calls": calls_report(cases)}
    results["platforms"] = platform_report(cases)
    if arguments.type_sets:
        without = [case(f"types{i}", i, sets[i]) for i in arguments.type_sets]
        results["unseen_types"] = [name for i in arguments.type_sets for name in sets[i]]
        results["abstention"] = abstention_report(without)
    write_text(arguments.out / "results.json", json.dumps(results, indent=1, default=float))
    print(f"cross-fitted lines of the runs: {own.mean():.3f} of {len(own)} called right")
    for name in ("calls", "platforms", "abstention"):
        if name in results:
            print(f"\n{name}\n{pd.DataFrame(results[name]).round(3).to_string(index=False)}")
    if arguments.type_sets:
        print(f"types that no model saw: {', '.join(results['unseen_types'])}")


if __name__ == "__main__":
    main()
