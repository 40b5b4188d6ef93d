#!/usr/bin/env python3
"""Measures what the runtime does beyond one answer at a time: streamed answers, log lines, several invocations at once.

Each beside a bare loop in C that does the same (libcurl for answers, write(2) for lines), in interleaved rounds, as
medians. Driver and function are on one core, but for handlers that wait, which have the machine.
"""

import argparse
import json
import os
import platform
import statistics
import sys

sys.dont_write_bytecode = True
from benchmark import FOLDER, build_driver, build_floor, build_functions, built, drive, last_core  # noqa: E402

GIGABYTE = 1 << 30
# What is promised.
STREAMING_PEAK_LIMIT_MB = 8
LINES_PER_SECOND = 200_000
SHARE_OF_IDEAL = 0.9
MANAGED_WORKERS, MANAGED_INVOCATIONS, MOST_MILLISECONDS = 16, 10_000, 50
LINES = 500_000

problems = []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how many interleaved rounds (default: 5)")
    parser.add_argument("--no-build", action="store_true", help="measure what the last run built")
    options = parser.parse_args()
    os.makedirs(FOLDER, exist_ok=True)
    if not options.no_build:
        for driver in ("streaming", "lines", "workers"):
            build_driver(driver)
        build_floor()
        build_functions([("Benchmarks", "MeasuredFunction")])
    print(f"{platform.machine()}, {os.cpu_count()} cores; medians of {options.rounds} rounds, least and most in brackets")
    measure_streaming(options.rounds)
    measure_lines(options.rounds)
    measure_tiny(options.rounds)
    measure_pauses(options.rounds)
    print("\nEvery answer was right, and every line whole.")
    for problem in problems:
        print(f"over the promise: {problem}")


def rounds_of(rounds, *measures):
    """Interleaved, so that what the machine does meanwhile falls on all alike."""
    figures = [[] for _ in measures]
    for _ in range(rounds):
        for index, measure in enumerate(measures):
            figures[index].append(measure())
    return [{name: [run[name] for run in runs] for name in runs[0]} for runs in figures]


def median(figures, name):
    return statistics.median(figures[name])


def spread(figures, name, form=",.0f"):
    values = figures[name]
    return f"{statistics.median(values):{form}} [{min(values):{form}}–{max(values):{form}}]"


def on_one_core(driver, arguments, handler, variables=()):
    return drive(driver, ["--cpu", last_core(), *arguments], handler, variables)


def measure_streaming(rounds):
    print("\na streamed answer")
    for piece, size in ((64 << 10, GIGABYTE), (1 << 10, GIGABYTE // 8)):
        floor, stream = rounds_of(rounds, *(
            lambda executable=executable: on_one_core("streaming", [piece, size // piece, built(executable)], "stream")
            for executable in ("floor", "MeasuredFunction")))
        print(f"  {size >> 20:,} MiB in pieces of {piece >> 10} KiB")
        for name, figures in (("C floor", floor), ("stream writer", stream)):
            print(f"    {name:15} {spread(figures, 'mb_per_second')} MB/s, {median(figures, 'cpu_us_per_mb'):,.0f} µs of processor "
                  f"time a MB, peak {median(figures, 'peak_kb') / 1000:.1f} MB")
        print(f"    {median(stream, 'mb_per_second') / median(floor, 'mb_per_second'):.2f}× the floor's MB/s")
        peak = max(stream["peak_kb"]) / 1000
        if peak > STREAMING_PEAK_LIMIT_MB:
            problems.append(f"a stream of {size >> 20} MiB peaks at {peak:.1f} MB; {STREAMING_PEAK_LIMIT_MB} MB is promised")


def measure_lines(rounds):
    print(f"\n{LINES:,} log lines to a pipe, {LINES_PER_SECOND:,} a second promised")
    for form in ("Text", "JSON"):
        sample = built(f"lines-{form}.txt")
        variables = {"AWS_LAMBDA_LOG_FORMAT": form, "AWS_LAMBDA_LOG_LEVEL": "INFO"}
        # The bare loop writes what the function has written.
        logger, floor = rounds_of(
            rounds,
            lambda: on_one_core("lines", [LINES, sample, built("MeasuredFunction")], "log", variables),
            lambda: on_one_core("lines", [LINES, sample, "--write"], ""))
        check(sample, form)
        print(f"  {form}, {median(logger, 'line_bytes'):.0f} bytes each")
        for name, figures in (("C floor", floor), ("context.logger", logger)):
            print(f"    {name:15} {spread(figures, 'per_second')} a second, {median(figures, 'cpu_us'):.2f} µs of processor time each")
        if median(logger, "per_second") < LINES_PER_SECOND:
            problems.append(f"{median(logger, 'per_second'):,.0f} lines a second in {form}; {LINES_PER_SECOND:,} are promised")


def check(sample, form):
    with open(sample, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for number, line in enumerate(lines, start=10_000_000):
        if form == "JSON":
            object = json.loads(line)
            right = object["message"] == "the order was projected" and object["metadata"]["order"] == f"o-{number}"
        else:
            right = f"\tINFO\tthe order was projected customer=c-4711 order=o-{number}" in line
        if not right:
            sys.exit(f"benchmark: this is not the line that was logged: {line}")


def measure_workers(rounds, workers, most_milliseconds, invocations, driving):
    return rounds_of(rounds, *(
        lambda executable=executable: driving("workers", [workers, most_milliseconds, invocations, built(executable)], "pause")
        for executable in ("floor", "MeasuredFunction")))


def measure_tiny(rounds):
    print("\ninvocations a second, of a handler that answers at once")
    # On two cores every answer of a single worker wakes the other core, which takes many times as long as the work.
    for workers, driving, where in ((1, on_one_core, "one core"), (4, on_one_core, "one core"),
                                    (16, on_one_core, "one core"), (16, drive, "all cores")):
        floor, loops = measure_workers(rounds, workers, 0, 50_000, driving)
        print(f"  {counted(workers)} on {where:9}  C floor {spread(floor, 'per_second')}, runtime "
              f"{spread(loops, 'per_second')}: {median(loops, 'per_second') / median(floor, 'per_second'):.2f}×; processor "
              f"time {median(floor, 'cpu_us'):.0f} and {median(loops, 'cpu_us'):.0f} µs each")


def counted(workers):
    return f"{workers:2} worker{'s' if workers > 1 else ''}".ljust(10)


def measure_pauses(rounds):
    print(f"\ninvocations a second, of a handler that waits 1 to {MOST_MILLISECONDS} ms; of what as many workers do at best")
    # The promise is about 10,000 invocations, which take sixteen seconds; the others are there to compare.
    for workers, invocations, rounds in ((1, 200, 1), (4, 800, 1), (MANAGED_WORKERS, MANAGED_INVOCATIONS, min(rounds, 3))):
        floor, loops = measure_workers(rounds, workers, MOST_MILLISECONDS, invocations, drive)
        print(f"  {counted(workers)} {invocations:6,} invocations: "
              f"C floor {spread(floor, 'per_second')}, {median(floor, 'of_ideal'):.1%}; "
              f"runtime {spread(loops, 'per_second')}, {median(loops, 'of_ideal'):.1%}")
    if median(loops, "of_ideal") < SHARE_OF_IDEAL:
        problems.append(f"{MANAGED_WORKERS} workers reach {median(loops, 'of_ideal'):.1%}; {SHARE_OF_IDEAL:.0%} is promised")


if __name__ == "__main__":
    main()
