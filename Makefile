# The commands of this package. `make` alone lists them.

FUNCTION ?= OrderProjector
ARCHIVE := swift package --allow-writing-to-package-directory archive
BUILD := swift build -Xswiftc -warnings-as-errors

.DEFAULT_GOAL := help
# Every target is a command; there are no files of these names to make.
.PHONY: $(shell sed -nE 's/^([a-z-]+):([^=]|$$).*/\1/p' $(MAKEFILE_LIST))

help: ## Show the commands
	@echo "Process DynamoDB Streams with AWS Lambda, in Swift. Commands:"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 30

setup: ## Install what is missing on this machine, and say what
	@Scripts/setup.sh

demo: setup ## Run a function as it is deployed, with good and bad stream events
	@Scripts/demo.py

test: ## Run the unit tests, a static executable under the emulator, format, names and template: 7 to 15 minutes on two cores
	@Scripts/test.sh

check: test longer-checks ## Run everything that the continuous integration runs: 40 to 60 minutes on two cores

longer-checks: whole-runs deployment backfill-campaign live-campaign interop races sanitizers fuzz agreement tls-tests reproducible consumer container sam-build readme tutorial

release-checks: check all-sanitizers kill-campaign docs cdk sdk-example ## Run what a release needs beyond the checks: documents, kill campaigns, CDK

archive: setup ## Make build/$(FUNCTION).zip, e.g. make archive FUNCTION=OrderProjector [ARGUMENTS=--dynamic]
	@$(ARCHIVE) --product $(FUNCTION) $(ARGUMENTS)

# The steps of `make test`, to run one alone.

build: setup
	@$(BUILD) --build-tests

# A few tests at once: hundreds, some with servers and processes, would time out next to each other.
TESTS := --skip-build --experimental-maximum-parallelization-width 6
# Tests that take longer: the command from end to end, with processes, servers and a browser, and thousands of random runs.
WHOLE_RUNS := BackfillCommandTests|CompositionTests|DocumentedCommandTests|EndlessOutputTests|InterleavingTests|InterruptionTests|KillCampaignTests|LiveStreamTests|LiveTests|RedriveEndToEndTests|RedriveStreamTests|ReportTests|ReportTruthTests|SimulatedCaseTests|WatchTests
WHOLE_RUNS := $(WHOLE_RUNS)|BatchPropertyTests|InvariantTests|ReplayPropertyTests|TraceBoundTests|DynamoDBLastAppliedTests/agreement|ExportSourceTests/resume

unit-tests: build
	@Scripts/swift-tests.py unit-tests $(TESTS) --skip '$(WHOLE_RUNS)'
	@Scripts/diagnostics-tests.sh
	@Scripts/snippets.py

whole-runs: build ## Run the tests that take longer: the command from end to end, and thousands of random runs
	@Scripts/swift-tests.py whole-runs $(TESTS) --filter '$(WHOLE_RUNS)'

# In a separate build folder, because traits recompile everything. `make sanitizers` runs them too.
TRAITS := Macros,ServiceLifecycle,Tracing
trait-tests: setup
	@WITHOUT_COMMAND=1 TEST_TARGETS=StreamItemTests,TraitTests \
		Scripts/swift-tests.py trait-tests --traits $(TRAITS) --scratch-path .build/traits

lint: setup
	@swift format lint --strict --recursive Sources Tests Examples Plugins Documentation/Snippets Benchmarks/Package.swift Benchmarks/Sources Package.swift
	@Scripts/names.py
	@Scripts/architecture.py
	@Scripts/prose.py

BASE_PATH ?=
docs: setup ## Build the articles and the API reference into .build/documentation; a warning is an error
	@Scripts/documentation.py --base-path "$(BASE_PATH)"

readme: setup ## Build the README's package from its own manifest, and run its commands
	@Scripts/snippets.py --readme

tutorial: setup ## Follow the tutorial: write a package by init, test, simulate, redrive and archive it
	@$(BUILD) --product lambda-streams
	@Scripts/snippets.py --tutorial

# The picture in the README and the articles; run it when the report changes.
picture: setup
	@Scripts/report-picture.py

template: setup
	@.build/venv/bin/cfn-lint template.yaml Documentation/Deployment/*.yaml
	@sed 's/{{{name}}}/Orders/g' Sources/LambdaStreamsCommand/Init/Project/template.yaml.mustache | .build/venv/bin/cfn-lint
	@if command -v terraform >/dev/null; then terraform fmt -check Documentation/Deployment; fi
	@python3 -m py_compile Documentation/Deployment/stack.py && rm -rf Documentation/Deployment/__pycache__
	@AWS_DEFAULT_REGION=eu-central-1 SAM_CLI_TELEMETRY=0 .build/venv/bin/sam validate --lint --template template.yaml

cdk: setup ## Synthesize the CDK stack of the documentation, and check its template
	@$(BUILD) --product lambda-streams
	@Scripts/cdk.py

# A build that was killed may leave what does not link; then from nothing.
static-archive: setup
	@$(ARCHIVE) --product OrderProjector --static --incremental || $(ARCHIVE) --product OrderProjector --static

archives: static-archive
	@$(ARCHIVE) --product OrderProjector --dynamic --output build/OrderProjector-dynamic.zip
	@$(ARCHIVE) --product CrashingFunction --static --incremental
	@$(ARCHIVE) --product ConformanceFunction --static --incremental
	@$(ARCHIVE) --product LifecycleFunction --static --with-backtrace --incremental

emulator-tests: static-archive
	@Scripts/emulator-tests.py build/OrderProjector.zip

deployment: linked shape-tests conformance-tests crash-tests ## Run the other deployment shape, the runtime's conformance and crashes under the emulator

linked: archives
	@Scripts/linked.py

shape-tests: archives
	@Scripts/emulator-tests.py build/OrderProjector-dynamic.zip

conformance-tests: archives
	@Scripts/conformance-tests.py

crash-tests: archives
	@Scripts/crash-tests.py

tls-tests: setup ## Run a function that calls DynamoDB over TLS under the emulator
	@$(ARCHIVE) --product ItemReader --static
	@Scripts/tls-tests.py

reproducible: archives
	@Scripts/reproducible.sh

consumer: setup ## Build packages that use this one beside packages with the names of AWS's SDKs and their like
	@Scripts/names.py --build

sdk-example: setup ## Compile the example that stands beside AWS's SDK for Swift, with a stub of it
	@Scripts/sdk-example.sh

sam-build: setup ## Build the functions of template.yaml by `sam build`, as from a clone, and start each
	@Scripts/sam-build.py

container: setup ## Make an archive by `archive --container`, with a clean Debian root as the container
	@Scripts/container-tests.py

# What several threads share, under the thread sanitizer with the tests of the traits, and what handles memory itself, under
# the address sanitizer with its search for leaks. XCTest, which has no tests here, is left out because it leaks. A few tests
# at once, for some have time limits and all are slower here.
SHARED ?= CurlTransportTests,HTTPTransfersTests,IdempotencyTests,StreamProcessingTests
UNSAFE ?= CurlTransportTests,HTTPTransfersTests,JSONScanningTests
FEW := --disable-xctest --experimental-maximum-parallelization-width 4
sanitizers: setup ## Run the tests of what threads share and of what handles memory under the sanitizers, and the traits'
	@WITHOUT_COMMAND=1 TEST_TARGETS=$(SHARED),StreamItemTests,TraitTests \
		Scripts/swift-tests.py thread-sanitizer $(FEW) --traits $(TRAITS) --sanitize=thread -Xswiftc -DSANITIZE_THREAD --scratch-path .build/tsan
	@WITHOUT_COMMAND=1 TEST_TARGETS=$(UNSAFE) LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks.supp:print_suppressions=0 \
		Scripts/swift-tests.py address-sanitizer $(FEW) --sanitize=address --scratch-path .build/asan

# The tests of the command and of the Runtime API server start executables by the hundred, each slower than its test's limits allow.
# Leaks are not searched for here: the processes that die in the compositions leave tasks that wait for ever.
all-sanitizers: setup ## Run every test but the command's under both sanitizers, with a twentieth of the random compositions
	@tests=$$(ls Tests | grep 'Tests$$' | paste -sd,); COMPOSITIONS=50 ASAN_OPTIONS=detect_leaks=0 \
		$(MAKE) --no-print-directory sanitizers SHARED=$$tests UNSAFE=$$tests

SECONDS_OF_FUZZING ?= 60
fuzz: setup ## Fuzz the scanner and the decoder for a minute, or SECONDS_OF_FUZZING
	@Fuzz/run.sh $(SECONDS_OF_FUZZING)

DOCUMENTS ?= 100000
agreement: setup ## Compare 100,000 generated documents with JSONDecoder and Python's json
	@swift build --package-path Benchmarks -c release --product AgreementCheck
	@Benchmarks/.build/release/AgreementCheck $(DOCUMENTS) | python3 Benchmarks/agreement.py

benchmark: setup ## Measure start, time and memory per invocation beside a bare loop in C
	@Scripts/benchmark.py

benchmark-runtime: setup ## Measure streamed answers, log lines, and 1, 4 and 16 invocations at once beside bare loops in C
	@Scripts/benchmark-runtime.py

benchmark-library: setup ## Measure the decoder, the processor and the mapping by themselves
	@swift build --package-path Benchmarks -c release --product EventBenchmarks
	@swift build --package-path Benchmarks -c release --product ProcessorBenchmarks
	@Benchmarks/.build/release/EventBenchmarks
	@Benchmarks/.build/release/ProcessorBenchmarks
	@swift build --package-path Benchmarks -c release --product MappingBenchmarks
	@Benchmarks/.build/release/MappingBenchmarks

benchmark-transfers: setup ## Measure ten thousand concurrent requests through one HTTPClient
	@swift build --package-path Benchmarks -c release --product TransferBenchmarks
	@Benchmarks/.build/release/TransferBenchmarks

benchmark-export: setup ## Measure a million items of an export to S3, read and made into records
	@swift build --package-path Benchmarks -c release --product ExportBenchmarks
	@Benchmarks/.build/release/ExportBenchmarks

benchmark-replay: setup ## Measure a redrive of a million records through a local function, beside simulate
	@Scripts/benchmark-replay.py

benchmark-idempotency: setup ## Measure records handled once against a DynamoDB in memory
	@swift build --package-path Benchmarks -c release --product DynamoDBEndpoint
	@swift build --package-path Benchmarks -c release --product IdempotencyBenchmarks
	@Benchmarks/.build/release/IdempotencyBenchmarks

INVOCATIONS ?= 100000
soak: setup ## Serve 100,000 invocations, or INVOCATIONS, and check that descriptors, memory and times stay flat
	@Scripts/benchmark.py --soak --invocations $(INVOCATIONS)

fault-campaign: build ## Serve 10,000 invocations with a fault in every fifth exchange
	@FAULT_CAMPAIGN=10000 swift test --skip-build --filter FaultCampaign

KILLS ?= 100
kill-campaign: build ## Kill redrives and backfills at 100 random moments each, or KILLS, and run them again
	@KILL_CAMPAIGN=$(KILLS) swift test --skip-build --filter KillCampaign

TOPOLOGIES ?= 12
live-campaign: build ## Simulate live streams of 12 random topologies, or TOPOLOGIES, killed and started again
	@LIVE_CAMPAIGN=$(TOPOLOGIES) swift test --skip-build --filter LiveStreamTests/campaign

ITEMS ?= 20000
backfill-campaign: build ## Backfill a table of 20,000 items, or ITEMS, beside a tenth as many writes
	@BACKFILL_CAMPAIGN=$(ITEMS) swift test --skip-build --filter InterleavingTests/large

PAYLOADS ?= 5000
interop: setup ## Share an idempotency table with Powertools for Python, and compare the keys of 5,000 payloads
	@$(BUILD) --product PowertoolsPartner
	@.build/venv/bin/python Scripts/powertools-interop.py $(PAYLOADS)

SECONDS_OF_RACES ?= 60
races: setup ## Let four processes fight over 100 keys for a minute, or SECONDS_OF_RACES, by each rule
	@$(BUILD) --product RaceContender
	@.build/venv/bin/python Scripts/races.py $(SECONDS_OF_RACES)

clean: ## Remove everything that was built
	@rm -rf .build build Benchmarks/.build Benchmarks/build
