"""What tests of the command line share."""

from __future__ import annotations

import json

import pytest

from rnalign_core import cli
from rnalign_core.cohort import save_cohort
from rnalign_core.cohort.demo import simulate
from rnalign_core.model import Settings, create_run


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Give every test a data home of its own, as its working directory is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RNALIGN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RNALIGN_RUN", "")
    return tmp_path / "home"


@pytest.fixture(scope="session")
def cohort():
    return simulate(3, n_tumors=300, n_lines=100, n_genes=200).cohort


@pytest.fixture
def cohort_file(cohort, tmp_path):
    path = tmp_path / "small.h5ad"
    save_cohort(cohort, path)
    return path


@pytest.fixture
def files(cohort, tmp_path):
    """Tables as a user has them: tumors genes x samples, lines samples x genes, labels with empty cells."""
    tumors = cohort[cohort.obs["sample_type"] == "tumor"].to_df().T
    lines = cohort[cohort.obs["sample_type"] == "cell_line"].to_df()
    tumors.to_csv(tmp_path / "tumors.tsv", sep="\t")
    lines.to_csv(tmp_path / "lines.csv")
    labels = cohort.obs[["sample_type", "cancer_type", "purity"]].rename_axis("sample_id")
    labels.to_csv(tmp_path / "samples.csv")
    return ["--expression", "tumors.tsv", "--expression", "lines.csv", "--samples", "samples.csv"]


def interval(value, low, high):
    return {"value": value, "low": low, "high": high}


def rates(micro, macro, median, chance):
    """Summary of a match rate whose intervals are 4 points to either side."""
    values = {"micro": micro, "macro": macro, "median_types": median}
    around = {name: interval(v, v - 0.04, v + 0.04) for name, v in values.items()}
    return around | {"chance": chance, "n_lines": 123, "n_types": 9}


def type_row(cancer_type, rate):
    counts = {"n_lines": 20, "n_tumors": 80}
    return {"cancer_type": cancer_type, **counts, "rate": rate, "low": 0.1, "high": 0.9, "chance": 0.05}


_HONEST = {
    "definition": "share of lines whose call is their own type.",
    "headline": "rnalign",
    "match": {
        "input_standardised": rates(0.531, 0.512, 0.476, 0.081),
        "rnalign": rates(0.684, 0.665, 0.637, 0.078),
    },
    "difference": {
        "micro": interval(0.153, 0.101, 0.207),
        "macro": interval(0.153, -0.011, 0.317),
        "median_types": interval(0.161, 0.022, 0.303),
    },
    "types": {
        "input_standardised": [type_row("LUAD", 0.4), type_row("BRCA", 0.55)],
        "rnalign": [type_row("BRCA", 0.95), type_row("LUAD", None)],
    },
    "label_conditioned": None,
}
_ECHOING = {
    **{key: _HONEST[key] for key in ("definition", "types")},
    "headline": None,
    "match": {"input_standardised": _HONEST["match"]["input_standardised"]},
    "label_conditioned": {
        "match": rates(0.991, 0.992, 0.993, 0.079),
        "follow": interval(0.964, 0.931, 0.988) | {"chance": 0.031, "n": 117},
    },
}


@pytest.fixture
def make_run(cohort_file, tmp_path):
    """Return a function that makes a run folder, finished if metrics are given."""

    def make(name="run", metrics=None, **settings):
        run = create_run(tmp_path / name, cohort_file, Settings(**settings))
        if metrics:
            (run.path / "metrics.json").write_text(json.dumps(metrics))
        return run

    return make


@pytest.fixture
def honest():
    """Content of ``metrics.json`` of a run whose types were hidden."""
    return _HONEST


@pytest.fixture
def echoing():
    """The same of a run that was told them."""
    return _ECHOING


@pytest.fixture
def refused(capsys):
    """Run a command that must be refused as bad input; return what it says."""

    def refused(*arguments) -> str:
        assert cli.main(list(map(str, arguments))) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "Traceback" not in err
        return err

    return refused
