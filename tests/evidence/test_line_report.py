"""The report of a ranking: complete, of one piece, and safe whatever samples are called."""

import re

import numpy as np
import pandas as pd
import pytest

from rnalign_core.evidence.line_report import line_report
from rnalign_core.model import Run
from rnalign_core.rank.groups import Group
from rnalign_core.rank.ranking import Ranking, RankSettings

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def report(fake_run):
    run = Run.open(fake_run.path)
    run.info["title"] = EVIL
    obs = run.aligned.obs
    ids = obs.index[obs["sample_type"] == "cell_line"]
    n = len(ids)
    z = np.linspace(1, -3, n)
    lines = pd.DataFrame(
        {
            "rank": range(1, n + 1),
            "name": [EVIL, *ids[1:]],
            "cancer_type": obs.loc[ids, "cancer_type"].astype(object),
            "subtype": None,
            "score": np.linspace(0.9, 0, n),
            "score_low": 0.0,
            "score_high": 0.95,
            "z": z,
            "z_low": z - 1,
            "z_high": z + 1,
            "neighbour_share": 0.44,
            "competitor": "LUAD",
            "margin": -0.25,
            "rank_unaligned": range(n, 0, -1),
            "cautions": [("no_group",)] + [()] * (n - 1),
        },
        index=ids,
    )
    tumors = obs.loc[obs["sample_type"] == "tumor", "cancer_type"].astype(object)
    group = Group("BRCA", f"BRCA {EVIL}", ("BRCA",), tumors, None)
    ranking = Ranking(
        group,
        lines,
        pd.Series(np.linspace(-2, 2, 90), group.tumor_ids),
        0.4321,
        ("few_tumors",),
        obs.loc[group.tumor_ids, "purity"].astype(float),
        RankSettings(),
    )
    samples = obs.assign(x_after=run.aligned.obsm["X_umap_after"][:, 0], y_after=0.0)
    link = "http://localhost/pick?run=x&type=BRCA"
    return line_report(
        run, ranking, samples, [], link=link, provenance=[f"cohort {EVIL}", "made with RNAlign 9"]
    )


def body(report):
    return report[report.index("<body>") :]


def test_it_needs_no_network_and_draws_both_figures_with_one_program(report):
    assert report.count("plotly.js v") == 1
    assert not re.search(r'(src|href)="(?!#|http://localhost/pick)[^"]*//', body(report))
    for name in ("figure-ranking", "figure-map"):
        assert report.count(f'id="{name}"') == 1


def test_names_are_shown_letter_by_letter(report):
    assert EVIL not in report
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body(report)


def test_it_says_what_was_found_how_and_where_it_comes_from(report):
    text = body(report)
    for expected in (
        "0.90",
        "0.00 to 0.95",
        "Spearman 0.43",
        "No tumor group resembles this line",
        "fewer than 15 tumors",
        "Simulated data",
        "made with RNAlign 9",
        "200 resamples, 90% intervals, seed 0",
        '<a href="http://localhost/pick?run=x&amp;type=BRCA">',
        "Wilson",
        "BRCA-T0000",
    ):
        assert expected in text
    rows = re.findall(r'<tr><th scope="row"', text)
    assert len(rows) == 25
