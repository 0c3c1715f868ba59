.DEFAULT_GOAL := help
.PHONY: help run test lint bench docs requirements clean

PYTHON ?= python3
BIN := .venv/bin
export PYTHONHASHSEED := 0

.venv/base.stamp: requirements/base.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/base.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/base.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: .venv/base.stamp ## Install what is needed and run the release suite on the reference pipeline, offline
	$(BIN)/harness run evals/release.yaml --offline

test: .venv/dev.stamp lint ## Install what is needed and run lint, types, layers, tests and README checks
	$(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered --cov-fail-under=90

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev.stamp ## Measure scorer and parser throughput; prints ratios of one run
	$(BIN)/python tools/bench.py

docs: .venv/dev.stamp ## Write again what is generated: docs/rules, schemas, checksums, README blocks, notebook outputs
	$(BIN)/python tools/notebooks.py
	$(BIN)/python tools/generate.py

requirements: ## Compile the pinned requirements again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements/base.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group dev -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --all-extras -o requirements/all.txt
	printf 'hatchling\neditables\n' | uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o requirements/build.txt

clean: ## Remove what was installed and built
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .coverage*
