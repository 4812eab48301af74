# The commands of this repository. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help run test bench format check clean

# Passed on to the command: make run ARGS="--port 9000", make bench ARGS="--quick".
ARGS ?=
# Progress is for people who watch; a log gets errors only.
QUIET := $(shell [ -t 2 ] || echo --quiet)

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# One file without libraries of its own to load, and without checks that tests make in debug builds: together about an
# eighth of the CPU of a request (docs/architecture.md).
RELEASE := -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked

run: ## install what is missing, build release, start the daemon
	@scripts/install-prerequisites.sh build
	@echo "building (the first time takes some minutes)"
	@swift build $(RELEASE) --product omniroute $(QUIET)
	@exec .build/release/omniroute serve $(ARGS)

test: ## install what is missing, build, run all tests
	@scripts/install-prerequisites.sh test
	@echo "building (the first time takes some minutes)"
	@swift build $(QUIET)
	@swift build --build-tests $(QUIET)
	@swift test
	@OMNIROUTE_BINARY="$(CURDIR)/.build/debug/omniroute" .venv/bin/python -m pytest Tests/Integration $(ARGS)

bench: ## build release, measure, print the table of ratios
	@scripts/install-prerequisites.sh bench
	@echo "building (the first time takes some minutes)"
	@swift build $(RELEASE) --product omniroute $(QUIET)
	@swift build $(RELEASE) --product routing-benchmark $(QUIET)
	@swift build $(RELEASE) --product ledger-benchmark $(QUIET)
	@Benchmarks/run $(ARGS)

format: ## rewrite all Swift files in the house format
	@swift format format --in-place --parallel --recursive Package.swift Sources Plugins Tests Benchmarks \
		Examples/*/Package.swift Examples/*/Sources

check: ## format, import rules, bans, file sizes, links, documented settings
	@scripts/install-prerequisites.sh check
	@scripts/check.sh

clean: ## remove what was built and the Python environment
	@rm -rf .build .venv Examples/EmbedRouter/.build
