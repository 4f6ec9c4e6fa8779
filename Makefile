# Everything runs in .venv with the versions of requirements.lock; nothing else on the machine changes.
PYTHON ?= python3
PORT ?= 5000
APP_PORT = $(if $(filter 5000,$(PORT)),8501,$(PORT))
STORE ?= $(CURDIR)/mlruns/mlflow.db
BIN := .venv/bin
# Tests wait for processes that they start, so two more of them run than there are processors.
# Nor does one begin again in place of one that a test took with it: it would begin with the same test.
WORKERS = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
LIBRARY := src/segmentlab/report/library

export MLFLOW_DISABLE_TELEMETRY ?= true
# Without compiled files each of the processes that tests start compiles all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check docs notebook format ui app bench spark lock plotly clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: .venv/run ## set up, and segment the embedded synthetic world
	$(BIN)/python src/run.py model=kmeans features=rfm

test: .venv/dev ## set up, and run the tests (ARGS="-k rfm" for some of them)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --max-worker-restart 0 $(ARGS)

check: .venv/dev ## format, lint and types, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: .venv/dev ## run every command of README and docs (PAGES=docs/score.md for some)
	$(BIN)/python -m docs.check $(PAGES)

notebook: .venv/run ## run what the lab notebook's notes say, and make their tables (ARGS="notes=[3]" for some)
	$(BIN)/python src/notebook.py $(ARGS)

format: .venv/dev ## format the code and mend what lint can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

ui: .venv/run ## look at the runs in MLflow's pages, on this machine only (PORT=5000)
	$(BIN)/python src/ui.py port=$(PORT) "tracking.uri=sqlite:///$(STORE)"

app: .venv/app ## look at segments and runs in a dashboard, on this machine only (PORT=8501)
	$(BIN)/python src/app.py port=$(APP_PORT) "tracking.uri=sqlite:///$(STORE)"

bench: .venv/dev ## measure what the documentation claims
	$(BIN)/python bench/measured.py
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/one_thread.py
	$(BIN)/python bench/world.py
	$(BIN)/python bench/models.py --sizes 6000
	$(BIN)/python bench/cache.py
	$(BIN)/python bench/seeds.py
	$(BIN)/python -m bench.conclusions --customers 500 --seeds 20
	$(BIN)/python -m bench.leaderboard
	$(BIN)/python bench/tuning.py --customers 5878 --plain-trials 20
	$(BIN)/python -m bench.choosing
	@! $(BIN)/python -c "import pyspark" 2>/dev/null || $(BIN)/python bench/scale.py

spark: .venv/spark ## set up PySpark as well, for engine=spark (it also needs Java 17)

lock: .venv/dev ## write requirements.lock anew within the ranges of pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras \
		--no-annotate --no-emit-index-url --quiet --output-file requirements.lock \
		--custom-compile-command "make lock"

plotly: ## build the part of Plotly that pages carry (needs npm; after a new version of plotly, or a new kind of trace)
	folder=$$(mktemp -d) && cp $(LIBRARY)/package.json $(LIBRARY)/*.js $(LIBRARY)/build.cjs $$folder && \
		(cd $$folder && npm install --no-audit --no-fund && npm run build) && \
		cp $$folder/plotly.min.js.gz $$folder/unpack.min.js $$folder/node_modules/plotly.js/LICENSE $(LIBRARY)/ && \
		cp $$folder/node_modules/fflate/LICENSE $(LIBRARY)/LICENSE.fflate && rm -r $$folder

clean: ## remove .venv and caches; runs are kept
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "SegmentLab needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/run: .venv/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .
	@touch $@

.venv/app: .venv/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[app]'
	@touch $@

.venv/spark: .venv/dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev,spark]'
	@touch $@

.venv/dev: .venv/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev]'
	@touch $@ .venv/run
