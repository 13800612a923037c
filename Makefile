# `make help` lists the targets. Everything runs from .venv, which scripts/setup.sh makes from locked wheels.
.DEFAULT_GOAL := help
.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: help setup demo test check soak bench samples lock clean

unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PYTHONNOUSERSITE := 1

BIN := .venv/bin
STAMP := .venv/.set-up
LOCK := uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) pyproject.toml requirements/build.in

# A checkout that was moved is set up anew: the scripts in .venv name the place where they were made.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(realpath .))
.PHONY: $(STAMP)
endif

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## make .venv from the locked wheels; instant where nothing changed

$(STAMP): requirements/dev.txt pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh

demo: setup ## inspect the samples and name the report to open
	@$(BIN)/python scripts/demo.py

test: check ## check, then every test
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

check: setup ## lint, format, types, layers, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/check_docs.py

soak: setup ## the long tests, and the property tests with 10,000 cases each
	$(BIN)/python -m pytest -m "soak or hypothesis" --hypothesis-profile=soak

bench: setup ## accuracy and cost of measuring against bounds and peers, about ten minutes; fails where a bound is missed
	$(BIN)/cvinspect bench measuring

samples: setup ## draw samples/ again, byte for byte
	$(BIN)/python scripts/make_samples.py

lock: ## renew requirements/*.txt after a change of pyproject.toml (needs uv; UPGRADE=1 takes newer releases)
	$(LOCK) -o requirements/run.txt
	$(LOCK) --extra dev -c requirements/run.txt -o requirements/dev.txt
	$(LOCK) requirements/peers.in --extra basler --extra genicam --extra parquet --extra postgres --extra cluster \
		-c requirements/dev.txt -o requirements/peers.txt

clean: ## remove .venv and everything that is made again
	rm -rf .venv build dist out ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
