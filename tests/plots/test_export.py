import csv
import io
import re

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from rnalign_core.plots.export import figure_html, screen_config, table_csv


def read(text):
    """Rows of a CSV without comment lines, as Python's own reader sees them."""
    return list(csv.reader(io.StringIO(text, newline="")))


def test_csv_starts_with_where_it_comes_from():
    text = table_csv(pd.DataFrame({"a": [1]}), ["cohort: x", "two\nlines, 1"])
    assert text.splitlines() == ["# cohort: x", "# two lines, 1", '"a"', "1"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_runs_no_formula(start):
    evil = start + "cmd|' /C calc'!A0"
    table = pd.DataFrame({"name": [evil, "fine"], evil: ["a", "b"]}, index=pd.Index([evil, "s1"], name="id"))
    rows = read(table_csv(table, []))
    harmless = "'" + evil.replace("\r", " ")
    assert rows[0] == ["id", "name", harmless]
    assert rows[1][:2] == [harmless, harmless]
    assert rows[2] == ["s1", "fine", "b"]


def test_no_formula_hides_behind_a_line_break():
    rows = read(table_csv(pd.DataFrame({"name": ["x\r=1+1", "y\n=1+1"]}), []))
    assert rows[1:] == [["x =1+1"], ["y =1+1"]]


def test_it_is_read_as_the_documentation_says():
    table = pd.DataFrame(
        {"name": ["Patient #3", "#1", np.nan, 'a "b", c'], "rank": pd.array([1, None, 3, 4], dtype="Int64")}
    )
    text = table_csv(table, ["cohort: #1"])
    found = pd.read_csv(io.StringIO(text), comment="#", dtype={"rank": "Int64"})
    pd.testing.assert_frame_equal(found, table, check_dtype=False)
    assert "1.0" not in text


def test_categories_are_text_too():
    table = pd.DataFrame({"type": pd.Categorical(["=1+1", None])})
    assert read(table_csv(table, []))[1:] == [["'=1+1"], [""]]


def test_numbers_stay_numbers():
    table = pd.DataFrame({"x": [-1.5, 2.0], "n": [-3, 4]})
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(table_csv(table, ["c"])), comment="#"), table)


def test_numbers_have_the_digits_that_they_need():
    rng = np.random.default_rng(0)
    single = np.concatenate(
        [np.float32([0.77, -1.5, 1e-9, 3e20, np.nan, 0, 16777216]), rng.random(200, "f4")]
    )
    table = pd.DataFrame({"single": single, "double": single.astype(float) / 3})
    text = table_csv(table.rename_axis("row"), [])
    assert text.splitlines()[1].startswith("0,0.77,")
    read_back = pd.read_csv(io.StringIO(text), float_precision="round_trip")
    np.testing.assert_array_equal(read_back["single"].astype(np.float32), single)
    np.testing.assert_array_equal(read_back["double"], table["double"])
    assert read_back["single"].map(repr).str.len().max() <= 14


@pytest.fixture(scope="module")
def page():
    figure = go.Figure(go.Scatter(x=[1], y=[2]))
    return figure_html(figure, "<script>alert(1)</script>", ["cohort: <b>x</b>"], 'a"; alert(2); //</script>')


def test_html_needs_no_network(page):
    assert "plotly.js v" in page
    assert not re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)=["']?https?:""", page)
    assert '"showSendToCloud": true' not in page
    assert "plotlyServerURL" not in page.rpartition("Plotly.newPlot")[2]


def test_html_holds_points_as_vectors_whatever_they_are_on_the_screen():
    page = figure_html(go.Figure([go.Scattergl(x=[1], y=[2]), go.Bar(x=[1], y=[2])]), "x", [], "x")
    drawn = page.rpartition("Plotly.newPlot")[2]
    assert re.findall(r'"type":"(\w+)"', drawn.partition('"layout"')[0])[:2] == ["scatter", "bar"]
    assert "scattergl" not in drawn.partition('"template"')[0]


def test_html_shows_text_as_text(page):
    own = page.partition("plotly.js v")[0] + page.rpartition("Plotly.newPlot")[2]
    assert "<script>alert(1)" not in own
    assert "&lt;script&gt;alert(1)" in own
    assert "cohort: &lt;b&gt;x&lt;/b&gt;" in own
    assert r'filename: "a\"; alert(2); //\u003c/script>"' in own


def test_figures_on_the_screen_are_not_sent_anywhere():
    assert screen_config("x")["showSendToCloud"] is False
