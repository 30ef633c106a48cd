import html as stdlib_html
import re
from html.parser import HTMLParser

import pytest

from rnalign_core.evidence.report import report_html

EVIL = """<script>alert("x")</script><img src=x onerror='alert(1)'>"""


class Page(HTMLParser):
    """Sections of a report by id: tables as rows of cells, text without programs, and every element."""

    def __init__(self, text):
        super().__init__()
        self.sections, self.here, self.elements = {}, "head", []
        self.row, self.cell, self.skip = None, None, False
        self.feed(own(text))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        if tag == "h2":
            self.here = attributes["id"]
        section = self.sections.setdefault(self.here, {"rows": [], "text": "", "figures": [], "titles": []})
        if tag in ("script", "style"):
            self.skip = True
        elif tag == "tr":
            self.row = []
        elif tag in ("td", "th"):
            self.cell = ""
            section["titles"].append(attributes.get("title"))
        elif attributes.get("role") == "img":
            section["figures"].append(attributes["aria-label"])

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.skip = False
        elif tag in ("td", "th"):
            self.row.append(self.cell)
            self.cell = None
        elif tag == "tr":
            self.sections[self.here]["rows"].append(self.row)

    def handle_data(self, data):
        if self.skip:
            return
        self.sections.setdefault(self.here, {"rows": [], "text": "", "figures": [], "titles": []})
        self.sections[self.here]["text"] += data
        if self.cell is not None:
            self.cell += data

    def column(self, section, name, n=0):
        """Cells of a column by the first cell of their row, of the n-th table that has the column."""
        tables, rows = [], self.sections[section]["rows"]
        for row in rows:
            if name in row and row[0] in ("Method", "Poster's row", "RNAlign's row", "what", "What"):
                tables.append((row.index(name), {}))
            elif tables:
                tables[-1][1].setdefault(row[0], row[tables[-1][0]] if len(row) > tables[-1][0] else None)
        return tables[n][1]


def own(text):
    """The page without Plotly's program."""
    return re.sub(r"<script>[^<]*?/\*\*\s*\* plotly\.js v.*?</script>", "", text, count=1, flags=re.DOTALL)


@pytest.fixture(scope="module")
def text(stored_results):
    return report_html(stored_results)


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_what_the_numbers_allow_comes_first(page):
    assert list(page.sections)[:2] == ["head", "numbers-allow"]
    assert "All 6 claims below hold together for RNAlign, decoded." in page.sections["numbers-allow"]["text"]


def test_the_head_says_what_was_compared_on_what(page):
    head = page.sections["head"]["text"]
    for fact in (
        "First benchmark",
        "Small cohort",
        "1,600",
        "200 lines of 3 types",
        "2026-01-02 03:04 UTC",
        "9.8.7",
    ):
        assert fact in head


def test_a_simulated_cohort_is_called_so_loudly(results, page):
    assert not any(attributes.get("role") == "alert" for _, attributes in page.elements)
    results["cohort"]["simulated"] = True
    simulated = Page(report_html(results))
    assert any(attributes.get("role") == "alert" for _, attributes in simulated.elements)
    assert "Simulated data." in simulated.sections["head"]["text"]


def test_rows_that_were_told_the_answer_stand_in_their_own_table_only(page):
    for section in ("methods", "types", "differences", "metrics"):
        shown = page.sections[section]
        everything = shown["text"] + " ".join(shown["figures"])
        assert "ComBat with types" not in everything
        assert "RNAlign told all types" not in everything
    told = page.column("told", "match\u00a0↑")
    assert set(told) == {"ComBat with types", "RNAlign told all types"}


def test_rows_that_were_told_the_answer_are_not_in_the_main_figures(text):
    plain = own(text)
    for name in ("figure-overall", "figure-types", "figure-panels"):
        (call,) = re.findall(rf'Plotly\.newPlot\(\s*"{name}",.*?</script>', plain, flags=re.DOTALL)
        assert "Celligner" in call
        assert "told all types" not in call
        assert "with types" not in call


def test_beside_a_match_that_was_told_stands_how_many_follow_a_wrong_label(page):
    follow, chance = (page.column("told", name) for name in ("follow the wrong label", "chance"))
    assert follow["RNAlign told all types"] == "95.0\u202f% (93.0 to 97.0)"
    assert chance["RNAlign told all types"] == "10.0\u202f%"
    assert follow["ComBat with types"] == "\u2013"


def test_the_posters_numbers_stand_in_their_own_section_only(page):
    assert page.column("poster", "dD")["Celligner"] == "8.59"
    for name, section in page.sections.items():
        if name != "poster":
            cells = {cell for row in section["rows"] for cell in row}
            assert not cells & {"22.56", "8.59", "10.57", "0.65", "17.34"}
    assert "12.5" not in {cell for row in page.sections["poster"]["rows"] for cell in row}


def test_a_dash_says_why(text):
    assert 'title="memory ran out">\u2013</td>' in text
    assert 'title="does not apply to this row">\u2013</td>' in text


def test_everything_that_failed_is_listed(page):
    assert page.column("problems", "why")["the whole method"] == "harmonypy is not installed"
    assert "the cohort has no LUAD and LUSC tumors" in page.sections["problems"]["text"]


def test_nothing_failed(results):
    results["methods"] = [m for m in results["methods"] if not m["problem"]]
    for row in results["rows"]:
        row["values"] = {name: v for name, v in row["values"].items() if v["value"] is not None}
    assert (
        "Everything that was asked for was computed."
        in Page(report_html(results)).sections["problems"]["text"]
    )


def test_costs_settings_and_machine_are_told(page):
    costs = page.sections["costs"]
    assert ["RNAlign, decoded", "12.3", "15.0", "800", "900", "5", "12"] in costs["rows"]
    assert ["Celligner", "12.3", "15.0", "800", "900", "1", "\u2013"] in costs["rows"]
    assert "n_components = 50" in costs["text"]
    made = page.sections["made"]["text"]
    for fact in ("Abacus 3", "2 cores", "23.5 GB", "numpy 2.4.6", "3.11.9", "abc123", "4,321 seconds"):
        assert fact in made


def test_each_metric_has_meaning_definition_and_reference(page):
    text = page.sections["definitions"]["text"]
    for part in ("Meaning of Delta D.", "Definition of Delta D.", "Reference: Reference of Delta D."):
        assert part in text
    assert "Reconstruction" not in text  # no row has it


def test_a_definition_that_metrics_share_stands_once(results):
    results["metrics"]["pvca"]["definition"] = results["metrics"]["delta_d"]["definition"]
    text = Page(report_html(results)).sections["definitions"]["text"]
    assert text.count("Definition of Delta D.") == 1
    assert "Meaning of PVCA, sample type." in text
    assert "Reference of Delta D and Reference of PVCA, sample type" in text


def test_a_metric_that_was_never_computed_has_no_definition(results):
    results["metrics"]["pvca"]["definition"] = None
    assert "None" not in Page(report_html(results)).sections["definitions"]["text"]


def evil_results(results):
    """Results in which every text that comes from data is hostile."""
    results["title"] = results["cohort"]["title"] = results["cohort"]["cohort_id"] = EVIL
    results["machine"]["processor"] = EVIL
    for group in ("rows", "methods", "echo"):
        for entry in results[group]:
            entry["title"] += EVIL
    for method in results["methods"]:
        method["description"] = EVIL
        method["settings"] = {EVIL: EVIL}
        if method["problem"]:
            method["problem"] = EVIL
    for entry in results["types"]:
        entry["cancer_type"] += EVIL
    for about in results["metrics"].values():
        for key in ("title", "short", "meaning", "definition", "reference"):
            about[key] += EVIL
    for row in results["rows"]:
        for value in row["values"].values():
            if value["value"] is None:
                value["problem"] = EVIL
    return results


def test_hostile_text_is_shown_and_never_run(results):
    text = report_html(evil_results(results))
    plain = own(text)
    assert "<script>alert" not in plain
    assert "<img" not in plain
    tags = {tag for tag, _ in Page(text).elements}
    assert "img" not in tags
    assert stdlib_html.escape(EVIL) in plain
    harmless = {name for _, attributes in Page(text).elements for name in attributes}
    assert not [name for name in harmless if name.startswith("on")]


def test_the_page_needs_no_network_and_sends_nothing(text):
    assert text.count("plotly.js v") == 1
    assert not re.findall(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=""", own(text))
    calls = re.findall(r"Plotly\.newPlot\(.*?</script>", own(text), flags=re.DOTALL)
    assert len(calls) == 4
    for call in calls:
        assert '"showSendToCloud": false' in call
        assert "plotlyServerURL" not in call


def test_a_benchmark_in_which_nothing_ran_still_has_a_report(results):
    empty = results | {
        "rows": [],
        "types": [],
        "differences": [],
        "echo": [],
        "methods": results["methods"][-1:],
    }
    page = Page(report_html(empty))
    assert "RNAlign is not among the methods that ran" in page.sections["numbers-allow"]["text"]
    assert "Harmony" in page.sections["problems"]["text"]


def test_no_scored_line_leaves_figures_out(results):
    results |= {"types": [], "differences": [], "echo": []}
    for row in results["rows"]:
        for name in ("match_micro", "match_median"):
            row["values"][name] = {
                "value": None,
                "low": None,
                "high": None,
                "problem": "no type is large enough",
            }
    page = Page(report_html(results))
    assert not any(section["figures"] for section in page.sections.values())
    assert "no type is large enough" in page.sections["numbers-allow"]["text"]
