# `make help` lists what there is. Everything that needs the set-up does it first; the second time it takes a second.
PYTHON ?= python3
VENV := .venv/bin
ONCE ?=
ONLY ?=
PYTEST_ARGS ?=
LONG ?=
SEED ?=
MINUTES ?=
PLANTED ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check promtool bench torture sbom image

help: ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: ## .venv with the `mentorship` command, RabbitMQ, MongoDB
	@command -v $(PYTHON) >/dev/null || { echo "setup: Python 3.11 or newer is needed: install python3." >&2; exit 1; }
	@$(PYTHON) scripts/setup.py

demo: setup ## the whole system on this machine, with the whole flow played through it (ONCE=1: and then stop)
	@ONCE=$(ONCE) $(VENV)/python -m shared.demo

test: setup ## every test, against a real RabbitMQ and a real MongoDB
	@$(VENV)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: setup ## lint, types, import rules, the table of requirements
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy
	@$(VENV)/python scripts/requirements.py --check
	@if [ -n "$$(ls tests/architecture)" ]; then $(VENV)/python -m pytest tests/architecture; fi

promtool: ## the checker of Prometheus' rules, for a test that is skipped without it
	@scripts/promtool.sh

bench: setup ## every benchmark, into docs/benchmarks.md (ONLY=B2: that one; several in quotes)
	@$(VENV)/python -m tests.benchmarks $(ONLY)

torture: setup ## the whole system under kills, partitions and load, 5 minutes (LONG=1: 45, with a report; SEED=, MINUTES=, PLANTED=1)
	@$(VENV)/python -m tests.torture $(if $(LONG),--long) $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(PLANTED),--planted)

sbom: ## a bill of materials of all pinned packages, in sbom.json
	@$(PYTHON) scripts/sbom.py sbom.json

image: ## the container image, where Docker is
	@command -v docker >/dev/null || { echo "image: Docker is needed." >&2; exit 1; }
	@docker build --file deploy/image/Dockerfile --tag mentorship:local --tag mentorship:0.1.0 .
