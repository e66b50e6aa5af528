# Two commands matter: `make demo` shows the product doing its job, `make test` proves it.
# Each makes what it needs: a virtual environment from the lock file, and the toolchain of the sandbox.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test unit lint bench docs site dist toolchain lock clean

demo: toolchain  ## preview, up, up again and destroy of examples/quickstart in the sandbox; KEEP=1 leaves it running
	$(BIN)/python examples/demo.py $(if $(KEEP),--keep)

test: toolchain  ## every test, with branch coverage
	$(BIN)/coverage erase
	$(BIN)/pytest -n 2 --cov --cov-report=term $(ARGS)

unit: $(READY)  ## the pure laws and the components against mocks: seconds
	$(BIN)/pytest tests/model tests/components $(ARGS)

lint: $(READY)  ## formatting, ruff, mypy --strict and the layers
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: toolchain  ## how long a preview and an update take, and how much memory
	$(BIN)/python benchmarks/groups.py
	$(BIN)/python -m benchmarks.enrollment
	$(BIN)/python benchmarks/pods.py
	$(BIN)/python benchmarks/admission.py
	$(BIN)/python benchmarks/compile.py
	$(BIN)/python -m benchmarks.enforcement
	$(BIN)/python -m benchmarks.reach

docs: $(READY)  ## write docs/sandbox-behaviours.md from the rows beside the tests
	WRITE_DOCS=1 $(BIN)/pytest -q tests/test_behaviours.py

site: $(READY)  ## the documentation and its reference, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

dist: $(READY)  ## the wheel and the source distribution, in dist/
	rm -rf dist
	$(BIN)/python -m hatchling build

toolchain: $(READY)  ## what the sandbox runs: found, downloaded or built, once
	@$(BIN)/sg-integration sandbox toolchain > /dev/null

lock: $(READY)  ## resolve the dependencies anew
	$(BIN)/uv pip compile -q --universal --python-version 3.10 --no-emit-index-url --generate-hashes \
		--extra sandbox --group dev --group docs --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

clean:  ## remove what make made here; the toolchain's cache stays
	rm -rf $(VENV) .sandbox site .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed; set PYTHON=")'
	@echo 'Installing the dependencies into $(VENV): about 900 MB and a minute …'
	$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
