# The one door to everything a contributor or CI does. Each target sets itself up: it needs git, make and a
# Python of 3.11 or later (another than the first found: make test PYTHON=/path/to/python3.13).
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

VENV    ?= .venv
WORKERS ?= 2
ARGS    ?=
export UV_HTTP_TIMEOUT ?= 180

bin     := $(VENV)/bin
py      := $(bin)/python
stamps  := $(VENV)/stamps
# An environment that is active outside must not decide what is installed here.
uv      := env -u VIRTUAL_ENV $(bin)/uv
install := $(uv) pip install --python $(py)
sync    := $(uv) pip sync --python $(py)
# Built in place with the locked hatchling, so that no build fetches anything.
package := $(install) --quiet --no-deps --no-build-isolation --editable .
compile := $(uv) pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
           --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

code    := $(wildcard xinfang_flow tests examples benchmarks tools)
face    := $(wildcard xinfang_flow/__init__.py xinfang_flow/errors.py tests/typing examples)

.PHONY: help
help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: $(stamps)/demo ## a register of petitions goes the whole way, in under a minute
	$(py) -m xinfang_flow demo $(ARGS)

.PHONY: test
test: $(stamps)/dev ## every test but the long ones (ARGS="-k word" for some of them)
	$(py) -m pytest -n $(WORKERS) --dist loadgroup -m "not long" $(ARGS)

# While no test is marked long there is nothing to run; once there is one, pytest's "no tests" (5) is a failure.
.PHONY: test-long
test-long: $(stamps)/dev ## the tests that take minutes
	@if grep --recursive --quiet --extended-regexp --include='*.py' 'mark\.long\b' $(wildcard tests/*/); then \
	  HYPOTHESIS_PROFILE=long $(py) -m pytest -n $(WORKERS) --dist loadgroup --timeout 1800 -m long $(ARGS); \
	else \
	  echo "no test is marked long yet"; \
	fi

.PHONY: check lint types face rooms shape
check: lint types face rooms shape ## every gate: lint and format, types, public face, rooms, shape

lint: $(stamps)/dev
	$(bin)/ruff check .
	$(bin)/ruff format --check .

types: $(stamps)/dev
	$(bin)/mypy $(code)

# pyright judges what users see, then whether every public symbol has a type.
face: $(stamps)/dev
	$(bin)/basedpyright --warnings $(face)
	$(py) tools/public_types.py

rooms: $(stamps)/dev
	$(bin)/lint-imports --no-logo

# No circles, no class or file beyond its size, no raw keys of records outside their owners, nothing undocumented.
shape: $(stamps)/dev
	$(py) -m pytest -q -p no:cacheprovider tests/architecture

.PHONY: fix
fix: $(stamps)/dev ## what ruff can put right by itself
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

.PHONY: names
names: $(stamps)/dev ## pin the public names as they are now (a reviewed act)
	$(py) tools/pin_names.py

.PHONY: bench
bench: $(stamps)/bench ## speed beside peers and floors, in one run
	$(py) -m benchmarks $(ARGS)

.PHONY: mutants
mutants: $(stamps)/mutants ## how much can break unseen: a sample of lines, one break each (ARGS="--lines 40 --seed 3")
	$(py) tools/mutants.py $(ARGS)

.PHONY: lowest
lowest: $(stamps)/dev ## every test but the long ones, on the lowest versions that pyproject.toml promises
	$(MAKE) VENV=.venv-lowest .venv-lowest/stamps/lowest
	.venv-lowest/bin/python -m pytest -n $(WORKERS) --dist loadgroup -m "not long" $(ARGS)

.PHONY: lock
lock: $(stamps)/uv ## resolve again and pin by hash (ARGS=--upgrade for newer versions)
	$(compile) --output-file requirements/bootstrap.txt requirements/bootstrap.in
	$(compile) --output-file requirements/dev.txt --all-extras pyproject.toml requirements/dev.in
	$(compile) --output-file requirements/demo.txt --extra cli --extra xlsx --constraints requirements/dev.txt \
	  pyproject.toml requirements/build.in
	$(compile) --output-file requirements/bench.txt --constraints requirements/dev.txt requirements/bench.in
	$(compile) --output-file requirements/mutants.txt --constraints requirements/dev.txt requirements/mutants.in
	$(compile) --output-file requirements/lowest.txt --resolution lowest-direct --all-extras pyproject.toml

.PHONY: clean
clean: ## what runs leave behind, not the environment
	rm -rf build dist out .benchmarks .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache \
	  .pytest_cache .ruff_cache
	find $(code) -type d -name __pycache__ -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## the environments too
	rm -rf .venv .venv-lowest

# ── the environment ─────────────────────────────────────────────────────────────────────────────
# A stamp is newer than what it was made from, so a second run starts at once. demo.txt is a part of
# dev.txt (same versions), bench.txt lies on top of it; all three share one environment.

$(stamps)/uv: requirements/bootstrap.txt
	@found=; for python in $(PYTHON) $(if $(PYTHON),,python3.11 python3 python3.14 python3.13 python3.12 python); do \
	  if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found=$$python; break; \
	  fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "make: needs Python 3.11 or later with venv and ensurepip (Debian: python3-venv); PYTHON= names one" >&2; \
	  exit 1; \
	fi; \
	rm -rf $(stamps); \
	"$$found" -m venv --clear $(VENV)
	$(py) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/bootstrap.txt
	@mkdir -p $(stamps) && touch $@

$(stamps)/demo: requirements/demo.txt pyproject.toml $(stamps)/uv
	$(install) --require-hashes --requirement requirements/demo.txt
	$(package)
	@touch $@

# sync takes away what the lock does not name, the benchmarks' peers among it.
$(stamps)/dev: requirements/dev.txt pyproject.toml $(stamps)/uv
	$(sync) --require-hashes requirements/dev.txt
	$(package)
	@rm -f $(stamps)/bench $(stamps)/mutants && touch $(stamps)/demo $@

$(stamps)/bench: requirements/bench.txt $(stamps)/dev
	$(install) --require-hashes --requirement requirements/bench.txt
	@touch $@

$(stamps)/mutants: requirements/mutants.txt $(stamps)/dev
	$(install) --require-hashes --requirement requirements/mutants.txt
	@touch $@

$(stamps)/lowest: requirements/lowest.txt $(stamps)/dev
	$(install) --require-hashes --requirement requirements/lowest.txt
	@touch $@
