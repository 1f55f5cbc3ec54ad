# Two commands on a fresh machine with Python 3.11+: `make run` and `make test`.

PORT ?= 8000
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && { echo $$p; break; }; done)
DEVELOPMENT := DEBUG=$${DEBUG:-true} SITE_URL=$${SITE_URL:-http://127.0.0.1:$(PORT)}

.DEFAULT_GOAL := help
.PHONY: help run test check style types migrations deployment architecture audit bench faults load quality format worker clean

help:
	@echo "make run     the site, a worker and a first edition on http://127.0.0.1:$(PORT)"
	@echo "make test    every test that this machine can run"
	@echo "make check   lint, types, migrations, deployment checks, the architecture"
	@echo "make audit   known weaknesses of the pinned packages, and the list of all of them in var/sbom.json"
	@echo "make bench   what pages, members, ingest and the archive cost beside floors and a peer; BENCH=\"--only P1,P9\" (bench/README.md)"
	@echo "make faults  break everything around the site that can be broken, and look at it meanwhile (docs/reliability.md)"
	@echo "make load    1,000 readers for five minutes while feeds come in; LOAD=\"--readers 100 --seconds 30\" for less"
	@echo "make quality how well stories, copies, related articles and rank agree with people, where labelled sets are (QUALITY_DIR)"
	@echo "make format  write the code as the formatter wants it"
	@echo "make worker  a worker and beat alone"
	@echo "make clean   forget the environment and everything under var/"

# exec: who ends make from elsewhere (a supervisor, an editor's stop button) ends the site, not a shell before it.
run: $(VENV)/run.stamp
	@$(DEVELOPMENT) exec $(BIN)/python -u manage.py run --port $(PORT)

worker: $(VENV)/run.stamp
	@$(DEVELOPMENT) exec $(BIN)/python -m celery -A newssite worker --beat --loglevel INFO

test: $(VENV)/dev.stamp
	@$(call pytest,not alone and not browser,--numprocesses $(JOBS) --dist loadfile)
	@$(call pytest,alone or browser,--numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder,$(ALONE))

check: $(VENV)/dev.stamp
	@$(MAKE) --no-print-directory --jobs $(JOBS) style types migrations deployment architecture

style:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types:
	@$(BIN)/mypy

migrations:
	@DEBUG=true $(BIN)/python manage.py makemigrations --check --dry-run

deployment:
	@. ./production.env.example && $(BIN)/python manage.py check --deploy --fail-level WARNING

architecture:
	@$(BIN)/python -m pytest -q tests/test_architecture.py

audit: $(VENV)/audit.stamp
	@$(BIN)/python -m bench.audit

bench: $(VENV)/bench.stamp
	@$(BIN)/python -m bench $(BENCH)

faults: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.faults

load: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.load $(LOAD)

quality: $(VENV)/run.stamp
	@$(BIN)/python -m bench.quality $(QUALITY)

format: $(VENV)/dev.stamp
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:
	@rm -rf $(VENV) var

$(VENV)/run.stamp: requirements.txt
	@$(call install,requirements.txt)

$(VENV)/dev.stamp: requirements.txt requirements-dev.txt requirements-stripe-document.txt
	@$(call install,requirements-dev.txt)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps -r requirements-stripe-document.txt >>$(VENV)/pip.log 2>&1

$(VENV)/audit.stamp: requirements.txt requirements-audit.txt
	@$(call install,requirements-audit.txt)

$(VENV)/bench.stamp: requirements.txt requirements-bench.txt
	@$(call install,requirements-bench.txt)

# First what shares a database as it was made; then what empties it, and last browsers and first runs, for a browser leaves
# an event loop behind (tests/conftest.py marks and orders them).
# 5 says that none of the tests asked for is of that kind.
# The files of these: to collect all of them takes ten seconds. tests/conftest.py refuses one that is left out.
ALONE = $(shell grep -rlE 'transaction=True|live_site|live_server|mark.browser' tests --include='test_*.py')
define pytest
	$(BIN)/python -m pytest $(2) -m "$(1)" $(or $(TESTS),$(3)) || [ $$? = 5 ]
endef

define install
	if [ -z "$(PYTHON)" ]; then echo "This needs Python 3.11 or newer: install it, or name one with make PYTHON=/path/to/python3."; exit 1; fi; \
	$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { echo "Python's venv module is missing: install it (on Debian: apt install python3-venv)."; exit 1; }; \
	echo "Installing $(1) into $(VENV) …"; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --only-binary :all: -r $(1) >$(VENV)/pip.log 2>&1 || \
		{ echo "The packages could not be installed: is there a way to PyPI from here? ($(VENV)/pip.log says more)"; exit 1; }; \
	touch $@
endef
