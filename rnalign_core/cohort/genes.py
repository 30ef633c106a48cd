"""Gene identifiers: from what a file calls its genes to current HGNC symbols.

The table `gene_ids.tsv.gz` holds the human protein-coding, lncRNA, immunoglobulin, T cell receptor and
readthrough genes with their Ensembl and Entrez ids and their old and alternative names; names that several
genes share are not in it. Its first lines name its sources: the HGNC complete set (Seal et al., Nucleic Acids
Research 2023; CC0) and NCBI Gene (public domain).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
import pandas as pd

_ENSEMBL = re.compile(r"(ENSG\d{11})(\.\d+)?")
_PAIR = re.compile(r"([^\s(|]+)\s*(?:\(([^()|]+)\)|\|([^()|]+))")


@dataclass(frozen=True)
class GeneMatch:
    """What became of a list of gene labels.

    Parameters
    ----------
    symbols
        Object array of shape (n_labels,): the current HGNC symbol of each label, None where there is none.
    kind
        What most of the recognised labels are, for example ``"Ensembl ids with version"``.
    """

    symbols: np.ndarray
    kind: str

    @property
    def share_known(self) -> float:
        """Fraction of the labels that were recognised."""
        return float(np.mean([s is not None for s in self.symbols])) if len(self.symbols) else 0.0


@cache
def _gene_table() -> pd.DataFrame:
    with as_file(files(__package__) / "gene_ids.tsv.gz") as path:
        return pd.read_csv(path, sep="\t", comment="#", dtype=str, keep_default_na=False)


@cache
def _symbol_of() -> dict[str, str]:
    """Return the current symbol of every symbol, Ensembl id, Entrez id, previous symbol and alias.

    Earlier entries win: a name that is current for one gene is never read as the old name of another.
    """
    table = _gene_table()
    symbols = table["symbol"].tolist()
    lookup = dict(zip(symbols, symbols, strict=True))
    for column in ("ensembl", "entrez", "previous", "alias"):
        for names, symbol in zip(table[column], symbols, strict=True):
            for name in filter(None, names.split("|")):
                lookup.setdefault(name, symbol)
    for symbol in symbols:  # files in capitals: C9ORF72 for C9orf72
        lookup.setdefault(symbol.upper(), symbol)
    return lookup


def known_symbols() -> list[str]:
    """Return the current HGNC symbols of all protein-coding genes, sorted."""
    table = _gene_table()
    return sorted(table.loc[table["kind"] == "protein-coding", "symbol"])


def match_genes(labels: Sequence[str]) -> GeneMatch:
    """Find the current HGNC symbol of each label.

    Understood are HGNC symbols, current, previous or alias; Ensembl gene ids with or without version; Entrez
    ids; and pairs such as ``TSPAN6 (7105)``, ``TSPAN6 (ENSG00000000003)`` or ``TSPAN6|7105``, of which the
    id decides. Where a gene is there under its current symbol or an id, labels that are only old or
    alternative names of it are left out (None): in one annotation they mean another locus.
    Ensembl ids of the second copy on chromosome Y (``_PAR_Y``) are left out too.
    """
    lookup = _symbol_of()
    parsed = [_parse(str(label).strip()) for label in labels]
    symbols = [next((lookup[key] for key in keys if key in lookup), None) for keys, _ in parsed]
    firm = [
        symbol is not None and (kind != "HGNC symbols" or keys[0] == symbol)
        for symbol, (keys, kind) in zip(symbols, parsed, strict=True)
    ]
    present = {symbol for symbol, is_firm in zip(symbols, firm, strict=True) if is_firm}
    kept = np.empty(len(symbols), dtype=object)
    kept[:] = [s if is_firm or s not in present else None for s, is_firm in zip(symbols, firm, strict=True)]
    kinds = Counter(kind for symbol, (_, kind) in zip(kept, parsed, strict=True) if symbol is not None)
    return GeneMatch(kept, kinds.most_common(1)[0][0] if kinds else "not recognised")


def _parse(label: str) -> tuple[list[str], str]:
    """Return the names a label holds, the most reliable first, and what kind of label it is."""
    if pair := _PAIR.fullmatch(label):
        inner = _parse(pair[2] or pair[3])
        outer = _parse(pair[1])
        (first, kind), (second, other) = sorted([inner, outer], key=lambda p: p[1] == "HGNC symbols")
        return first + second, f"pairs of {other} and {kind}"
    if ensembl := _ENSEMBL.fullmatch(label):
        return [ensembl[1]], "Ensembl ids with version" if ensembl[2] else "Ensembl ids"
    return [label], "Entrez ids" if label.isdigit() else "HGNC symbols"
