"""Results of a benchmark with numbers chosen by hand, so that every test knows what must come out."""

import copy

import pytest

METRICS = {
    "match_micro": ("Match rate", "match", "higher", "percent"),
    "match_median": ("Match rate, median over types", "match, median type", "higher", "percent"),
    "classifier_micro": ("Own classifier", "own classifier", "higher", "percent"),
    "relative_delta_d": ("Relative delta D", "relative ΔD", "lower", "percent"),
    "delta_d": ("Delta D", "ΔD", "lower", "number"),
    "variance_within": ("Variance within types kept", "within-type variance", "higher", "percent"),
    "pvca": ("PVCA, sample type", "PVCA", "lower", "percent"),
    "subtype_brca": ("PAM50 kept", "PAM50", "higher", "percent"),
    "subtype_nsclc": ("LUAD and LUSC kept apart", "LUAD / LUSC", "higher", "percent"),
    "r2": ("Reconstruction", "R²", None, "number"),
}
# Title, supervised, label-conditioned, match, relative delta D, delta D, PAM50.
ROWS = {
    "input_raw": ("Input, raw", False, False, 0.10, 0.60, 40.0, 0.80),
    "input_standardised": ("Input, standardised", False, False, 0.50, 0.40, 20.0, 0.81),
    "celligner": ("Celligner", False, False, 0.60, 0.25, 12.5, 0.80),
    "lda": ("Discriminant analysis", True, False, 0.70, 0.10, 1.25, None),
    "combat_types": ("ComBat with types", True, True, 0.99, 0.01, 0.5, 0.80),
    "rnalign": ("RNAlign, decoded", True, False, 0.75, 0.15, 5.0, 0.80),
    "rnalign.latent": ("RNAlign, latent space", True, False, 0.65, 0.30, 2.0, 0.70),
    "rnalign_no_grad": ("RNAlign without L_grad, decoded", True, False, 0.74, 0.15, 5.02, 0.80),
    "rnalign_no_cor": ("RNAlign without L_cor, decoded", True, False, 0.68, 0.25, 9.0, 0.80),
    "rnalign_no_purity": ("RNAlign without purity, decoded", True, False, 0.79, 0.12, 4.0, 0.80),
    "rnalign_type_conditioned": ("RNAlign told all types", True, True, 1.0, 0.02, 1.0, 0.80),
}
TYPES = {"LUAD": (40, 300), "BRCA": (60, 900), "SKCM": (100, 400)}


def value(value, half=None, sd=None, problem=None):
    low, high = (None, None) if half is None else (value - half, value + half)
    return {"value": value, "low": low, "high": high, "seed_sd": sd, "problem": problem}


def interval(middle, half):
    return {"value": middle, "low": middle - half, "high": middle + half}


def _row(name):
    title, supervised, told, match, relative, distance, pam50 = ROWS[name]
    method, _, space = name.partition(".")
    ours = method.startswith("rnalign")
    values = {
        "match_micro": value(match, 0.04),
        "match_median": value(match - 0.02, 0.06),
        "relative_delta_d": value(relative, sd=0.01 if ours else None),
        "delta_d": value(distance, sd=0.1 if ours else None),
        "pvca": value(0.12),
        "subtype_brca": value(pam50, 0.03) if pam50 else value(None, problem="memory ran out"),
        "subtype_nsclc": value(None, problem="the cohort has no LUAD and LUSC tumors of two subtypes"),
    }
    if not space:
        values["variance_within"] = value(0.8 if ours else 0.9)
    if name == "lda":
        values["classifier_micro"] = value(0.72)
    about = {"row": name, "method": method, "space": space or "profiles", "title": title}
    about |= {"label_conditioned": told, "supervised": supervised, "n_seeds": 5 if ours else 1}
    return about | {"values": values}


def _method(name):
    title, supervised, told, *_ = ROWS[name]
    about = {"method": name, "title": title, "description": f"What {title} does."}
    about |= {"supervised": supervised, "label_conditioned": told, "stochastic": name.startswith("rnalign")}
    about |= {"settings": {"n_components": 50}, "settings_tried": 12 if name == "rnalign" else None}
    about |= {"n_seeds": 5 if name.startswith("rnalign") else 1, "problem": None}
    return about | {"seconds": {"mean": 12.3, "max": 15.0}, "peak_mb": {"mean": 800.0, "max": 900.0}}


def _differences():
    found = []
    for row in ("rnalign", "rnalign.latent"):
        for minus, about in ROWS.items():
            if minus != row and not about[2]:
                change = interval(ROWS[row][3] - about[3], 0.03)
                found.append(
                    {"row": row, "minus": minus, "micro": change, "macro": change} | {"median_types": change}
                )
    return found[::-1]


def _echo(row, own, follow):
    title, _, told, *_ = ROWS[row]
    about = {"row": row, "method": row.partition(".")[0], "title": title, "label_conditioned": told}
    about |= {
        "own": interval(own, 0.04),
        "follow": interval(follow, 0.02),
        "chance": 0.1,
        "n": 200,
        "deals": 3,
    }
    return about | {"problem": None}


def _results():
    failed = {"method": "harmony", "title": "Harmony", "description": "", "supervised": False}
    failed |= {"label_conditioned": False, "stochastic": True, "settings": {}, "settings_tried": None}
    failed |= {"n_seeds": 0, "seconds": None, "peak_mb": None, "problem": "harmonypy is not installed"}
    return {
        "schema_version": 1,
        "title": "First benchmark",
        "cohort": {
            "title": "Small cohort", "cohort_id": "abc123", "simulated": False, "n_tumors": 1600, "n_lines": 210,
            "n_genes": 2000, "n_genes_used": 1500, "n_scored_lines": 200, "n_scored_types": 3,
        },
        "created": "2026-01-02T03:04:05+00:00",
        "code_version": "9.8.7",
        "machine": {
            "processor": "Abacus 3", "n_cores": 2, "memory_gb": 23.5, "platform": "Linux", "python": "3.11.9",
            "packages": {"numpy": "2.4.6"},
        },
        "seeds": 5,
        "n_folds": 5,
        "computing_seconds": 4321.0,
        "methods": [*(_method(name) for name in ROWS if "." not in name), failed],
        "rows": [_row(name) for name in ROWS],
        "metrics": {
            name: {"title": title, "short": short, "better": better, "format": form}
            | {"meaning": f"Meaning of {title}.", "definition": f"Definition of {title}."}
            | {"reference": f"Reference of {title}"}
            for name, (title, short, better, form) in METRICS.items()
        },
        "types": [
            {"row": row, "cancer_type": code, "n_lines": n_lines, "n_tumors": n_tumors}
            | {"rate": ROWS[row][3], "low": ROWS[row][3] - 0.1, "high": min(1, ROWS[row][3] + 0.1)}
            for row in ROWS
            for code, (n_lines, n_tumors) in TYPES.items()
        ],
        "differences": _differences(),
        "echo": [
            _echo("rnalign_type_conditioned", 1.0, 0.95),
            _echo("rnalign", 0.75, 0.09),
            _echo("rnalign.latent", 0.65, 0.2),
            _echo("lda", 0.7, 0.08),
        ],
    }  # fmt: skip


@pytest.fixture(scope="session")
def stored_results():
    """Results that no test changes."""
    return _results()


@pytest.fixture
def results(stored_results):
    """Results that a test may change."""
    return copy.deepcopy(stored_results)


@pytest.fixture
def row_of(results):
    """Return a function that gives a row of `results` by id, to be changed in place."""
    return lambda name: next(row for row in results["rows"] if row["row"] == name)
