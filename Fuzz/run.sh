#!/bin/sh
# Builds the fuzzer of the event's scanner and decoder and runs it: Fuzz/run.sh [seconds, 60 unless told]
set -eu

seconds=${1:-60}
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
build=$root/.build/fuzz
mkdir -p "$build/corpus"

flags="-O -swift-version 6 -parse-as-library -wmo -package-name swift_lambda_streams -sanitize=fuzzer,address -I $build
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility"

module() {
  # shellcheck disable=SC2046,SC2086
  swiftc $flags -module-name "$1" -emit-module -emit-module-path "$build/$1.swiftmodule" -c \
    $(find "$root/Sources/$1" -name '*.swift') -o "$build/$1.o"
}

module JSONScanning
module DynamoDBStreamEvents
# shellcheck disable=SC2086
swiftc $flags -module-name EventFuzzer "$here/EventFuzzer.swift" "$root/Tests/JSONScanningTests/ReferenceValidator.swift" \
  "$build/JSONScanning.o" "$build/DynamoDBStreamEvents.o" -o "$build/event-fuzzer"

for seed in "$here"/seeds/*; do cp "$seed" "$build/corpus/"; done
# Leaks are not looked for: the checker needs ptrace, which containers often deny.
ASAN_OPTIONS=detect_leaks=0 "$build/event-fuzzer" -max_total_time="$seconds" -max_len=4096 -dict="$here/json.dict" \
  -artifact_prefix="$build/" -print_final_stats=1 "$build/corpus"
