"""The report of a ranking: complete, of one piece, and safe whatever samples are called."""

import re

import numpy as np
import pandas as pd
import pytest

from rnalign_core.evidence.line_report import line_report
from rnalign_core.model import Run
from rnalign_core.rank.groups import SELECTION, Group
from rnalign_core.rank.ranking import Ranking, RankSettings

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def reported(fake_run):
    """A function that writes the report of a made-up ranking: within a disease, of some lines only."""
    run = Run.open(fake_run.path)
    run.info["title"] = EVIL
    obs = run.aligned.obs
    ids = obs.index[obs["sample_type"] == "cell_line"]
    obs["depmap_id"] = pd.Series({ids[1]: "ACH-000001"})
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
    samples = obs.assign(x_after=run.aligned.obsm["X_umap_after"][:, 0], y_after=0.0)

    def write(
        within=None, only_own=False, compared=(), *, called="BRCA", among=tumors, no_link="", **columns
    ):
        group = Group(called, f"BRCA {EVIL}", ("BRCA",), among.mask(among == "BRCA", called), within)
        ranking = Ranking(
            group,
            lines.assign(**columns),
            pd.DataFrame({0: np.linspace(-2, 2, 90), 1: np.linspace(-1, 3, 90)}, group.tumor_ids),
            0.4321,
            ("few_tumors",),
            obs.loc[group.tumor_ids, "purity"].astype(float),
            RankSettings(),
        )
        return line_report(
            run,
            ranking.among_own_type() if only_own else ranking,
            samples,
            list(compared),
            judged=ranking,
            link=None if no_link else "http://localhost/pick?run=x&type=BRCA",
            no_link=no_link,
            provenance=[f"cohort {EVIL}", "made with RNAlign 9"],
        )

    return write


@pytest.fixture(scope="module")
def report(reported):
    return reported()


def body(report):
    return report[report.index("<body>") :]


def test_it_needs_no_network_and_draws_both_figures_with_one_program(report):
    assert report.count("plotly.js v") == 1
    assert not re.search(r'(src|href)="(?!#)[^"]*//', body(report).replace("<a href", "<a to"))
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


def test_it_says_what_was_found_in_sentences(reported):
    text = body(reported(score_low=[0.5] * 30 + [0.0] * 41))
    own, other = (
        re.search(rf"<b>(\d+) lines annotated as {kind}</b> lie", text) for kind in ("BRCA", "other cancers")
    )
    assert int(own[1]) + int(other[1]) == 30
    assert "a score alone makes none of them a model of BRCA" in text


def test_selected_tumors_are_all_named_where_no_link_can_name_them(reported):
    text = body(reported(called=SELECTION, no_link="No link: too many."))
    assert "No link: too many." in text
    assert "The same view" not in text
    assert "BRCA-T0089" in text
    assert "more" not in text[text.index("tumors: BRCA") :]
    assert "BRCA-T0089" not in body(reported())


def test_what_is_not_there_is_left_out(reported, fake_run):
    obs = Run.open(fake_run.path).aligned.obs.query("cancer_type == 'BRCA' and sample_type == 'tumor'")
    alone = obs["cancer_type"].astype(object)
    text = body(reported("BRCA", among=alone, competitor=None, margin=np.nan))
    assert "nan" not in re.sub("<script.*?</script>", "", text, flags=re.DOTALL)
    assert "nearest BRCA tumors</button>" not in text
    assert "nearest BRCA tumors</button>" in body(reported("BRCA"))


def test_lines_lead_to_databases(report):
    [item] = re.findall(
        r"databases: (\S*) \(<a href=\"https://depmap.org/portal/cell_line/ACH-000001\">DepMap</a>\)\.</p>",
        report,
    )
    assert item.startswith("BRCA-L")


def test_it_says_of_which_tumors_the_nearest_are(reported):
    assert "Of 25 nearest tumors" in body(reported())
    within = body(reported(within="BRCA"))
    assert "Of 15 nearest BRCA tumors" in within
    assert "Tumors of other cancers are not candidates" in within


def test_lines_of_other_types_can_be_left_out_but_for_those_on_the_map(reported, fake_run):
    obs = Run.open(fake_run.path).aligned.obs.query("sample_type == 'cell_line'")
    own = obs["cancer_type"].isna() | (obs["cancer_type"] == "BRCA")
    other = obs.index[~own][0]
    text = body(reported(only_own=True, compared=[other]))
    assert f"of {own.sum()} lines annotated as BRCA or of unknown type" in text
    assert len(re.findall(r'<tr><th scope="row"', text)) == min(25, own.sum())
    assert f"the lines {obs.at[other, 'name']} brought out" in text


def test_long_names_do_not_push_columns_off_the_page(reported):
    long = "S" * 94
    text = body(reported(competitor=long, name=long, subtype=long))
    cells = "".join(re.findall(r"<tbody>.*?</tbody>", text, re.DOTALL))
    assert cells.count("S" * 29 + "…") == 3 * 25
    assert long not in re.sub("<[^>]*>", "", cells)
