# Every command of the project. `make help` lists them; README.md explains them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PY := .venv/bin/python
export ENVIRONMENT ?= development
# make takes USER and EMAIL from the environment, where they are the login's; a token's come from the command line.
from_command_line = $(if $(filter command line,$(origin $(1))),$(value $(1)))
export TOKEN_USER := $(or $(call from_command_line,USER),alice)
export TOKEN_EMAIL := $(call from_command_line,EMAIL)
export TOKEN_TTL := $(call from_command_line,TTL)
export TOKEN_ROLE := $(call from_command_line,ROLE)
export SEED_COUNT := $(call from_command_line,COUNT)
export FUZZ_SECONDS := $(call from_command_line,SECONDS)
export CONTRACT := $(call from_command_line,CONTRACT)
export CONTRACTS := $(call from_command_line,CONTRACTS)
export OUT := $(call from_command_line,OUT)
export BASE := $(call from_command_line,BASE)
# The linter of contracts is to ask nobody anything.
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true
UV_INSTALL := .venv/bin/uv pip install --quiet --require-hashes --python
BENCH := build/bench
NOT_RUN := build/not-run

.PHONY: help serve example mock token seed migrate generate check-generated openapi lint-contract contract-diff format lint types
.PHONY: typescript client unit fuzz mutants lint-score try bench growth bench-check bench-tokens audit auth soak test lock docs-assets dev node clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 18

# On stderr: what a target prints may be a token.
installing = echo "make: installing what is missing in $(@D), which may take a minute" >&2

.venv/uv: requirements-uv.lock
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not installed; Python 3.11 or newer is needed" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; set PYTHON=<a newer one>" >&2; exit 1; }
	@$(installing)
	@$(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

.venv/embedded: .venv/uv requirements-embedded.lock
	@$(installing)
	@$(UV_INSTALL) $(PY) -r requirements-embedded.lock
	@touch $@

.venv/dev: .venv/embedded requirements-dev.lock
	@$(installing)
	@$(UV_INSTALL) $(PY) -r requirements-dev.lock
	@touch $@

node_modules/.installed: package.json package-lock.json
	@$(installing)
	@npm ci --no-progress --loglevel=error
	@touch $@

# Apart from everything else: the other frameworks are nobody's dependencies but the benchmark's.
$(BENCH)/venv/.installed: .venv/uv requirements-bench.lock
	@$(PYTHON) -m venv $(BENCH)/venv
	@$(UV_INSTALL) $(BENCH)/venv/bin/python -r requirements-bench.lock
	@touch $@

$(BENCH)/fastify/.installed: $(wildcard scripts/bench/fastify/*) scripts/bench/fastify/.npmrc
	@mkdir -p $(BENCH)/fastify && cp $^ $(BENCH)/fastify/
	@cd $(BENCH)/fastify && npm ci --no-progress --loglevel=error
	@touch $@

dev: .venv/dev

# The TypeScript half needs Node. Without it the rest still works, and what was left out is named at the end of `make test`.
node:
	@mkdir -p build && if command -v node >/dev/null && node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)'; \
	then $(MAKE) node_modules/.installed; \
	elif [ -n "$${CI:-}" ]; then echo "make: Node 20 or newer is needed where CI is set" >&2; exit 1; else rm -f node_modules/.installed; fi

serve: .venv/embedded ## serve [HOST=127.0.0.1] [PORT=8000]: migrate and serve until stopped
	@exec $(PY) -m scripts.serve

token: .venv/embedded ## -s token USER=alice [EMAIL=..] [ROLE=..] [TTL=3600]: print a development token
	@$(PY) -m scripts.token --user "$$TOKEN_USER" $${TOKEN_EMAIL:+--email "$$TOKEN_EMAIL"} $${TOKEN_ROLE:+--role "$$TOKEN_ROLE"} $${TOKEN_TTL:+--ttl "$$TOKEN_TTL"}

seed: .venv/embedded ## seed [USER=alice] [COUNT=1000] [SEED=..]: add made-up tasks, for trying lists
	@$(PY) -m scripts.seed --user "$$TOKEN_USER" $${SEED_COUNT:+--count "$$SEED_COUNT"} $${SEED:+--seed "$$SEED"}

migrate: .venv/embedded ## bring the database of DATABASE_URL to this build's schema
	@$(PY) -m scripts.migrate

mock: dev ## mock [CONTRACT=..] [PORT=8000]: serve the examples of a contract, before there is a backend
	@exec $(PY) -m scripts.mock $${CONTRACT:+--contract "$$CONTRACT"} $${PORT:+--port "$$PORT"}

generate: dev node ## rewrite generated/ from openapi/tasks.yaml; CONTRACT=.. OUT=..: any contract, any folder
	@[ -z "$$CONTRACT" ] || [ -n "$$OUT" ] || { echo "make: OUT=<folder> is needed beside CONTRACT" >&2; exit 1; }
	@$(PY) -m scripts.generate $${CONTRACT:+--contract "$$CONTRACT"} $${OUT:+--out "$$OUT"}

check-generated: dev node ## fail with a diff where generated/ is stale
	@$(PY) -m scripts.generate --check

openapi: dev ## -s openapi: print the document that FastAPI derives from the generated code
	@$(PY) -m scripts.openapi

lint-contract: dev node ## lint openapi/tasks.yaml
	@$(PY) -m scripts.lint_contract
	@$(PY) -m openapi_spec_validator openapi/tasks.yaml
	@$(call with-node,the contract linter Redocly,npx redocly lint openapi/tasks.yaml >build/redocly 2>&1 || { cat build/redocly; exit 1; })

contract-diff: dev ## contract-diff [BASE=<tag or file>]: changes since the last release that would break clients
	@$(PY) -m scripts.contract_diff $${BASE:+"$$BASE"}

format: dev ## format and sort what a formatter can
	@$(PY) -m ruff check --fix-only --quiet . && $(PY) -m ruff format --quiet .

lint: dev ## ruff: format and rules
	@$(PY) -m ruff format --check . && $(PY) -m ruff check .

types: dev ## mypy --strict and pyrefly, both over everything
	@$(PY) -m mypy && .venv/bin/pyrefly check --python-interpreter-path $(PY)

typescript: dev node ## the package, three generators' clients and the example: compiled strictly, no any
	@$(call with-node,the TypeScript checks,npx tsc --project generated/typescript && node scripts/consumer/check.mjs && npx tsc --project scripts/example-frontend)

unit: dev node ## the tests alone, with branch coverage
	@rm -f .coverage .coverage.*
	@[ ! -e node_modules/.installed ] || npx tsc --project generated/typescript
	@complete=; for tool in node chromium redis-server wrk pgbouncer; do command -v $$tool >/dev/null || complete=--cov-fail-under=0; done; \
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || complete=--cov-fail-under=0; \
	if [ -n "$$complete" ]; then mkdir -p build; echo "not run: the coverage gate (needs Node 20, Chromium, redis-server, wrk, pgbouncer and PostgreSQL with contrib, whose tests were not run)" | tee -a $(NOT_RUN); fi; \
	$(PY) -m pytest -n 2 --cov --cov-report=term $$complete

example: .venv/embedded node ## example [WEB_PORT=5173] [AUTH_PORT=3000] [PORT=8000]: an example front end with all it needs
	@[ -e node_modules/.installed ] || { echo "make: Node 20 or newer is needed for the example" >&2; exit 1; }
	@npx tsc --project generated/typescript
	@exec $(PY) -m scripts.example

client: node ## build and pack the TypeScript package of generated/typescript/, and measure it
	@[ -e node_modules/.installed ] || { echo "make: Node 20 or newer is needed for the client" >&2; exit 1; }
	@node scripts/client/build.mjs

fuzz: dev ## fuzz [URL=..] [SECONDS=300] [SEED=..]: Schemathesis against a running service, or its own
	@$(PY) -m scripts.fuzz $${URL:+--url "$$URL"} $${FUZZ_SECONDS:+--seconds "$$FUZZ_SECONDS"} $${SEED:+--seed "$$SEED"}

mutants: dev ## mutants [FUZZ=50]: how many changes of one fact of the contract exchanges contradict
	@$(PY) -m scripts.witnesses $${FUZZ:+--fuzz "$$FUZZ"}

lint-score: dev node ## how many kinds of faults in contracts the linters see
	@$(PY) -m scripts.lint_contract --seeded

try: dev ## try CONTRACTS=<folder>: generate, boot and compare every contract of a folder
	@$(PY) -m scripts.try_contracts "$${CONTRACTS:-openapi/tasks.yaml}"

bench: $(BENCH)/venv/.installed ## what a request costs here and in other frameworks (under 40 minutes); QUICK=1: under 5
	@if command -v npm >/dev/null; then $(MAKE) $(BENCH)/fastify/.installed; fi
	@if [ -n "$${QUICK:-}" ]; then $(BENCH)/venv/bin/python -m scripts.bench --quick; else $(BENCH)/venv/bin/python -m scripts.bench --out docs/performance; fi

growth: dev ## what grows with tasks, requests and connections (under an hour); QUICK=1: under 10 minutes
	@if [ -n "$${QUICK:-}" ]; then $(PY) -m scripts.growth --quick; else $(PY) -m scripts.growth --out docs/performance; fi

bench-check: dev ## the share of a list request's CPU time that checking its answer takes
	@$(PY) -m scripts.bench.answer_check

bench-tokens: dev ## what verifying hostile tokens costs beside good ones
	@$(PY) -m scripts.bench.hostile_tokens

audit: dev node ## ask for known vulnerabilities of what the locks pin (needs the network)
	@$(PY) -m scripts.audit

auth: node ## auth [AUTH_PORT=3000]: Better Auth in memory, for a front end on this machine
	@[ -e node_modules/.installed ] || { echo "make: Node 20 or newer is needed for Better Auth" >&2; exit 1; }
	@PORT="$${AUTH_PORT:-3000}" exec node scripts/better_auth/server.mjs

soak: export SOAK_SECONDS = $(or $(call from_command_line,SECONDS),300)
soak: dev node ## soak [SECONDS=300]: outages of Better Auth under load
	@[[ "$$SOAK_SECONDS" =~ ^[0-9]+$$ ]] || { echo "make: SECONDS must be a whole number" >&2; exit 1; }
	@$(PY) -m pytest -q -s backend/tests/test_better_auth.py -k outages

test: dev node ## everything that CI checks
	@mkdir -p build && rm -f $(NOT_RUN)
	@for step in check-generated lint-contract contract-diff lint types typescript unit; do echo "== $$step"; $(MAKE) $$step; done
	@if [ -s $(NOT_RUN) ]; then echo "== not run"; cat $(NOT_RUN); fi

lock: .venv/uv ## write the lock files anew from pyproject.toml and package.json
	@$(PY) -m pip --version >/dev/null
	@for group in dev embedded telemetry bench; do .venv/bin/uv pip compile pyproject.toml --group $$group $(LOCK) $(if $(wildcard requirements-dev.lock),-c requirements-dev.lock) -o requirements-$$group.lock; done
	@.venv/bin/uv pip compile pyproject.toml $(LOCK) -c requirements-dev.lock -o requirements.lock
	@for folder in . scripts/bench/fastify; do (cd $$folder && npm install --package-lock-only); $(PY) -c "import json, pathlib, sys; p = pathlib.Path(sys.argv[1], 'package-lock.json'); d = json.loads(p.read_text()); [v.pop('funding', None) for v in d['packages'].values()]; p.write_text(json.dumps(d, indent=2) + '\n')" $$folder; done
LOCK := --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet

docs-assets: node ## copy Swagger UI's files from node_modules to backend/docs/
	@cp node_modules/swagger-ui-dist/{swagger-ui-bundle.js,swagger-ui-bundle.js.LICENSE.txt,swagger-ui.css,LICENSE,NOTICE} backend/docs/

clean: ## remove what commands made, but not the development database
	@rm -rf .venv node_modules build .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis

# with-node <what> <command>: run the command, or put <what> on the list of what was not run
with-node = if [ -e node_modules/.installed ]; then $(2); else mkdir -p build; echo "not run: $(1) (needs Node 20)" | tee -a $(NOT_RUN); fi
