"""Every figure can be saved from its page: as PNG, and as a page of its own that saves SVG."""

import json

import pytest

from rnalign_core.model import Settings, create_run

HTML = "Interactive HTML, with SVG and PNG"


def assert_all_can_be_saved(at, n_figures):
    charts = [chart.proto for chart in at.get("plotly_chart")]
    assert len(charts) == n_figures
    assert len([button for button in at.get("download_button") if button.proto.label == HTML]) == n_figures
    assert all(chart.alt for chart in charts)
    for chart in charts:
        config = json.loads(chart.config)
        assert config.get("displayModeBar") is not False
        assert config["toImageButtonOptions"]["format"] == "png"


@pytest.mark.parametrize(
    ("name", "parameters", "n_figures"),
    [
        ("explore", {"selected": "SIM-BRCA-T-0001,SIM-LUAD-T-0001"}, 2),  # map, composition
        ("explore", {"sample": "SIM-BRCA-CL-001"}, 2),  # map, nearest tumors
        ("pick", {}, 4),  # ranking; neighbours, genes and map of the compared lines
    ],
)
def test_every_figure_can_be_saved(use_home, open_page, tmp_path, name, parameters, n_figures):
    use_home(tmp_path, bundled=True)
    assert_all_can_be_saved(open_page(name, {"v": "1", **parameters}, timeout=120), n_figures)


def test_losses_of_a_training_can_be_saved(home, open_page):
    run = create_run(home / "runs" / "half", home / "cohorts" / "structured.h5ad", Settings(n_folds=2))
    (run.path / "checkpoint").mkdir()
    row = {"fold": 0, "epoch": 20, "n_epochs": 80, "seconds": 40.0, "loss": 1.5}
    (run.path / "checkpoint" / "fold-0.jsonl").write_text(json.dumps(row) + "\n")
    at = open_page("train")
    assert_all_can_be_saved(at, 1)
    assert "CSV" in [button.proto.label for button in at.get("download_button")]
