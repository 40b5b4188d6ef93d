#!/usr/bin/env bash
# Checks what the compiler says of Tests/Diagnostics: one error where one is expected, and no other.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
products=$(swift build --show-bin-path)
maps=()
while read -r map; do maps+=(-Xcc "-fmodule-map-file=$map"); done < <(find "$products" -maxdepth 2 -name module.modulemap)
expected=$(grep -c 'expected-error' Tests/Diagnostics/*.swift)
# shellcheck disable=SC2046 # flags are words
if swiftc -typecheck -swift-version 6 -I "$products/Modules" "${maps[@]}" \
    -Xcc "-fmodule-map-file=$PWD/Sources/CCurl/module.modulemap" $(pkg-config --cflags libcurl) \
    -Xfrontend -verify -Xfrontend -verify-ignore-unrelated Tests/Diagnostics/*.swift; then
    echo "$expected passed, 0 failed"
else
    echo "diagnostics: the compiler says something else than Tests/Diagnostics expects" >&2
    echo "0 passed, $expected failed"
    exit 1
fi
