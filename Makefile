# The commands a developer types. The work is done by CMake (CMakePresets.json) and tools/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

JOBS ?= $(shell nproc)
PYTHON ?= /usr/bin/python3
VENV_PYTHON := $(CURDIR)/.venv/bin/python
ARGS ?=

export PYTHON
export AISTUDIO_PYTHON ?= $(VENV_PYTHON)

# configure-and-build(preset, targets): an empty list of targets means all of them.
build = cmake --preset $(1) && cmake --build --preset $(1) -j $(JOBS) $(if $(2),--target $(2))

# The steps share build folders and the machine; each uses all processors by itself.
.NOTPARALLEL:

.PHONY: help demo test test-cpp test-bindings test-long test-asan test-tsan test-header-only test-size bench bench-full wheel format \
	format-check setup-demo setup-test setup-long setup-bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

demo: setup-demo ## Run the main job end to end: train, deploy and call a model on the local studio
	@$(call build,release,main_job aistudio)
	@build/release/examples/cpp/main_job $(ARGS)

test: setup-test format-check test-cpp test-bindings ## Build and run every test but the long ones

test-cpp: setup-test ## C++ tests only
	@$(call build,dev)
	@ctest --preset dev -j $(JOBS)

test-bindings: setup-test ## Python and Java tests only
	@for script in tools/test-python tools/test-java; do \
		if [ -x $$script ]; then echo "== $$script"; $$script; fi; \
	done

test-long: setup-long ## Sanitizers, the header-only build and the long tests
	@$(MAKE) --no-print-directory test-asan
	@$(MAKE) --no-print-directory test-tsan
	@$(MAKE) --no-print-directory test-header-only
	@$(MAKE) --no-print-directory test-size
	@$(call build,dev)
	@ctest --preset long -j $(JOBS)
	@tools/test-python -m long
	@tools/test-java --long
	@tools/build-wheel

test-asan test-tsan test-header-only: test-%: setup-long
	@$(call build,$*)
	@ctest --preset $* -j $(JOBS)

test-size: setup-demo
	@$(call build,release,main_job)
	@WORK=build/release/size STRIP=strip tests/consume/run.sh stripped_size build/release/examples/cpp/main_job 3700000

bench: setup-bench ## Measure a call beside other clients, and the parts (15 minutes)
	@cmake --preset release -DAISTUDIO_BUILD_BENCHMARKS=ON
	@cmake --build --preset release -j $(JOBS)
	@tools/bench $(ARGS)

bench-full: ## The same with more calls, connections, threads and loads (an hour)
	@$(MAKE) --no-print-directory bench ARGS="--full $(ARGS)"

wheel: setup-long ## Build the Python wheel for other machines, and the sdist
	@tools/build-wheel

format: ## Format the C++ files
	@tools/format

format-check: setup-test ## Check the format of the C++ files
	@tools/format --check

setup-demo: ## Install what is missing for the demo
	@tools/setup-debian demo
	@tools/setup-venv demo

setup-test: ## Install what is missing for the tests
	@tools/setup-debian test
	@tools/setup-venv test
	@tools/setup-interop

setup-long: setup-test
	@tools/setup-debian long

# What cannot be installed is named in the table.
setup-bench: setup-test
	@tools/setup-debian bench || echo "Going on without." >&2

clean: ## Remove what was built (keeps .venv)
	@rm -rf build
