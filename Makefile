# `make app` serves the dashboard, `make test` runs what a change must pass. Both set up .venv when they need to.

PYTHON ?= python3.11
PIP_ARGS ?=
PORT ?= 8501
BROWSER ?= yes

BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: app test test-slow demo demo-benchmark clean

app: .venv/app.stamp
	@$(BIN)/python -m rnalign_core app --port $(PORT) $(if $(filter no,$(BROWSER)),--no-browser)

test: .venv/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -m "not slow"

test-slow: .venv/dev.stamp
	@$(BIN)/python -m pytest -m slow

# Rebuild the bundled demo: a simulated cohort with its truth, and the run trained on it. Narrower than the default, so
# that the repository stays small.
DEMO_SETTINGS := --set encoder_width=128 --set n_latent=32
demo: .venv/app.stamp
	@rm -rf scratch/demo*
	@$(BIN)/python -m rnalign_core demo --out scratch/demo.h5ad
	@$(BIN)/python -m rnalign_core train --cohort scratch/demo.h5ad --out scratch/demo $(DEMO_SETTINGS)
	@mv scratch/demo.truth.csv scratch/demo/truth.csv
	@rm -rf data/demo && mv scratch/demo data/demo

# Rebuild the bundled benchmark of the demo cohort (a quarter of an hour on two cores).
demo-benchmark: .venv/app.stamp
	@rm -rf scratch/demo_benchmark data/demo_benchmark
	@$(BIN)/python -m rnalign_core benchmark --cohort demo --out scratch/demo_benchmark --seeds 1
	@mkdir data/demo_benchmark
	@cp scratch/demo_benchmark/benchmark.json scratch/demo_benchmark/results.json scratch/demo_benchmark/results.parquet data/demo_benchmark

clean:
	@rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis build rnalign.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/app.stamp: requirements.txt constraints.txt pyproject.toml
.venv/dev.stamp: requirements-dev.txt requirements.txt constraints.txt pyproject.toml
.venv/%.stamp:
	@command -v $(PYTHON) >/dev/null || { echo "RNAlign needs Python 3.11. Install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up .venv. The first time downloads 1 to 3 GB and takes several minutes." >&2
	@$(PYTHON) -m venv .venv && $(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "The folder .venv is broken or not of Python 3.11. Run 'make clean' and try again." >&2; exit 1; }
	@$(PIP_INSTALL) $(PIP_ARGS) --constraint constraints.txt --requirement $<
	@$(PIP_INSTALL) --no-deps --editable .
	@touch .venv/app.stamp $@
