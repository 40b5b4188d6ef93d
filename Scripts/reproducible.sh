#!/usr/bin/env bash
# Builds build/OrderProjector.zip again, in a copy of the sources under another path, and compares the bytes.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Deeper and longer than the first: a path that found its way into the binary must show.
elsewhere=$(mktemp -d)/a/folder/of/another/name
trap 'rm -rf "${elsewhere%/a/folder/of/another/name}"' EXIT
mkdir -p "$elsewhere"
tar -c --exclude=./.build --exclude=./build --exclude=./.git --exclude=./Benchmarks . | tar -x -C "$elsewhere"

# The libcurls are shared: that they, too, are made the same is checked by building this one's own with REBUILD_CURL=1.
cache=$PWD/.build/static-curl
if [ -n "${REBUILD_CURL:-}" ]; then cache=$elsewhere/.build/static-curl; fi
output=$(swift package --package-path "$elsewhere" --allow-writing-to-package-directory archive \
    --product OrderProjector --static --static-curl-cache "$cache" 2>&1) || { echo "$output" >&2 && exit 1; }

if cmp build/OrderProjector.zip "$elsewhere/build/OrderProjector.zip"; then
    echo "reproducible: $(sha256sum <build/OrderProjector.zip | cut -c1-16), the same from two folders"
else
    echo "reproducible: build/OrderProjector.zip and the archive built in $elsewhere differ" >&2
    exit 1
fi
