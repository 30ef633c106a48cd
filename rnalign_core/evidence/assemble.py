"""Put the parts of a benchmark together: means over seeds, intervals, paired differences, figure C, echo control."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from dataclasses import asdict
from functools import cached_property
from itertools import chain

import numpy as np
import pandas as pd
import psutil

from rnalign_core.evidence.benchmark import SCHEMA, Benchmark
from rnalign_core.evidence.metrics import METRICS
from rnalign_core.files import atomic_path, write_text
from rnalign_core.methods import METHODS
from rnalign_core.methods.method import MAIN
from rnalign_core.metrics import MatchSettings, percentile_interval, resampled_rates, wilson

BASELINE = "input_standardised"
PACKAGES = ("anndata", "numpy", "pandas", "scikit-learn", "scipy", "torch", "umap-learn")
OF_MATCH = {
    "match_micro": "micro",
    "match_macro": "macro",
    "match_median": "median_types",
    "own_share": "own_share",
    "match_balanced": "balanced_micro",
}


def row_id(method: str, space: str) -> str:
    """Return the name of a row: the method's for its main space, else ``method.space``."""
    return method if space == MAIN else f"{method}.{space}"


class Assembly:
    """Everything the parts of a benchmark hold, read once."""

    def __init__(self, benchmark: Benchmark):
        self.benchmark = benchmark
        folder = benchmark.path / "parts"
        self.parts, self.echoes = [], {}
        for part in benchmark.parts:
            found = json.loads((folder / f"{part.name}.json").read_text(encoding="utf-8"))
            if part.echo:
                self.echoes.setdefault(part.method, []).append(found)
            else:
                self.parts.append(found)
        tables = [pd.read_parquet(file) for file in sorted(folder.glob("*.parquet"))]
        columns = ["method", "space", "seed", "cancer_type", "match"]
        self.lines = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)

    @cached_property
    def rows(self) -> list[tuple[str, str]]:
        """Method and space of every row, in the order of the methods."""
        found = {(p["method"], space) for p in self.parts for space in p.get("spaces", {})}
        order = list(METHODS)
        spaces = list(dict.fromkeys(space for p in self.parts for space in p.get("spaces", {})))
        return sorted(found, key=lambda row: (order.index(row[0]), spaces.index(row[1])))

    @cached_property
    def rates(self) -> dict[str, dict[str, np.ndarray]]:
        """Match rates of each row on the lines and their resamples, means over seeds."""
        found = {}
        for (method, space), lines in self.lines.groupby(["method", "space"], sort=False):
            by_seed = [resampled_rates(table, MatchSettings()) for _, table in lines.groupby("seed")]
            found[row_id(method, space)] = {
                name: np.mean([rates[name] for rates in by_seed], axis=0) for name in by_seed[0]
            }
        return found

    @property
    def computing_seconds(self) -> float:
        """What all parts took together, measuring included; parts run side by side."""
        return sum(p["all_seconds"] for p in [*self.parts, *chain(*self.echoes.values())])

    def tidy(self) -> pd.DataFrame:
        """One row a method, space, seed and metric."""
        rows = [
            {"method": p["method"], "space": space, "seed": p["seed"], "metric": name}
            | {key: value[key] for key in ("value", "low", "high", "problem")}
            for p in self.parts
            for space, values in p.get("spaces", {}).items()
            for name, value in values.items()
        ]
        columns = ["method", "space", "seed", "metric", "value", "low", "high", "problem"]
        return pd.DataFrame(rows, columns=columns).astype({"value": float, "low": float, "high": float})

    def values(self, method: str, space: str) -> dict[str, dict]:
        """Metrics of a row: means over seeds. Others than match rates have the mean of intervals."""
        by_seed = [
            p["spaces"][space] for p in self.parts if p["method"] == method and space in p.get("spaces", {})
        ]
        rates = self.rates.get(row_id(method, space))
        found = {}
        for name in METRICS:
            measured = [values[name] for values in by_seed if name in values]
            known = [m for m in measured if m["value"] is not None]
            if not measured:
                continue
            if not known:
                nothing = dict.fromkeys(("value", "low", "high", "seed_sd"))
                found[name] = nothing | {"problem": measured[0]["problem"]}
                continue
            ends = {
                end: float(np.mean([m[end] for m in known])) if known[0][end] is not None else None
                for end in ("value", "low", "high")
            }
            if rates is not None and name in OF_MATCH:
                ends = percentile_interval(rates[OF_MATCH[name]])
            sd = float(np.std([m["value"] for m in known], ddof=1)) if len(known) > 1 else None
            found[name] = ends | {"seed_sd": sd, "problem": None}
        return found

    def definitions(self) -> dict[str, str]:
        """Exact definition of each metric that was computed somewhere."""
        return {
            name: value["definition"]
            for p in self.parts
            for values in p.get("spaces", {}).values()
            for name, value in values.items()
            if value["definition"]
        }

    def types(self) -> list[dict]:
        """Match rate of each row within each cancer type: figure C."""
        n_tumors = next((p["n_tumors"] for p in self.parts if "n_tumors" in p), {})
        found = []
        for (method, space, name), lines in self.lines.groupby(
            ["method", "space", "cancer_type"], sort=False
        ):
            rate, n_lines = float(lines["match"].astype(float).mean()), lines["sample_id"].nunique()
            low, high = wilson(rate * n_lines, n_lines)
            found.append(
                {
                    "row": row_id(method, space),
                    "cancer_type": name,
                    "n_lines": n_lines,
                    "n_tumors": n_tumors[name],
                    "rate": rate,
                    "low": float(low),
                    "high": float(high),
                }
            )
        return found

    def differences(self) -> list[dict]:
        """Paired differences of match rates: RNAlign's rows minus every other, and every row minus the input."""
        told = {row_id(m, s) for m, s in self.rows if METHODS[m].label_conditioned}
        ours = {row_id(m, s) for m, s in self.rows if m == "rnalign"}
        found = []
        for a in self.rates:
            for b in self.rates:
                if a == b or b in told or not (b == BASELINE or a in ours):
                    continue
                difference = {
                    name: percentile_interval(self.rates[a][name] - self.rates[b][name])
                    for name in ("micro", "macro", "median_types")
                }
                found.append({"row": a, "minus": b, **difference})
        return found

    def echo(self) -> list[dict]:
        """Own label against wrong label, for every space of every method that learns from labels."""
        found = []
        for method, deals in self.echoes.items():
            about = {"method": method, "label_conditioned": METHODS[method].label_conditioned}
            if problem := next((deal["problem"] for deal in deals if deal["problem"]), None):
                nothing = {"own": None, "follow": None, "chance": None, "n": None, "problem": problem}
                found.append({"row": method, "title": METHODS[method].title, **about, **nothing})
                continue
            for space in deals[0]["follow"]:
                row = row_id(method, space)
                if row not in self.rates:
                    continue
                rates = [deal["follow"][space] for deal in deals]
                value, chance = (float(np.mean([rate[key] for rate in rates])) for key in ("value", "chance"))
                n = sum(rate["n"] for rate in rates)
                low, high = wilson(value * n, n)  # of a line in another deal, another type is asked
                found.append(
                    {
                        "row": row,
                        "title": title(method, space),
                        **about,
                        "own": percentile_interval(self.rates[row]["micro"]),
                        "follow": {"value": value, "low": float(low), "high": float(high)},
                        "chance": chance,
                        "n": rates[0]["n"],
                        "deals": len(deals),
                        "problem": None,
                    }
                )
        return found

    def methods(self) -> list[dict]:
        """What is known of each method, and what it took."""
        found = []
        for name in self.benchmark.plan["methods"]:
            method = METHODS[name]
            parts = [p for p in self.parts if p["method"] == name]
            ran = [p for p in parts if not p["problem"]]
            found.append(
                {
                    "method": name,
                    "title": method.title,
                    "description": method.description,
                    "supervised": method.supervised,
                    "label_conditioned": method.label_conditioned,
                    "stochastic": method.stochastic,
                    "ablation": method.ablation,
                    "settings": ran[0]["settings"] if ran else {},
                    "settings_tried": method.settings_tried,
                    "n_seeds": len(ran),
                    "seconds": _mean_and_max([p["seconds"] for p in ran]),
                    "peak_mb": _mean_and_max([p["peak_mb"] for p in ran]),
                    "problem": next((p["problem"] for p in parts if p["problem"]), None),
                }
            )
        return found


def title(method: str, space: str) -> str:
    """Return the name of a row for a reader."""
    extra = {"residual": "with own residual", "latent": "latent space"}
    main = "decoded" if METHODS[method].name.startswith("rnalign") else ""
    words = main if space == MAIN else extra.get(space, space)
    return f"{METHODS[method].title}, {words}" if words else METHODS[method].title


def assemble(benchmark: Benchmark) -> dict:
    """Write ``results.parquet``, ``lines.parquet``, ``report.html`` and last ``results.json``, and return its content.

    Parameters
    ----------
    benchmark
        A benchmark whose parts are all done.
    """
    from rnalign_core.evidence.report import report_html

    found, plan, path = Assembly(benchmark), benchmark.plan, benchmark.path
    definitions = found.definitions()
    counted = found.lines.drop_duplicates("sample_id") if len(found.lines) else found.lines
    cohort = {
        "title": plan["cohort_title"],
        "cohort_id": plan["cohort_id"],
        "simulated": plan["simulated"],
        "n_tumors": plan["n_tumors"],
        "n_lines": plan["n_lines"],
        "n_genes": plan["n_cohort_genes"],
        "n_genes_used": next((p["n_genes_used"] for p in found.parts if "n_genes_used" in p), None),
        "n_scored_lines": len(counted),
        "n_scored_types": int(counted["cancer_type"].nunique()),
    }
    results = {
        "schema_version": SCHEMA,
        "title": plan["title"],
        "cohort": cohort,
        "created": plan["created"],
        "code_version": plan["code_version"],
        "machine": machine(),
        "seeds": plan["seeds"],
        "n_folds": plan["n_folds"],
        "computing_seconds": round(found.computing_seconds, 1),
        "methods": found.methods(),
        "rows": [
            {
                "row": row_id(method, space),
                "method": method,
                "space": space,
                "title": title(method, space),
                "label_conditioned": METHODS[method].label_conditioned,
                "supervised": METHODS[method].supervised,
                "n_seeds": sum(p["method"] == method and space in p.get("spaces", {}) for p in found.parts),
                "values": found.values(method, space),
            }
            for method, space in found.rows
        ],
        "metrics": {
            name: asdict(about) | {"definition": definitions.get(name)} for name, about in METRICS.items()
        },
        "types": found.types(),
        "differences": found.differences(),
        "echo": found.echo(),
    }
    for name, table in (("results", found.tidy()), ("lines", found.lines)):
        with atomic_path(path / f"{name}.parquet") as temporary:
            table.to_parquet(temporary)
    write_text(path / "report.html", report_html(results))
    write_text(path / "results.json", json.dumps(results, allow_nan=False))
    return results


def machine() -> dict:
    """Return what the benchmark ran on."""
    processor = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            processor = next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "processor": processor,
        "n_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def _mean_and_max(values: list[float]) -> dict | None:
    return {"mean": float(np.mean(values)), "max": float(np.max(values))} if values else None
