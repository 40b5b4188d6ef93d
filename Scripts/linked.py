#!/usr/bin/env python3
"""Checks that the static archives of the tests carry nothing that their functions do not use, and how large they are.

A Swift module leaves its name in the metadata of every executable that it is linked into, OpenSSL its own in its texts.
"""

import glob
import os
import re
import subprocess
import sys
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

OF_THE_COMMAND = ["NIOCore", "NIOPosix", "ArgumentParser", "Yams", "Mustache", "RuntimeAPIServer", "EventSourceMapping"]
OF_AWS = ["AWSServices", "HTTPTransfers", "Idempotency", "OpenSSL"]

# What each function must not have, and the megabytes that its zip may have. Foundation's value types, which the first
# one names, bring regular expressions along.
FUNCTIONS = {
    "OrderProjector": (OF_THE_COMMAND + OF_AWS + ["FoundationInternationalization"], 6.2),
    "CrashingFunction": (OF_THE_COMMAND + OF_AWS + ["FoundationInternationalization", "_RegexParser"], 3.9),
}


def main():
    problems = []
    for product, (unwanted, limit) in FUNCTIONS.items():
        path = os.path.join(ROOT, "build", product + ".zip")
        size = os.path.getsize(path) / 1e6
        with zipfile.ZipFile(path) as archive:
            executable = archive.read("bootstrap")
        # The whole word: StreamProcessing's IdempotencyStage is not the module Idempotency.
        found = [name for name in unwanted if re.search(rb"\b" + name.encode() + rb"\b", executable)]
        problems += [f"{product} carries {name}" for name in found]
        if size > limit:
            problems.append(f"{product} is {size:.2f} MB zipped, more than {limit}")
        if not found:
            print(f"linked: {product}, {size:.2f} MB zipped, carries none of {', '.join(unwanted)}")
    # Strong, they would keep a toolchain that links the runtime's own from linking.
    pattern = os.path.join(ROOT, ".build", "archive", "static-plain", "*", "release", "CLambdaSystem.build",
                           "StaticExecutable.c.o")
    for path in glob.glob(pattern) or [pattern]:
        symbols = subprocess.run(["nm", path], capture_output=True, text=True).stdout
        for name in ("_swift_stdlib_getUnsafeArgvArgc", "_swift_stdlib_overrideUnsafeArgvArgc"):
            if f" W {name}" not in symbols:
                problems.append(f"{name} is not weak in {os.path.relpath(path, ROOT)}")
    for problem in problems:
        print(f"linked: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
