"""What the numbers of a benchmark allow to say, in sentences that come out negative where the numbers do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.stats import t as student

from rnalign_core.evidence import words

LABEL_FREE, TRAINING_FOLDS, TOLD = "label_free", "training_folds", "told"
ABLATIONS = ("rnalign_no_grad", "rnalign_no_cor", "rnalign_no_purity")
BASELINE = "input_standardised"
SUBTYPES = ("subtype_brca", "subtype_nsclc")
# The direction in which each metric is stated to move when a part of RNAlign is left out.
STATED = {"match_micro": -1, "delta_d": 1, "relative_delta_d": 1}
MOST_DELTA_D = 0.5  # of the standardised input's
LEAST_VARIANCE = 0.7
SUBTYPE_LOSS = 0.02
_ANSWERS = {True: "yes", False: "no", None: "cannot be judged"}


@dataclass(frozen=True)
class Finding:
    """Whether a claim holds for one space of RNAlign.

    Parameters
    ----------
    claim
        What would be good to be able to say.
    row, title
        The space, by id and for a reader.
    holds
        None where it cannot be judged.
    detail
        The numbers behind the answer, or why there is none.
    """

    claim: str
    row: str
    title: str
    holds: bool | None
    detail: str

    @property
    def answer(self) -> str:
        """The answer in words."""
        return _ANSWERS[self.holds]


def rnalign_rows(results: dict) -> dict[str, dict]:
    """Return the rows of the full RNAlign by id: one a space."""
    return {row["row"]: row for row in results["rows"] if row["method"] == "rnalign"}


def judge(change: dict | None) -> int | None:
    """Return the sign of a difference whose interval excludes 0, 0 where it does not, None without an interval."""
    if not words.has_value(change) or change.get("low") is None or change.get("high") is None:
        return None
    return 1 if change["low"] > 0 else -1 if change["high"] < 0 else 0


def verdicts(results: dict) -> list[str]:
    """Say what the numbers allow: first whether one space does it all, then one text a claim.

    Each text names every space of RNAlign with the answer and the numbers behind it. Spaces are judged apart, so
    that the match rate of one and the variance of another never pass for a method that has both.
    """
    found = findings(results)
    if not found:
        return ["RNAlign is not among the methods that ran, so nothing can be said about it."]
    claims: dict[str, list[str]] = {}
    for finding in found:
        claims.setdefault(finding.claim, []).append(f"{finding.title}: {finding.answer}, {finding.detail}.")
    return [_together(found), *(f"{claim}? {' '.join(parts)}" for claim, parts in claims.items())]


def findings(results: dict) -> list[Finding]:
    """Judge every claim for every space of RNAlign, claim by claim."""
    return [
        Finding(claim, row["row"], row["title"], *check(results, row))
        for claim, check in CLAIMS.items()
        for row in rnalign_rows(results).values()
    ]


def ablation_change(results: dict, row: str, metric: str, space: str = "profiles") -> dict:
    """Compare a row of an ablation with the full model in the same space.

    Match rates are compared on the same lines, paired. Distances have no paired interval: two are told apart by
    Welch's t interval of the difference over seeds (Welch, Biometrika 1947), which speaks of this cohort only, or, with
    one seed, by whether their own intervals overlap.

    Returns
    -------
    ``value, low, high`` of the ablation minus full, None where unknown, and ``verdict`` in words.
    """
    full = "rnalign" if space == "profiles" else f"rnalign.{space}"
    nothing = {"value": None, "low": None, "high": None}
    if row == full:
        return nothing | {"verdict": "the full model"}
    if metric == "match_micro":
        change = _negative(_difference(results, full, row)) or nothing
    else:
        rows = {entry["row"]: entry for entry in results["rows"]}
        change = _unpaired(*(rows.get(name) for name in (row, full)), metric) or nothing
    sign = judge(change)
    if sign is None:
        verdict = (
            "cannot be judged: no interval" if words.has_value(change) else "cannot be judged: not computed"
        )
    elif sign == 0:
        verdict = "no difference beyond its interval"
    else:
        verdict = "worse, as stated" if sign == STATED[metric] else "better, the opposite of what is stated"
    return {key: change[key] for key in nothing} | {"verdict": verdict}


def _together(found: list[Finding]) -> str:
    """Say whether a single space meets every claim, and otherwise what each one misses."""
    titles = {finding.row: finding.title for finding in found}
    missed = {row: [f for f in found if f.row == row and not f.holds] for row in titles}
    n = len(found) // len(titles)
    if whole := [titles[row] for row in titles if not missed[row]]:
        return f"All {n} claims below hold together for {words.listed(whole)}."
    counts = [f"{titles[row]} meets {n - len(missed[row])}" for row in titles]
    return f"No single space of RNAlign meets all {n} claims below: {words.listed(counts)}."


def _above_label_free(results: dict, row: dict) -> tuple[bool | None, str]:
    return _above(results, row, "label-free methods", lambda other: not other["supervised"])


def _above_supervised(results: dict, row: dict) -> tuple[bool | None, str]:
    holds, detail = _above(results, row, "methods with the same labels", lambda other: other["supervised"])
    rate = row["values"].get("match_micro")
    better = [
        f"{other['title']} ({words.percent(own['value'])})"
        for other in _peers(results)
        if other["supervised"]
        and words.has_value(own := other["values"].get("classifier_micro"))
        and words.has_value(rate)
        and own["value"] >= rate["value"]
    ]
    if better:
        detail += f"; the own classifier is right at least as often in {words.listed(better)}"
        holds = False
    return holds, detail


def _above(results: dict, row: dict, who: str, of_group: Callable[[dict], bool]) -> tuple[bool | None, str]:
    """Compare the match rate of `row` with all others of a group, paired over the same lines."""
    rate = row["values"].get("match_micro")
    others = [other for other in _peers(results) if of_group(other)]
    if not words.has_value(rate):
        return None, (rate or {}).get("problem") or "there is no match rate"
    if not others:
        return None, f"no {who} ran"
    changes = {other["title"]: _difference(results, row["row"], other["row"]) for other in others}
    signs = {title: judge(change) for title, change in changes.items()}
    text = words.estimate(rate, "percent")
    if missing := [title for title, sign in signs.items() if sign is None]:
        return None, f"{text}, but the difference to {words.listed(missing)} is not known"
    if exceptions := {title: sign for title, sign in signs.items() if sign < 1}:
        named = [
            f"{'below' if sign < 0 else 'not clearly above'} {title}, {words.difference(changes[title])}"
            for title, sign in exceptions.items()
        ]
        n_above = len(others) - len(exceptions)
        return False, f"{text} is above {n_above} of {len(others)} {who}, but {words.listed(named)}"
    title, least = min(changes.items(), key=lambda item: item[1]["value"])
    closest = f"the closest is {title}, {words.difference(least)}"
    return True, f"{text} is above {len(others)} of {len(others)} {who}; {closest}"


def _delta_d(results: dict, row: dict) -> tuple[bool | None, str]:
    values, problem = _with_input(results, row, "relative_delta_d")
    if problem:
        return None, problem
    own, before = values
    if before <= 0:
        return None, "in the input, lines are no farther from tumors than tumors are from each other"
    text = f"{words.percent(own)}, where the standardised input has {words.percent(before)}"
    return own <= MOST_DELTA_D * before, text


def _variance(results: dict, row: dict) -> tuple[bool | None, str]:
    kept = row["values"].get("variance_within")
    if not words.has_value(kept):
        return None, (kept or {}).get("problem") or "it has units of its own, so that nothing can be kept"
    return kept["value"] >= LEAST_VARIANCE, f"{words.percent(kept['value'])} is kept"


def _subtypes(results: dict, row: dict) -> tuple[bool | None, str]:
    answers, texts = [], []
    for metric in SUBTYPES:
        name = results["metrics"][metric]["title"] if metric in results["metrics"] else metric
        values, problem = _with_input(results, row, metric)
        if problem:
            texts.append(f"{name}: {problem}")
            continue
        own, before = values
        answers.append(own >= before - SUBTYPE_LOSS - 1e-12)
        texts.append(f"{name}: {words.percent(own)}, input {words.percent(before)}")
    return (all(answers) if answers else None), "; ".join(texts)


def _echo(results: dict, row: dict) -> tuple[bool | None, str]:
    entry = next((e for e in results["echo"] if e["row"] == row["row"]), None)
    if entry is None:
        return None, "the control was not run"
    if entry.get("problem") or not words.has_value(entry["follow"]):
        return None, entry.get("problem") or "the control has no result"
    follow, chance = entry["follow"], entry["chance"]
    text = f"{words.estimate(follow, 'percent')} of lines match a wrong type that was given, chance is "
    return follow["low"] <= chance, text + words.percent(chance)


CLAIMS: dict[str, Callable[[dict, dict], tuple[bool | None, str]]] = {
    "Is the match rate above that of every label-free method": _above_label_free,
    "Is the match rate above that of every method given the same labels": _above_supervised,
    "Is relative delta D at most half of the standardised input's": _delta_d,
    f"Is at least {100 * LEAST_VARIANCE:.0f}\u202f% of the variance within cancer types kept": _variance,
    f"Are subtypes of tumors told apart as well as in the input, within {100 * SUBTYPE_LOSS:.0f} points": _subtypes,
    "Do lines that are given a wrong cancer type stay away from it, but for chance": _echo,
}


def _peers(results: dict) -> list[dict]:
    """Return the rows RNAlign competes with: other methods that were not told the answer."""
    return [
        row
        for row in results["rows"]
        if not row["label_conditioned"] and not row["method"].startswith("rnalign")
    ]


def _difference(results: dict, row: str, minus: str) -> dict | None:
    for entry in results["differences"]:
        if (entry["row"], entry["minus"]) == (row, minus):
            return entry.get("micro")
    return None


def _negative(change: dict | None) -> dict | None:
    if judge(change) is None:
        return None
    return {"value": -change["value"], "low": -change["high"], "high": -change["low"]}


def _with_input(results: dict, row: dict, metric: str) -> tuple[tuple[float, float] | None, str | None]:
    """Return the values of a metric in a row and in the standardised input, or why they cannot be compared."""
    baseline = next((r for r in results["rows"] if r["row"] == BASELINE), None)
    if baseline is None:
        return None, "the standardised input was not run"
    found = [r["values"].get(metric) for r in (row, baseline)]
    for value in found:
        if not words.has_value(value):
            return None, (value or {}).get("problem") or "it was not computed"
    return (found[0]["value"], found[1]["value"]), None


def _unpaired(a: dict | None, b: dict | None, metric: str) -> dict | None:
    """Return the difference `a` minus `b` with an interval: Welch's over seeds, else the widest that theirs allow."""
    values = [row["values"].get(metric) if row else None for row in (a, b)]
    if not all(map(words.has_value, values)):
        return None
    x, y = values
    change = {"value": x["value"] - y["value"], "low": None, "high": None}
    deviations = [value.get("seed_sd") for value in values]
    if None not in deviations and min(a["n_seeds"], b["n_seeds"]) > 1:
        half = _welch(deviations, [a["n_seeds"], b["n_seeds"]])
        return change | {"low": change["value"] - half, "high": change["value"] + half}
    if None not in (x.get("low"), y.get("low")):
        return change | {"low": x["low"] - y["high"], "high": x["high"] - y["low"]}
    return change


def _welch(deviations: list[float], sizes: list[int], confidence: float = 0.95) -> float:
    """Return half the width of Welch's interval of a difference of two means."""
    if not any(deviations):
        return 0.0
    errors = [sd**2 / n for sd, n in zip(deviations, sizes, strict=True)]
    freedom = sum(errors) ** 2 / sum(e**2 / (n - 1) for e, n in zip(errors, sizes, strict=True))
    return float(student.ppf((1 + confidence) / 2, freedom)) * math.sqrt(sum(errors))
