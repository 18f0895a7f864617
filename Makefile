# What a person runs in this repository; `make` alone lists it. CI runs the same targets.
# Everything is installed into .venv from requirements/dev.txt, by hash, with plain pip: no other tool is needed first.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PY := .venv/bin/python
ISOSERVE := .venv/bin/isoserve
STAMP := .venv/.installed
DEMO_STACK := stacks/Pulumi.demo.yaml
DEMO_MODELS := examples/digits/models

# pyright would ask an index for a newer release of itself at every run, and print that there is one
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Scripts and the editable install name the folder they were made in: a moved or copied checkout starts anew.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

##@ Use
.PHONY: demo
demo: engine $(DEMO_MODELS) $(DEMO_STACK) ## Train the example, bring it up on this machine, ask it for a prediction
	@$(ISOSERVE) up -s demo
	$(ISOSERVE) invoke -s demo
	echo
	echo "First:        source .venv/bin/activate"
	echo "Look at it:   isoserve status -s demo"
	echo "Its logs:     isoserve logs -s demo"
	echo "Change it:    edit stacks/services/digits.yaml or $(DEMO_STACK), then isoserve up -s demo"
	echo "End it:       make demo-down"

.PHONY: demo-down
demo-down: $(STAMP) ## End what `make demo` started and remove what it made
	@if [ -f $(DEMO_STACK) ]; then $(ISOSERVE) destroy -s demo --yes; fi
	rm -rf $(DEMO_STACK) $(DEMO_MODELS)

##@ Develop
.PHONY: venv
venv: $(STAMP) ## Make .venv from the hash lock (nothing to do when it is up to date)

.PHONY: engine
engine: $(STAMP) ## Find, download or build the Pulumi engine (once; building takes some minutes)
	@$(PY) -c "from isoserve.engine import locate_engine; e = locate_engine(report=print); print(f'engine {e.version}: {e.path}')"

.PHONY: check
check: $(STAMP) ## Format, lint, types, layers and architecture: under a minute, before every commit
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m pyright
	.venv/bin/lint-imports
	$(PY) -m pytest -q tests/architecture

.PHONY: test
test: engine ## The whole suite (ARGS="-k name" picks)
	$(PY) -m pytest -n 2 $(ARGS)

.PHONY: bench
bench: $(STAMP) ## Measure: every tests/bench/bench_*.py, one after the other
	@for file in tests/bench/bench_*.py; do echo "== $$file"; $(PY) "$$file"; done

# The resolver is uv: one lock for every platform and Python, and 70 times faster than pip-compile (docs/adr/0006).
# pip installs what it wrote. The index is the one pip is set to; it never enters a lock.
EXTRAS := aws gcp azure kubernetes monitor
LOCK = $(PY) -m uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-emit-package pip $(if $(UPGRADE),--upgrade)
.PHONY: lock
lock: $(STAMP) ## Write requirements/*.txt anew from pyproject.toml (UPGRADE=1 takes the newest versions)
	@index=$${PIP_INDEX_URL:-$$($(PY) -m pip config get global.index-url 2>/dev/null || true)}
	[ -z "$$index" ] || export UV_DEFAULT_INDEX="$$index"
	export UV_CUSTOM_COMPILE_COMMAND="make lock"
	$(LOCK) --extra local --extra dev -o requirements/dev.txt pyproject.toml
	$(LOCK) --extra local -c requirements/dev.txt -o requirements/local.txt pyproject.toml
	for extra in $(EXTRAS); do $(LOCK) --extra "$$extra" -o "requirements/$$extra.txt" pyproject.toml; done

.PHONY: clean
clean: ## Remove what tools left behind (keeps .venv, running endpoints and their state)
	rm -rf build dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.ONESHELL:

$(STAMP): requirements/dev.txt pyproject.toml
	@python=$$(.ci/find-python)
	echo "installing requirements/dev.txt into .venv with $$python (about a minute the first time)"
	[ "$$(cat $@ 2>/dev/null)" = "$(CURDIR)" ] || "$$python" -m venv --clear .venv
	$(PY) -m pip install --quiet --no-input --require-hashes --no-deps -r requirements/dev.txt
	$(PY) -m pip install --quiet --no-input --no-deps --no-build-isolation -e .
	printf '%s' "$(CURDIR)" > $@

$(DEMO_STACK): | stacks/Pulumi.digits-local.yaml
	@cp stacks/Pulumi.digits-local.yaml $@

$(DEMO_MODELS): examples/digits/train.py $(STAMP)
	@$(PY) $<
	touch $@
