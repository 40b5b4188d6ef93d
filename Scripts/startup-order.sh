#!/usr/bin/env bash
# Finds which functions and variables of the Swift runtime, libcurl and libc a start and an invocation touch, for
# startup-order.txt. Laid side by side by the linker they share pages: 1.7 MB less resident, and a start a tenth faster.
# To be run by hand when a new Swift changes much; names that are gone do no harm. Needs valgrind, and `make benchmark`
# run before.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v valgrind >/dev/null || { echo "startup-order: valgrind is missing: apt-get install valgrind" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pkg_config=$(Scripts/static-curl.sh plain)
clang -O2 -c Scripts/static-start.c -o "$work/static-start.o"
PKG_CONFIG_PATH=$pkg_config swift build --package-path Benchmarks --scratch-path "$work/build" -c release --product RawEcho \
    --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -use-ld=lld -Xlinker --gc-sections \
    -Xlinker --wrap=sysconf -Xlinker --wrap=fopen -Xlinker --wrap=__register_frame_info -Xlinker --wrap=__deregister_frame_info \
    -Xlinker "$work/static-start.o" >&2
function=$work/build/release/RawEcho

# Every access to memory, one a line.
printf '#!/bin/sh\nexec valgrind --tool=lackey --trace-mem=yes --log-file=%s/accesses %s\n' "$work" "$function" >"$work/traced"
chmod +x "$work/traced"
Scripts/stream_events.py 1 1000 >"$work/event.json"
.build/benchmark/driver "$work/event.json" 1 "$work/traced" >&2

nm --numeric-sort "$function" >"$work/symbols"
python3 - "$work/symbols" "$work/accesses" >Scripts/startup-order.txt <<'END'
"""Prints the symbols that were touched, in the order of their addresses: like beside like, which compresses better."""
import bisect
import re
import sys

# libc has some functions once for each kind of processor, and valgrind's is of an older kind than Lambda's.
VARIANT = re.compile(r"^(__\w+?)_avx2?(_\w+)?$")

# They change too often to be listed, and are few.
OWN = re.compile(r"^[$]s[0-9]+(CurlTransport|LambdaFunctions|JSONScanning|RawEcho|Logging)")

symbols, accesses = sys.argv[1:]
names = {}
for line in open(symbols):
    address, *rest = line.split()
    if len(rest) == 2:
        names.setdefault(int(address, 16), []).append(rest[1])
starts = sorted(names)

touched = set()
for line in open(accesses, errors="replace"):
    access = re.match(r" ?[ISLM] +([0-9a-f]+),", line)
    if access and starts[0] <= int(access[1], 16) <= starts[-1]:
        touched.add(starts[bisect.bisect_right(starts, int(access[1], 16)) - 1])
by_name = {name: start for start in starts for name in names[start]}
for start in list(touched):
    for variant in filter(None, map(VARIANT.match, names[start])):
        for processor in ("_evex", "_avx512"):
            touched.update(filter(None, [by_name.get(variant[1] + processor + (variant[2] or ""))]))
for name in dict.fromkeys(name for start in sorted(touched) for name in names[start] if not OWN.match(name)):
    print(name)
END
echo "startup-order: $(wc -l <Scripts/startup-order.txt) functions and variables"
