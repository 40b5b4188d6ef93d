#!/bin/sh
# Builds the fuzzers and runs them: of the event's scanner and decoder for so long, of failure messages for half of that.
# Fuzz/run.sh [seconds, 60 unless told]
set -eu

seconds=${1:-60}
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
build=$root/.build/fuzz
mkdir -p "$build/corpus" "$build/messages"

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
module SeededNumbers
module EventSourceMapping
# Of the replay what reads messages, without what reads queues and streams.
# shellcheck disable=SC2046,SC2086
swiftc $flags -enable-testing -module-name RecordReplay -emit-module -emit-module-path "$build/RecordReplay.swiftmodule" -c \
  $(find "$root/Sources/RecordReplay/FailureMessages" -name '*.swift') "$root/Sources/RecordReplay/ReplayRecord.swift" \
  "$root/Sources/RecordReplay/ReplaySource.swift" "$root/Sources/RecordReplay/MessageFiles/DocumentSplitter.swift" \
  "$root/Sources/RecordReplay/MessageFiles/MessageFileError.swift" -o "$build/RecordReplay.o"
# shellcheck disable=SC2086
swiftc $flags -module-name EventFuzzer "$here/EventFuzzer.swift" "$root/Tests/JSONScanningTests/ReferenceValidator.swift" \
  "$build/JSONScanning.o" "$build/DynamoDBStreamEvents.o" -o "$build/event-fuzzer"
# shellcheck disable=SC2086
swiftc $flags -module-name MessageFuzzer "$here/MessageFuzzer.swift" "$build/JSONScanning.o" \
  "$build/DynamoDBStreamEvents.o" "$build/SeededNumbers.o" "$build/EventSourceMapping.o" "$build/RecordReplay.o" -o "$build/message-fuzzer"

fuzz() {
  # Leaks are not looked for: the checker needs ptrace, which containers often deny.
  ASAN_OPTIONS=detect_leaks=0 "$build/$1" -max_total_time="$2" -max_len=4096 -dict="$here/json.dict" \
    -artifact_prefix="$build/" -print_final_stats=1 "$build/$3"
}

for seed in "$here"/seeds/*.json; do cp "$seed" "$build/corpus/"; done
for seed in "$here"/seeds/messages/*; do cp "$seed" "$build/messages/"; done
fuzz event-fuzzer "$seconds" corpus
fuzz message-fuzzer "$((seconds / 2 + 1))" messages
