# Everything goes through a virtual environment of the project's own; nothing has to be installed before
# but python3, python3-venv and make.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 3000
SERVICES_PORT ?= 4566
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help setup browser dev test check lint types imports unit fix rules-docs bench clean

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/ready ## Make the virtual environment

.venv/ready: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@echo "Installing Cumulo and its tools into .venv ..."
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --editable '.[dev]'
	@touch $@

dev: setup ## Run the example `items` on this machine (PORT=3000 SERVICES_PORT=4566)
	@$(BIN)/cumulo dev --project examples/items --port $(PORT) --services-port $(SERVICES_PORT)

test: setup lint types imports browser ## Run all checks and all tests
	@command -v chromium >/dev/null || marks='not browser'; \
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile -m "$$marks" $(TESTS)

# The tests of web pages need a real browser. Who may not install one runs all others.
browser:
	@command -v chromium >/dev/null || { \
		echo "Installing Chromium for the tests of web pages ..."; \
		sudo=$$(test "$$(id -u)" = 0 || echo sudo -n); \
		$$sudo apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -qq -y chromium >/dev/null; \
	} || echo "Chromium can't be installed here: the tests of web pages are left out"

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

imports: setup
	@$(BIN)/lint-imports

fix: setup ## Mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

unit: setup ## Run the unit tests only
	@$(BIN)/python -m pytest tests/unit

rules-docs: setup ## Write docs/rules.md from the rules
	@$(BIN)/python -m cumulo.guidelines.rules_page docs/rules.md

bench: setup ## Measure against other tools (see benchmarks/README.md)
	@$(BIN)/python -m benchmarks

clean: ## Remove the virtual environment and all caches
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
