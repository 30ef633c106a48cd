import os
import re
import shutil

import pytest

from rnalign_core.model import Run
from rnalign_core.ui import runs as ui_runs
from rnalign_core.ui.runs import finished_runs, kept, map_samples, provenance, stem


@pytest.fixture
def home(tmp_path, monkeypatch, fake_run):
    """A data home with a finished run, no bundled demo, and no run named by the environment."""
    monkeypatch.setenv("RNALIGN_HOME", str(tmp_path))
    monkeypatch.delenv("RNALIGN_RUN", raising=False)
    monkeypatch.setattr(ui_runs, "demo_run_path", lambda: tmp_path / "demo")
    shutil.copytree(fake_run.path, tmp_path / "runs" / "mine")
    return tmp_path


def test_only_finished_runs_are_offered(home, fake_run):
    shutil.copytree(fake_run.path, home / "runs" / "other")
    (home / "runs" / "other" / "metrics.json").unlink()
    assert list(finished_runs()) == ["mine"]


def test_the_demo_comes_first(home, fake_run):
    shutil.copytree(fake_run.path, home / "demo")
    assert list(finished_runs()) == ["demo", "mine"]


def test_the_run_of_the_command_line_comes_before_all(home, fake_run, monkeypatch):
    shutil.copytree(fake_run.path, home / "demo")
    monkeypatch.setenv("RNALIGN_RUN", str(fake_run.path))
    assert list(finished_runs()) == ["fake-run", "demo", "mine"]
    monkeypatch.setenv("RNALIGN_RUN", str(home / "runs" / "mine"))
    assert list(finished_runs()) == ["mine", "demo"]


def test_runs_of_the_same_name_are_told_apart(home, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "mine"
    shutil.copytree(home / "runs" / "mine", elsewhere)
    monkeypatch.setenv("RNALIGN_RUN", str(elsewhere))
    found = finished_runs()
    assert [run.path for run in found.values()] == [elsewhere, home / "runs" / "mine"]
    assert len(found) == 2


def test_a_damaged_run_is_passed_over(home):
    (home / "runs" / "mine" / "settings.json").write_text("{")
    assert finished_runs() == {}


def test_a_run_is_read_once_until_its_files_change(home):
    run = Run.open(home / "runs" / "mine")
    first = kept(run)
    assert kept(run) is first
    later = (run.path / "metrics.json").stat().st_mtime + 10
    os.utime(run.path / "metrics.json", (later, later))
    assert kept(run) is not first


def test_samples_carry_positions_and_matches_of_scored_lines_only(fake_run):
    samples = map_samples(fake_run)
    aligned, matches = fake_run.aligned, fake_run.matches
    assert samples.index.tolist() == aligned.obs_names.tolist()
    assert samples["y_after"].tolist() == aligned.obsm["X_umap_after"][:, 1].tolist()
    scored = matches.index[matches["scored"]]
    assert 0 < len(scored) < len(matches)
    assert samples["match_before"].notna().sum() == len(scored)
    assert (samples.loc[scored, "match_after"] == matches.loc[scored, "match_after"]).all()
    tumor = samples.index[samples["sample_type"] == "tumor"][0]
    assert samples.loc[tumor, "name"] == tumor  # no name of its own


def test_provenance_names_cohort_run_and_settings(fake_run):
    lines = provenance(fake_run)
    assert fake_run.info["cohort_id"] in lines[0]
    assert "SIMULATED" in lines[0]
    assert fake_run.run_id in lines[1]
    assert '"n_folds":2' in lines[2]


def test_names_of_files_are_plain(fake_run, tmp_path):
    names = ['a "b"; <c>é', 'a "b"; <c>ö', "乳がん", "肺がん", "x v1.0", "x v1-0", "plain_1-a"]
    stems = []
    for name in names:
        shutil.copytree(fake_run.path, tmp_path / name)
        stems.append(stem("maps", Run.open(tmp_path / name)))
    assert stems[0].startswith("rnalign-maps-a-b-c-")
    assert stems[-1] == "rnalign-maps-plain_1-a"
    assert all(re.fullmatch("[A-Za-z0-9_-]+", found) for found in stems)
    assert len(set(stems)) == len(names)
