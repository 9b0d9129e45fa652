# The two commands that matter: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help venv demo test check integration molecule hosts test-cluster bench generate format lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

venv: ## Make .venv and the collection tree under build/collections
	@$(PYTHON) tools/prepare.py venv tree

demo: venv ## Register the examples on an embedded AWS, twice: no cloud, no Docker, no Galaxy
	@$(VENV)/python -m tools.demo

test: check integration molecule hosts ## Everything but the cluster

check: venv ## Static checks and unit tests on all supported Pythons and ansible-cores
	@$(PYTHON) tools/prepare.py matrix
	@$(VENV)/python -m tools.check static

integration: venv ## Modules, playbooks and documented examples against AWS's API over HTTP
	@$(PYTHON) tools/prepare.py matrix
	@$(VENV)/python -m tools.check integration

molecule: venv ## Scenarios of the roles, on real systemd hosts with a real Docker; needs root
	@$(VENV)/python -m tools.check molecule

hosts: venv ## Modules, roles and playbooks on such hosts in depth, and faults; needs root
	@$(VENV)/python -m tools.check hosts

test-cluster: venv ## Clusters of real nodes, from bare hosts to an app on them, and faults; needs root
	@$(VENV)/python -m tools.check cluster --only '$(ONLY)'

bench: venv ## Compare with the peers, in one run; prints ratios
	@$(VENV)/python -m benchmarks.compose
	@$(VENV)/python -m benchmarks.ecs_task_def
	@$(VENV)/python -m benchmarks.cost_check
	@$(VENV)/python -m benchmarks.compose_stack
	@$(VENV)/python -m benchmarks.deploy_ecs

generate: venv ## Write the files that are made from code: reference pages and API shapes
	@$(VENV)/python -m tools.generate_ecs_shapes
	@$(VENV)/python -m tools.generate_docs
	@$(VENV)/python -m tools.docs_roles

format: venv ## Format the Python code
	@$(VENV)/ruff format --quiet .
	@$(VENV)/ruff check --quiet --fix .

lock: ## Resolve requirements-dev.in into requirements-dev.txt
	@$(PYTHON) tools/prepare.py lock

clean: ## Remove what was made here; ~/.cache/slipway stays
	@rm -rf .venv .venv.lock build .ansible .mypy_cache .pytest_cache .ruff_cache .hypothesis
