# Two commands: `make up` runs Failwatch, `make test` tests it. Both need only git, make and
# Python 3.11 or newer; everything else goes into .venv, locked and hashed.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv

.PHONY: up venv test lock clean

up: venv
	$(BIN)/failwatch up

venv: .venv/.installed

test: .venv/.tested
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

.venv/.uv: requirements-uv.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Failwatch needs Python 3.11 or newer; say which with: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	touch $@

.venv/.installed: .venv/.uv requirements.lock pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

.venv/.tested: .venv/.installed requirements-test.lock
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-test.lock
	touch $@

# Raises every pin to the newest that pyproject.toml allows; names no registry.
lock: .venv/.uv
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade -c requirements.lock --extra test pyproject.toml -o requirements-test.lock
	printf 'uv==0.13.8\n' | $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate - -o requirements-uv.lock

clean:
	rm -rf .venv build dist *.egg-info
