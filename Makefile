PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: setup run test bench lock format

setup: $(STAMP)

$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Akademe needs Python 3.11 or newer (set PYTHON=...)." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { echo "Python's venv module is missing: install it first (Debian: apt-get install python3-venv)." >&2; exit 2; }
	@echo "Installing what Akademe needs into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 src $(VENV)/lib || true
	@touch $(STAMP)

run: setup
	@$(BIN)/akademe serve --demo

test: setup
	@$(BIN)/python -m tests.check

bench: setup
	@$(BIN)/python -m tests.load.bench

format: setup
	@$(BIN)/ruff check --fix --quiet src tests && $(BIN)/ruff format --quiet src tests

# Versions and hashes, no addresses: uv is a developer's tool, users install with pip.
lock: setup
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o requirements/main.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --group dev pyproject.toml -o requirements/dev.lock
