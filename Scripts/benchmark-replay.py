#!/usr/bin/env python3
"""Measures a redrive of a million records from a file through a local function, beside `simulate` of the same.

Both hand the records over in batches of 100, one at a time, to KeyReader: it reads each record's keys and sequence
number. A redrive is to reach half the rate of `simulate`, which has the whole file in memory and keeps no progress, in
memory that does not grow with the file. Benchmarks/README.md has the figures.
"""

import argparse
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import benchmark  # noqa: E402
from emulator import ROOT  # noqa: E402

FOLDER = os.path.join(ROOT, ".build", "benchmark")
LEAST_RATIO = 0.5
# A tenth of the records may need so much less.
MEMORY_GROWTH_LIMIT = 1.25


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000, help="how many (default: 1,000,000)")
    parser.add_argument("--function", help="an executable instead of a static archive of KeyReader")
    parser.add_argument("--no-build", action="store_true", help="measure what the last run built")
    options = parser.parse_args()
    os.makedirs(FOLDER, exist_ok=True)
    if not options.no_build:
        subprocess.run(["swift", "build", "-c", "release", "--product", "lambda-streams"], cwd=ROOT, check=True)
        if not options.function:
            benchmark.build_functions([("Benchmarks", "KeyReader")])
    function = options.function or benchmark.built("KeyReader")
    size = write_records(path("records.jsonl"), options.records)
    write_records(path("tenth.jsonl"), options.records // 10)
    print(f"{options.records:,} records in a file of {size / 1e6:,.0f} MB")
    simulated = measure("simulate", ["simulate", "--records", path("records.jsonl")], function, options.records)
    tenth = measure("redrive of a tenth", ["redrive", "--from", path("tenth.jsonl"), "--unfiltered"], function,
                    options.records // 10)
    redriven = measure("redrive", ["redrive", "--from", path("records.jsonl"), "--unfiltered"], function,
                       options.records)
    ratio = redriven.rate / simulated.rate
    growth = redriven.peak / tenth.peak
    print(f"redrive has {ratio:.2f} of the rate of simulate, and {growth:.2f} of the memory of a tenth of the records")
    for name in ("records.jsonl", "tenth.jsonl"):
        os.remove(path(name))
    if ratio < LEAST_RATIO or growth > MEMORY_GROWTH_LIMIT:
        sys.exit(f"over the promise: at least {LEAST_RATIO} of the rate, and at most {MEMORY_GROWTH_LIMIT} of the memory")


class Measured:
    def __init__(self, rate, peak):
        self.rate, self.peak = rate, peak


def measure(name, arguments, function, count):
    """The rate of a run and the peak of its memory; the function's own is some megabytes."""
    for leftover in os.listdir(FOLDER):
        if leftover.endswith((".progress.json", ".remaining.jsonl")):
            os.remove(path(leftover))
    command = [os.path.join(ROOT, ".build", "release", "lambda-streams"), *arguments, "--batch-size", "100",
               "--", function]
    with open(path("output"), "w+") as output:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        output.seek(0)
        text = output.read()
    if status != 0:
        sys.exit(f"{name} ended with {status}:\n{text[-2000:]}")
    print(f"{name:20} {seconds:6.1f} s {count / seconds:10,.0f} records/s   peak {usage.ru_maxrss / 1000:7.1f} MB")
    return Measured(count / seconds, usage.ru_maxrss)


def write_records(file, count):
    """Changes of a tenth as many items, in the order of a shard, as Lambda delivers them."""
    with open(file, "w") as lines:
        for number in range(count):
            key = f"order-{number % max(count // 10, 1)}"
            lines.write(
                f'{{"eventID":"{number:032x}","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb",'
                f'"awsRegion":"eu-central-1","dynamodb":{{"ApproximateCreationDateTime":1767225600.0,'
                f'"Keys":{{"id":{{"S":"{key}"}}}},"NewImage":{{"id":{{"S":"{key}"}},"total":{{"N":"{number % 9973}.50"}},'
                f'"status":{{"S":"open"}}}},"SequenceNumber":"{100_000_000_000_000_000_000 + number}","SizeBytes":60,'
                f'"StreamViewType":"NEW_AND_OLD_IMAGES"}},"eventSourceARN":'
                f'"arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"}}\n')
    return os.path.getsize(file)


def path(name):
    return os.path.join(FOLDER, name)


if __name__ == "__main__":
    main()
