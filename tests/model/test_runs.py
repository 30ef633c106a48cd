"""The run folder: created whole or not at all, opened with care."""

import json

import pytest

from rnalign_core.metrics import MatchSettings
from rnalign_core.model import PRESETS, Run, Settings, list_runs
from rnalign_core.model.runs import MIN_TUMORS
from rnalign_core.problems import InputError


def test_a_new_run_holds_settings_cohort_and_folds(new_run, structured):
    run = new_run()
    assert (run.info["n_tumors"], run.info["n_lines"]) == (105, 32)
    assert run.info["cohort_id"] == structured.uns["rnalign"]["cohort_id"]
    assert set(run.folds.unique()) == {0, 1, 2}
    assert not run.finished
    assert run.cohort.shape == structured.shape
    assert sorted(p.name for p in run.path.iterdir()) == [
        "cohort.h5ad",
        "folds.csv",
        "run.json",
        "settings.json",
    ]


def test_an_existing_folder_is_not_overwritten(new_run):
    run = new_run()
    before = (run.path / "run.json").read_bytes()
    with pytest.raises(InputError, match="not empty"):
        new_run(seed=5)
    assert (run.path / "run.json").read_bytes() == before
    assert [p for p in run.path.parent.iterdir() if p.name.startswith(".partial")] == []


def test_a_cohort_that_cannot_be_cross_fitted_leaves_no_folder(new_run, structured, tmp_path):
    lonely = structured[structured.obs["sample_type"] == "tumor"].copy()
    with pytest.raises(InputError, match="cross-fitting needs"):
        new_run(of=lonely)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run.h5ad"]


def test_a_cohort_with_fewer_tumors_than_match_rates_need_is_refused_at_once(new_run, structured):
    assert MatchSettings().k == MIN_TUMORS
    is_tumor = (structured.obs["sample_type"] == "tumor").to_numpy()
    few = structured[~is_tumor | (is_tumor.cumsum() < MIN_TUMORS)].copy()
    with pytest.raises(InputError, match="24 tumors with a cancer type; match rates need at least 25"):
        new_run(of=few)


@pytest.mark.parametrize("damage", ["missing", "schema", "settings", "json"])
def test_what_is_not_a_run_is_refused_with_the_reason(new_run, damage):
    path = new_run().path
    if damage == "missing":
        (path / "run.json").unlink()
    elif damage == "schema":
        info = json.loads((path / "run.json").read_text())
        (path / "run.json").write_text(json.dumps(info | {"schema_version": 99}))
    elif damage == "settings":
        (path / "settings.json").write_text('{"no_such_setting": 1}')
    else:
        (path / "run.json").write_text("{")
    with pytest.raises(InputError, match=r"not a run|schema version 99|cannot be read"):
        Run.open(path)


def test_runs_are_listed_newest_first_and_broken_ones_passed_over(new_run, tmp_path, monkeypatch):
    monkeypatch.setenv("RNALIGN_HOME", str(tmp_path))
    for i, name in enumerate(["runs/a", "runs/b", "runs/broken"]):
        run = new_run(name)
        (run.path / "run.json").write_text(json.dumps(run.info | {"created": f"2026-01-0{i + 1}"}))
    (tmp_path / "runs" / "broken" / "settings.json").write_text("{}x")
    assert [run.run_id for run in list_runs()] == ["b", "a"]


def test_variants_switch_their_loss_off_and_settings_survive_json():
    assert Settings(variant="no_cor").w_cor == 0
    assert Settings(variant="no_grad", w_grad=3.0).w_grad == 0
    told = Settings(variant="type_conditioned")
    assert (told.w_type, told.cor_form) == (0, "marginal")
    for settings in PRESETS.values():
        assert Settings.model_validate_json(settings.model_dump_json()) == settings
    with pytest.raises(ValueError, match="n_layers"):
        Settings(n_layers=3)
