# The commands of this package. `make` alone lists them.

FUNCTION ?= OrderProjector

.DEFAULT_GOAL := help
.PHONY: help setup demo test build unit-tests macro-tests lint template archive archives deployment emulator-tests reproducible benchmark soak clean

help: ## Show the commands
	@echo "Process DynamoDB Streams with AWS Lambda, in Swift. Commands:"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 24

setup: ## Install what is missing on this machine, and say what
	@Scripts/setup.sh

demo: setup ## See a deployed function answer stream events, good and bad
	@Scripts/demo.py

test: ## Run everything: unit tests, both deployment shapes under the emulator, format, template
	@Scripts/test.sh

archive: setup ## Make build/$(FUNCTION).zip, e.g. make archive FUNCTION=OrderProjector [ARGUMENTS=--dynamic]
	@Scripts/archive.py --product $(FUNCTION) $(ARGUMENTS)

# The steps of `make test`, to run one alone.

build: setup
	@swift build --build-tests -Xswiftc -warnings-as-errors

unit-tests: build
	@swift test --skip-build

# In a build folder of its own: with and without the trait, everything is compiled anew.
macro-tests: setup
	@swift test --traits Macros --scratch-path .build/macros --filter StreamItem

lint: setup
	@swift format lint --strict --recursive Sources Tests Examples Plugins Benchmarks/Package.swift Benchmarks/Sources Package.swift

template: setup
	@.build/venv/bin/cfn-lint template.yaml
	@AWS_DEFAULT_REGION=eu-central-1 SAM_CLI_TELEMETRY=0 .build/venv/bin/sam validate --lint --template template.yaml

archives: setup
	@Scripts/archive.py --product OrderProjector --static
	@Scripts/archive.py --product OrderProjector --dynamic --output build/OrderProjector-dynamic.zip

deployment: emulator-tests reproducible

emulator-tests: archives
	@Scripts/emulator-tests.py

reproducible: archives
	@Scripts/reproducible.sh

benchmark: setup ## Measure start, time and memory per invocation beside a bare loop in C
	@Scripts/benchmark.py

soak: setup ## Serve 100,000 invocations and see that descriptors and memory stay flat
	@Scripts/benchmark.py --soak

clean: ## Remove everything that was built
	@rm -rf .build build Benchmarks/.build Benchmarks/build
