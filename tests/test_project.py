"""The project as a whole: which room may import which, what starting up costs, what is installed."""

from __future__ import annotations

import ast
import fnmatch
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"torch", "umap", "numba", "sklearn", "streamlit", "distributed", "dask", "anndata"}
DISTRIBUTIONS = {"sklearn": "scikit-learn", "umap": "umap-learn", "yaml": "PyYAML"}


def imported_by(*arguments: str) -> set[str]:
    """Return the top-level modules that a fresh Python has after running with `arguments`."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = (
        line.rpartition("|")[2].strip()
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    )
    return {name.partition(".")[0] for name in names}


def test_rooms_depend_one_way():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("statement", ["import rnalign_core", "import rnalign_core.cli"])
def test_importing_is_quick(statement):
    names = imported_by("-c", statement)
    assert "rnalign_core" in names
    assert not names & HEAVY


@pytest.mark.parametrize("command", [[], ["train"], ["app"]])
def test_help_is_quick(command):
    names = imported_by("-m", "rnalign_core", *command, "--help")
    assert "argparse" in names
    assert not names & HEAVY


@pytest.mark.parametrize("room", ["model", "jobs", "decode"])
def test_reading_a_run_needs_no_torch(room):
    assert not imported_by("-c", f"import rnalign_core.{room}") & {
        "torch",
        "umap",
        "streamlit",
        "distributed",
    }


def pins(name: str) -> dict[str, str]:
    """Return the pinned version of each package of a requirements file."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return dict(line.split("==") for line in lines if line and not line.startswith("-r"))


def test_requirements_are_what_is_imported():
    sources = [ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("rnalign_core/**/*.py")]
    imported = set()
    alone = ROOT / "rnalign_core/methods/external_worker.py"  # runs in another environment
    for source in filter(Path.is_file, set(sources) - {alone}):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module.partition(".")[0])
    foreign = imported - sys.stdlib_module_names - {"rnalign_core"}
    assert {DISTRIBUTIONS.get(name, name) for name in foreign} == set(pins("requirements.txt"))


def test_constraints_pin_every_requirement_to_one_version():
    constraints = pins("constraints.txt")
    wanted = pins("requirements.txt") | pins("requirements-dev.txt")
    assert {name: constraints.get(name) for name in wanted} == wanted
    assert not any("+" in version or "/" in version for version in constraints.values())


def test_data_files_are_packaged():
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = setuptools["package-data"]["*"]
    files = [f for f in (ROOT / "rnalign_core").rglob("*") if f.is_file() and f.suffix not in (".py", ".pyc")]
    assert files
    assert [f for f in files if not any(fnmatch.fnmatch(f.name, pattern) for pattern in patterns)] == []
