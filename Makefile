# Everything from a fresh clone: each target sets up what it needs and is missing, then does its work.
# Needs python3 (3.11 or newer), git and make; `make help` lists the targets.

PYTHON ?= python3
URL ?= http://127.0.0.1:8080
KILLS ?= 50
POST ?= postfix
SETUP = exec $(PYTHON) scripts/setup.py

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run setup test check docs bench crash evaluate screenshots image clean python

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: python ## set up, then serve the demo city; Ctrl-C stops it
	@$(SETUP) run --then .venv/bin/onthaal demo

setup: python ## set up what `make run` needs, and nothing more
	@$(SETUP) run

test: python ## set up what the tests need, then run all of them
	@$(SETUP) test --then $(PYTHON) scripts/gate.py test

check: python ## lint, types, layers and repository rules
	@$(SETUP) check --then $(PYTHON) scripts/gate.py check

docs: python ## build the documentation site in site/; a warning is an error
	@$(SETUP) docs --then .venv/bin/python scripts/docs_site.py

bench: python ## measure speed and memory beside bare references; renews docs/performance.md
	@$(SETUP) test --then .venv/bin/python -m benchmarks

evaluate: python ## ask the bot known questions about the demo city, and show what its answers are worth
	@$(SETUP) run --then .venv/bin/onthaal evaluate --catalogue demo/voorbeeldstad/products \
	  --questions nlu_data/questions/colloquial_test.jsonl --out-of-scope nlu_data/questions/refuse_test.jsonl \
	  $(if $(LEARNED),--learned '$(LEARNED)')

screenshots: python ## renew docs/images from a hub that `make run` started elsewhere; URL names another one
	@HUB_URL=$(URL) PICTURES=docs/images $(SETUP) test --then node tests/e2e/main_job.mjs

crash: python ## kill the hub KILLS times while mail and chats flow; needs root for Postfix, or POST=direct
	@$(SETUP) test --then .venv/bin/python -m tests.crash --kills $(KILLS) --post $(POST) \
	  $(if $(SEED),--seed $(SEED)) $(if $(DATABASE_URL),--database-url '$(DATABASE_URL)')

image: ## build the container images of hub and bot (needs Docker); docs/how-to/containers.md tells the rest
	@REVISION=$$(git rev-parse --short HEAD) docker compose build

clean: ## remove what set-up made; database and mail in var/ stay
	rm -rf .tools .venv bot/.venv node_modules site var/models
	rm -rf .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find bot channels intake scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "This needs Python 3.11 or newer as $(PYTHON). Install it (Debian: sudo apt-get install python3)," >&2; \
	  echo "or name another one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
