#!/usr/bin/env python3
"""Measures the runtime beside a bare loop in C over the same libcurl, on one core, in interleaved rounds.

start   from exec to the first request for an event, executable in the page cache
p50     from writing the event to having read the whole answer; p99 likewise
cpu     the function's processor time per invocation
peak    the function's peak resident memory
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import zipfile

sys.dont_write_bytecode = True
import stream_events as events  # noqa: E402
from emulator import ROOT  # noqa: E402

FOLDER = os.path.join(ROOT, ".build", "benchmark")
CURL_CACHE = os.path.join(ROOT, ".build", "static-curl")
NOTHING_FAILED = b'{"batchItemFailures":[]}'
# The promised ratios to the C floor.
START_LIMIT, P50_LIMIT = 1.5, 1.2
# Reading every record's keys and sequence number, beside a floor that only receives the event.
READING_LIMITS = {"100 records": 4.5, "10000 records": 3.5}
RESIDENT_LIMITS_MB = {"RawEcho": 6, "OrderProjector": 20}
# How much longer the last tenths of a soak may take than the first: the median hardly differs from tenth to tenth, the
# 99th percentile by a third either way.
DRIFT_LIMITS = {"p50": 1.25, "p99": 1.5}


class Subject:
    def __init__(self, name, executable, floor=None, handler="", echoes=True):
        self.name, self.executable, self.floor = name, executable, floor
        self.handler, self.echoes = handler, echoes


class Workload:
    """`starts`: how often a function is started in a round to see how long that takes; 0 where that is not looked at."""

    def __init__(self, name, event, invocations, warmup, starts=0):
        self.name, self.invocations, self.warmup, self.starts = name, invocations, warmup, starts
        self.path = os.path.join(FOLDER, name.replace(" ", "-") + ".json")
        with open(self.path, "wb") as file:
            file.write(event)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="how many interleaved rounds (default: 7)")
    parser.add_argument("--soak", action="store_true", help="many invocations, with descriptors and memory")
    parser.add_argument("--invocations", type=int, default=100_000, help="how many with --soak (default: 100,000)")
    parser.add_argument("--no-build", action="store_true", help="measure what the last run built")
    options = parser.parse_args()
    os.makedirs(FOLDER, exist_ok=True)
    if not options.no_build:
        build_driver("driver")
        build_floor()
        build_functions([("Benchmarks", "RawEcho"), ("Benchmarks", "KeyReader"), (".", "OrderProjector")])
    sys.exit(soak(options.invocations) if options.soak else compare(options.rounds))


def build_driver(name):
    compile_c("-Wextra", source(f"Driver/{name}.c"), source("Driver/runtime_api.c"), output=name)


def build_floor():
    prefix = os.path.dirname(os.path.dirname(static_curl()))
    compile_c("-static", "-ffunction-sections", "-Wl,--gc-sections,-s", f"-I{prefix}/include", source("Floor/floor.c"),
              f"-L{prefix}/lib", "-lcurl", output="floor")


def compile_c(*arguments, output):
    run([shutil.which("clang") or shutil.which("cc"), "-O2", "-Wall", *arguments, "-o", built(output)])


def static_curl():
    return subprocess.run([script("static-curl.sh"), "plain", "--cache", CURL_CACHE],
                          check=True, capture_output=True, text=True).stdout.strip()


def build_functions(functions):
    """Each as it would be deployed."""
    for package, product in functions:
        archive = built(product + ".zip")
        run(["swift", "package", "--package-path", os.path.join(ROOT, package), "--allow-writing-to-package-directory",
             "archive", "--product", product, "--static", "--static-curl-cache", CURL_CACHE, "--output", archive])
        with zipfile.ZipFile(archive) as contents, open(built(product), "wb") as executable:
            executable.write(contents.read("bootstrap"))
        os.chmod(built(product), 0o755)


def subjects():
    echo = Subject("C floor, echo", built("floor"), handler="echo")
    constant = Subject("C floor, no decode", built("floor"), handler="constant", echoes=False)
    return [
        echo,
        Subject("RawEcho", built("RawEcho"), floor=echo),
        constant,
        Subject("KeyReader", built("KeyReader"), floor=constant, echoes=False),
        Subject("OrderProjector", built("OrderProjector"), floor=constant, handler="OrderProjector", echoes=False),
    ]


def workloads():
    yield Workload("1 record", events.encode([events.insertion(0)]), 5000, 500, starts=9)
    yield Workload("100 records", events.sized(100, 109_000), 1000, 100)
    yield Workload("10000 records", events.sized(10_000, 5_500_000), 20, 3)


def renew(executable):
    """A copy in its place. What was written at once lies together in the page cache; what has been dropped from it and
    read again comes in smaller pieces, each with a separate fault, and starts 0.2 ms later."""
    shutil.copy2(executable, executable + ".new")
    os.replace(executable + ".new", executable)


def compare(rounds):
    print(f"{platform.machine()}, {os.cpu_count()} cores, driver and function on one; medians of {rounds} rounds")
    everyone = subjects()
    for executable in {subject.executable for subject in everyone}:
        renew(executable)
    problems = []
    for workload in workloads():
        measured = {subject: [] for subject in everyone}
        starts = {subject: [] for subject in everyone}
        for _ in range(rounds):
            for subject in everyone:
                measured[subject].append(measure(subject, workload))
            for _ in range(workload.starts):
                for subject in everyone:
                    starts[subject].append(start(subject, workload))
        medians = {subject: {name: statistics.median(run[name] for run in runs) for name in runs[0]}
                   for subject, runs in measured.items()}
        for subject in everyone:
            if workload.starts:
                medians[subject]["start_us"] = statistics.median(starts[subject])
            else:
                del medians[subject]["start_us"]
        show(workload, medians)
        if workload.name == "1 record":
            problems += verdicts(medians)
        elif workload.name in READING_LIMITS:
            problems += reading_verdicts(workload.name, medians)
    print("\nEvery answer was right.")
    for problem in problems:
        print(f"over the promise: {problem}")
    return 0


def show(workload, medians):
    size = os.path.getsize(workload.path)
    print(f"\n{workload.name}, {size:,} bytes")
    print(f"  {'':20} {'start ms' if workload.starts else '':>9} {'p50 µs':>10} {'p99 µs':>10} {'cpu µs':>10} "
          f"{'peak MB':>8}   beside the floor")
    for subject, figures in medians.items():
        ratios = ""
        if subject.floor:
            floor = medians[subject.floor]
            ratios = ", ".join(f"{label} {figures[name] / floor[name]:.2f}×"
                               for label, name in (("start", "start_us"), ("p50", "p50_us"), ("cpu", "cpu_us"))
                               if name in figures)
        start_ms = f"{figures['start_us'] / 1000:.2f}" if workload.starts else ""
        print(f"  {subject.name:20} {start_ms:>9} {figures['p50_us']:10.1f} {figures['p99_us']:10.1f} "
              f"{figures['cpu_us']:10.1f} {figures['peak_kb'] / 1000:8.1f}   {ratios}")


def verdicts(medians):
    by_name = {subject.name: (subject, figures) for subject, figures in medians.items()}
    subject, figures = by_name["RawEcho"]
    floor = medians[subject.floor]
    for label, name, limit in (("start", "start_us", START_LIMIT), ("p50", "p50_us", P50_LIMIT)):
        ratio = figures[name] / floor[name]
        if ratio > limit:
            yield f"RawEcho's {label} is {ratio:.2f}× the floor's; {limit}× is promised"
    for name, limit in RESIDENT_LIMITS_MB.items():
        resident = by_name[name][1]["rss_1000_kb"] / 1000
        if resident > limit:
            yield f"{name} has {resident:.1f} MB resident after 1,000 invocations; {limit} MB is promised"


def reading_verdicts(workload, medians):
    reader = next(subject for subject in medians if subject.name == "KeyReader")
    ratio = medians[reader]["p50_us"] / medians[reader.floor]["p50_us"]
    if ratio > READING_LIMITS[workload]:
        yield f"KeyReader takes {ratio:.2f}× the floor's time for {workload}; {READING_LIMITS[workload]}× is promised"


def soak(invocations):
    event = events.encode([events.insertion(0)])
    workload = Workload("soak", event, invocations, 1_000)
    steady = True
    for subject in subjects():
        if subject.floor is None:
            continue
        figures = measure(subject, workload)
        growth = figures["rss_kb"] - figures["rss_before_kb"]
        flat = growth < 256 and figures["descriptors"] == figures["descriptors_before"]
        print(f"{subject.name}: {invocations:,} invocations, descriptors {figures['descriptors_before']:.0f} → "
              f"{figures['descriptors']:.0f}, resident {figures['rss_before_kb'] / 1000:.2f} → "
              f"{figures['rss_kb'] / 1000:.2f} MB, {'flat' if flat else 'NOT FLAT'}")
        steady &= flat
        for percentile, limit in DRIFT_LIMITS.items():
            tenths = [figures[f"{percentile}_{tenth}_us"] for tenth in range(1, 11)]
            # Medians of three: one tenth of another program's doing is not the function's.
            first, last = statistics.median(tenths[:3]), statistics.median(tenths[-3:])
            within = last <= first * limit
            steady &= within
            print(f"  {percentile} of each tenth, µs: {' '.join(f'{tenth:.1f}' for tenth in tenths)}; the last three beside "
                  f"the first {last / first:.2f}×, {'stable' if within else 'NOT STABLE'} (at most {limit}×)")
    return 0 if steady else 1


def start(subject, workload):
    """From exec to the first request for an event, in microseconds."""
    return measure(subject, workload, warmup=0, invocations=1)["start_us"]


def measure(subject, workload, warmup=None, invocations=None):
    arguments = ["--cpu", last_core(), "--warmup", workload.warmup if warmup is None else warmup]
    if not subject.echoes:
        expected = built("nothing-failed.json")
        with open(expected, "wb") as file:
            file.write(NOTHING_FAILED)
        arguments += ["--expect", expected]
    return drive("driver", [*arguments, workload.path, invocations or workload.invocations, subject.executable],
                 subject.handler)


def drive(driver, arguments, handler, variables=()):
    """What a driver prints, as numbers by name."""
    # Log lines are switched off where they are not what is measured: they go through the platform's pipe.
    environment = {"PATH": "/usr/bin:/bin", "_HANDLER": handler, "AWS_LAMBDA_LOG_LEVEL": "ERROR",
                   "AWS_LAMBDA_FUNCTION_NAME": "measured", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", **dict(variables)}
    result = subprocess.run([built(driver), *map(str, arguments)], env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"benchmark: {driver} {' '.join(map(str, arguments))}: {result.stderr.strip() or 'a wrong answer'} "
                 f"{result.stdout.strip()}")
    return {name: float(value) for name, value in (pair.split("=") for pair in result.stdout.split())}


def last_core():
    return max(os.sched_getaffinity(0))


def run(command):
    if subprocess.run(command).returncode != 0:
        sys.exit(f"benchmark: {os.path.basename(command[0])} failed; the reason is above.")


def script(name):
    return os.path.join(ROOT, "Scripts", name)


def source(name):
    return os.path.join(ROOT, "Benchmarks", name)


def built(name):
    return os.path.join(FOLDER, name)


if __name__ == "__main__":
    main()
