PYTHON ?= python3
BIN := .venv/bin

.PHONY: help install demo deploy test check format bench lock clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed ## Install the locked versions into .venv

# The lock is complete, so nothing is resolved; our own packages are linked, not built from an index.
.venv/installed: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make install PYTHON=python3.12"; exit 1; }
	@echo "Installing into .venv (a minute the first time)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/installed ## Sync a sandbox HubSpot into an embedded PostgreSQL, fully and then again
	@$(BIN)/crm-sync demo

deploy: .venv/installed ## Set up what runs when on the Prefect server that PREFECT_API_URL names
	@$(BIN)/crm-sync deploy $(SOURCES)

test: .venv/installed ## Run all tests; they start what they need
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: .venv/installed ## Check format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: .venv/installed ## Format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/installed ## Compare whole syncs with bare floors, side by side
	@$(BIN)/python -m benchmarks.hubspot
	@$(BIN)/python -m benchmarks.tables
	@$(BIN)/python -m benchmarks.webhooks

lock: ## Lock the newest versions that pyproject.toml allows (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet --output-file requirements-dev.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet \
		--constraints requirements-dev.lock --output-file requirements.lock

clean: ## Remove what was installed and cached here
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
