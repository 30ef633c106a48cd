"""How to cite RNAlign: ``CITATION.cff``, in a sentence and as BibTeX."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

import rnalign_core

CLONE = Path(rnalign_core.__file__).parents[1]
KINDS = {"software": "software", "conference-paper": "inproceedings"}


def read_citation(path: Path = CLONE / "CITATION.cff") -> dict:
    """Return the content of a citation file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def poster_sentence(citation: dict) -> str:
    """Return the poster whose method RNAlign implements, as documentation names it."""
    poster = citation["references"][0]
    names = ", ".join(author["family-names"] for author in poster["authors"])
    return f"{names}; {poster['conference']['name']} (poster)."


def software_sentence(citation: dict) -> str:
    """Return the program, as a list of references names it."""
    names = ", ".join(author["name"] for author in citation["authors"])
    return f"{names}. {citation['title']}, version {citation['version']} (software)."


def bibtex(citation: dict) -> str:
    """Return the program and the poster as two BibTeX entries."""
    return "\n\n".join(map(_entry, [citation, *citation["references"]]))


def _entry(work: dict) -> str:
    people = [author.get("family-names") or f"{{{author['name']}}}" for author in work["authors"]]
    fields = {
        "title": f"{{{work['title']}}}",
        "author": " and ".join(people),
        "booktitle": work.get("conference", {}).get("name"),
        "year": work.get("year"),
        "version": work.get("version"),
        "note": work.get("notes"),
    }
    first = people[0] if "family-names" in work["authors"][0] else ""
    key = re.sub(r"\W", "", f"{first}{work.get('year', '')}{work['title']}".lower())
    rows = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{KINDS[work['type']]}{{{key},\n{rows}}}"
