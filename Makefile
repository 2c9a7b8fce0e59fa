# The verbs of this project, the same on the desk and in CI. Needs make and Python 3.11 or newer, nothing else.
# Another Python: make PYTHON=/usr/bin/python3.12 setup.  More for pytest or mapper: make test ARGS="-k paths".

PYTHON ?= python3
ARGS ?=
# One more than there are processors, as some tests wait for other processes.
WORKERS ?= $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)")
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak check bench docs build clean

help: ## list these verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make the environment in .venv (the other verbs do it by themselves)

demo: $(READY) ## see a whole sync against simulated vendors
	$(BIN)/mapper demo $(ARGS)

test: $(READY) ## run the tests
	$(BIN)/pytest -q -n $(WORKERS) --dist worksteal $(ARGS)

soak: $(READY) ## prove under faults, kills and load what docs/reliability.md says: hours; ARGS=--short for minutes
	$(BIN)/python -m tests.soak $(ARGS)

check: $(READY) ## lint, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY) ## measure what is fast; ARGS="translate jsonl" for some of the parts
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(READY) ## write the generated parts of docs/ anew
	$(BIN)/python docs/make.py $(ARGS)

build: $(READY) ## make the wheel and the source archive in dist/
	$(BIN)/python -m build --no-isolation

clean: ## remove all that these verbs made
	rm -rf .venv .bench dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made once, and anew when what it holds has changed.
# The build backend is in the lock like all the rest, so the last step needs no environment of its own.
$(READY): pyproject.toml requirements.lock
	@command -v "$(PYTHON)" >/dev/null || { echo "mapper needs Python 3.11 or newer; there is no $(PYTHON) here (name another: make PYTHON=/path/to/python3.12 setup)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "mapper needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" --version 2>&1) (name another: make PYTHON=/path/to/python3.12 setup)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv." >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@
