"""Loss curves hold the history, and only what there is to show."""

import pandas as pd
import pytest

from rnalign_core.plots import loss_curves
from rnalign_core.plots.losses import PANELS


@pytest.fixture
def history():
    """Fold 1 before fold 0 and epochs out of order, as files of folds that train side by side may be read."""
    rows = [
        {
            "fold": fold,
            "epoch": epoch,
            **{name: 10 * i + fold + epoch / 100 for i, name in enumerate(PANELS, 1)},
        }
        for fold, epoch in [(1, 2), (1, 1), (0, 3), (0, 1), (0, 2)]
    ]
    return pd.DataFrame(rows)


def titles(figure):
    return [annotation.text for annotation in figure.layout.annotations]


def test_a_panel_for_each_loss_and_a_line_for_each_fold(history):
    figure = loss_curves(history)
    assert titles(figure) == list(PANELS.values())
    assert len(figure.data) == 2 * len(PANELS)
    assert len({trace.xaxis for trace in figure.data}) == len(PANELS)


def test_lines_hold_the_history_in_the_order_of_epochs(history):
    lines = {(trace.name, trace.yaxis): trace for trace in loss_curves(history).data}
    first, second = lines["fold 1", "y"], lines["fold 2", "y2"]
    assert list(first.x) == [1, 2, 3]
    assert list(first.y) == [10.01, 10.02, 10.03]
    assert list(second.x) == [1, 2]
    assert list(second.y) == [21.01, 21.02]


def test_each_fold_has_its_colour_and_stands_in_the_legend_once(history):
    traces = loss_curves(history).data
    colors = {(trace.name, trace.line.color) for trace in traces}
    assert len(colors) == len({color for _, color in colors}) == 2
    assert [trace.name for trace in traces if trace.showlegend] == ["fold 1", "fold 2"]


def test_a_loss_that_is_off_has_no_panel(history):
    figure = loss_curves(history.assign(l_grad=0.0).drop(columns="l_type"))
    assert titles(figure) == [text for name, text in PANELS.items() if name not in ("l_grad", "l_type")]


def test_the_first_epoch_is_seen(history):
    traces = loss_curves(history.query("epoch == 1")).data
    assert {trace.mode for trace in traces} == {"markers"}


def test_a_single_model_needs_no_legend(history):
    assert not any(trace.showlegend for trace in loss_curves(history.query("fold == 0")).data)


def test_without_a_history_there_is_an_empty_figure():
    assert len(loss_curves(pd.DataFrame()).data) == 0
