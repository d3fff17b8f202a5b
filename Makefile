# What people and machines run here. Each target does the set-up it needs, once.

PYTHON ?= python3
BIN := .venv/bin
SETUP := .venv/set-up
OUT ?= coffee-inspected

.PHONY: help demo app test check page page-parts docs bench bench-gpu bench-rest soak browser clean
help:  ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

demo: $(SETUP)  ## set up, inspect a bundled photo with the bundled network, and say where the page is
	@echo "== the demo: a cup of coffee through the bundled network (a minute or two)"
	@$(BIN)/seethrough inspect coffee --out $(OUT)

app: $(SETUP)  ## set up, and open the page on which one looks inside a network by hand
	@$(BIN)/seethrough app --open

test: check page-parts  ## set up, check style and types, and run the tests on both cores
	@echo "== tests"
	@$(BIN)/pytest -n 2 --dist worksteal

check: $(SETUP)  ## style (ruff) and types (mypy) alone
	@echo "== style"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@echo "== types"
	@$(BIN)/mypy

page: page-parts  ## build the page of `seethrough app` into the package, from web/ (Node needed)
	@cd web && npm run --silent check && npm run --silent build

page-parts:  # what builds the page, where Node is there: a test then builds it and compares
	@if command -v npm >/dev/null; then cd web && npm ci --silent --no-audit --no-fund || echo "npm ci failed: the test of the built page will be skipped"; \
	else echo "no Node: the test of the built page will be skipped"; fi

docs: $(SETUP)  ## build the documentation into site/
	@$(BIN)/python docs/make_methods.py
	@$(BIN)/zensical build --clean

bench: $(SETUP)  ## measure speed and memory beside the peers, into bench/results.json and docs/benchmarks.md (an hour or two)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[all,dev,docs,bench]'
	@$(BIN)/python bench/run.py

bench-gpu: $(SETUP)  ## the same on a CUDA device, where there is one
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[all,dev,docs,bench]'
	@$(BIN)/python bench/run.py --device cuda

bench-rest: $(SETUP)  ## measure what has no peer: accuracy, dreams named by another network, growth of memory, the cone layer by layer, the page
	@for script in accuracy dream_named study_map memory cone app; do \
		echo "== bench/bench_$$script.py"; $(BIN)/python bench/bench_$$script.py || exit 1; \
	done

soak: $(SETUP)  ## thirty browsers on the page's server for a minute: errors, waiting times, memory
	@$(BIN)/python bench/soak.py

browser:  ## bring Debian's Chromium for the browser tests, where apt is there
	@if command -v chromium >/dev/null; then echo "chromium is there"; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo "== installing chromium"; apt-get update -qq && apt-get install -y -qq chromium >/dev/null || echo "no chromium to be had"; \
	else echo "no chromium and no way to install it: browser tests will be skipped"; fi

clean:  ## remove what was built (the .venv too)
	@rm -rf .venv web/node_modules site coffee-inspected .mypy_cache .ruff_cache .pytest_cache

$(SETUP): pyproject.toml
	@echo "== setting up: a virtual environment in .venv with everything (once; a minute or two)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "seethrough needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[all,dev,docs]'
	@touch $(SETUP)
