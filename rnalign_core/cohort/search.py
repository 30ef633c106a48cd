"""Find a sample by what people call it: an id, a name in any spelling, an alias, or nearly so."""

from __future__ import annotations

import re

import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import OSA

NAME_FIELDS = ("name", "ccle_name", "aliases")
ID_FIELDS = ("depmap_id", "cellosaurus_id")
SHORTEST_PART = 3
LONG = 8  # letters and digits from which on a name may have two typing errors
_ACCESSION = re.compile(r"ACH-?\d{6}|CVCL_?[A-Z0-9]{4}", re.IGNORECASE)


def normalised(name: str) -> str:
    """Return a name without what spellings of it differ in: ``NIH:OVCAR-3`` and ``nih ovcar3`` are one."""
    return re.sub(r"[\W_]+", "", name).upper()


def find_samples(samples: pd.DataFrame, query: str) -> pd.DataFrame:
    """Find the samples that a query may mean, the best first.

    Names that are only similar, at an optimal string alignment distance (Boytsov 2011) of 1, or 2 from eight
    characters on, are looked for where nothing contains the query. An accession of DepMap or Cellosaurus that is not
    there has no similar ones: each digit of it means another line. A query such as ``MCF7_BREAST``, a name of CCLE with
    its tissue, that no name contains is similar to samples called as the part before the underscore.

    Parameters
    ----------
    samples
        Table by sample id with any of ``name, ccle_name, aliases, depmap_id, cellosaurus_id``. Aliases of a sample are
        separated by ``|``, ``;`` or commas.
    query
        What the user typed.

    Returns
    -------
    Table by sample id with ``kind`` (``id``: the query is an id of the sample; ``name``: it is a name of it but for
    case and punctuation; ``part``: a name or id contains it; ``similar``), ``field`` and ``value``, which name or id it
    was. Several samples of the kind ``id`` or ``name`` are namesakes: ask which one is meant.
    """
    query = query.strip()
    wanted = normalised(query)
    if not wanted:
        return _none()
    words = all_names(samples)
    same = words["key"] == wanted
    is_id = words["field"].isin(("sample_id", *ID_FIELDS))
    hits = [words[same & is_id].assign(kind="id"), words[same & ~is_id].assign(kind="name")]
    if len(wanted) >= SHORTEST_PART:
        part = words[words["key"].str.contains(wanted, regex=False) & ~same]
        # What begins with the query comes first, and of those the shortest.
        begins = ~part["key"].str.startswith(wanted)
        order = pd.DataFrame({"begins": begins, "length": part["key"].str.len()}).sort_values(
            ["begins", "length"], kind="stable"
        )
        hits.append(part.loc[order.index].assign(kind="part"))
    if not any(map(len, hits)) and len(wanted) >= SHORTEST_PART and not _ACCESSION.fullmatch(query):
        name, tissue = (normalised(part) for part in f"{query}_".split("_", 1))
        without_tissue = words[words["key"] == name] if tissue else words[:0]
        names = words[~words["field"].isin(ID_FIELDS)]
        hits.append(
            _similar(names, wanted) if without_tissue.empty else without_tissue.assign(kind="similar")
        )
    found = pd.concat(hits).drop_duplicates("sample_id")
    return found.set_index("sample_id")[["kind", "field", "value"]]


def decisive(hits: pd.DataFrame) -> str | None:
    """Return the sample that a query means beyond doubt: the only one that has it as id or name."""
    meant = hits.index[hits["kind"].isin(("id", "name"))]
    return meant[0] if len(meant) == 1 else None


def all_names(samples: pd.DataFrame) -> pd.DataFrame:
    """Return every name and id of every sample: ``sample_id, field, value, key`` (normalised)."""
    ids = samples.index.to_series()
    parts = [pd.DataFrame({"sample_id": ids, "field": "sample_id", "value": ids})]
    for field in (*ID_FIELDS, *NAME_FIELDS):
        if field not in samples:
            continue
        values = samples[field].astype(object).dropna().astype(str)
        if field == "aliases":
            values = values.str.split(r"[|;,]").explode().str.strip()
        part = pd.DataFrame({"sample_id": values.index, "field": field, "value": values})
        parts.append(part)
        if field == "ccle_name":  # the tissue after the first underscore is no part of the line's name
            parts.append(part.assign(key=values.str.split("_").str[0]))
    words = pd.concat(parts, ignore_index=True)
    words["key"] = words["key"].fillna(words["value"]) if "key" in words else words["value"]
    words["key"] = words["key"].str.replace(r"[\W_]+", "", regex=True).str.upper()
    return words[words["key"] != ""]


def _similar(words: pd.DataFrame, wanted: str) -> pd.DataFrame:
    """Return the names that are a few typing errors away from the query, the nearest first."""
    near = process.extract(
        wanted,
        words["key"].tolist(),
        scorer=OSA.distance,
        score_cutoff=1 if len(wanted) < LONG else 2,
        limit=None,
    )
    return words.iloc[[position for _, _, position in near]].assign(kind="similar")


def _none() -> pd.DataFrame:
    empty = pd.DataFrame(columns=["kind", "field", "value"], dtype=object)
    return empty.rename_axis("sample_id")
