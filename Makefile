# We Defend. `make` lists what can be made.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

environment: ## Install what the lock file names into .venv (the others do it by themselves)
	@$(PYTHON) tools/environment.py

demo: environment ## Everything running on this machine, with a campaign and a launched alert; Ctrl-C stops it
	@exec $(BIN)/alerts demo

test: environment ## All tests: unit, database, worker, browser
	@$(BIN)/python tools/browser.py $(BIN)/python -m pytest $(TESTS)

check: environment ## Everything but the tests: format, lint, types, layers, migrations, secrets
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/check_tree.py
	$(BIN)/python -m tools.check_models
	$(BIN)/python tools/check_known_faults.py

bench: environment ## How fast it is, beside plain yardsticks in the same run; QUICK=1 for a short look
	@$(BIN)/python -m bench

chaos: environment ## Every failure at every point, on real processes, into docs/failures.md; takes minutes
	@$(BIN)/python -m chaos $(SCENES)

format: environment ## Format and mend what can be mended
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --fix --quiet .

messages: environment ## Collect texts for translation into alerts/translations
	@$(BIN)/python -m tools.messages

lock: environment ## Lock packages anew after a change of pyproject.toml
	@$(PYTHON) tools/environment.py --lock
	@$(PYTHON) tools/environment.py

clean: ## Remove the environment and what the demo left
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help environment demo test check bench chaos format messages lock clean
