#!/usr/bin/env python3
"""Measures the runtime beside a bare loop in C over the same libcurl, and what people write beside the reading of keys.

start   from exec to the first request for an event, executable in the page cache
p50     from writing the event to having read the whole answer, and its least and greatest over the rounds; p99 likewise
cpu     the function's processor time per invocation
peak    the function's peak resident memory
beside  the median of the ratios to the row named, which is measured right before and right after in each round: a shared
        machine changes its speed by half from one second to the next, and medians of each row apart would compare that

All on one core, in interleaved rounds. Benchmarks/README.md says how each row is built and what bounds it.
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
# Handling every record, beside reading every record's keys and sequence number without a processor. For 100 records, where
# what an invocation costs counts for more, a fifth more is allowed.
HANDLING_LIMITS = {"raw records": 1.1, "Codable": 2.2, "@StreamItem": 1.5, "Decimal, Date, perKey": 3.5, "OrderProjector": 5}
LINES_PER_SECOND = 200_000
RESIDENT_LIMITS_MB = {"RawEcho": 6, "OrderProjector": 20}
# How much longer the last tenths of a soak may take than the first: the median hardly differs from tenth to tenth, the
# 99th percentile by a third either way.
DRIFT_LIMITS = {"p50": 1.25, "p99": 1.5}


class Subject:
    """`beside`: what it is compared with. `is_sized`: whether it handles the two sizes of events that people meet, and not
    the event of one record."""

    def __init__(self, name, executable, beside=None, handler="", echoes=True, is_sized=False, logs=False):
        self.name, self.executable, self.beside = name, executable, beside
        self.handler, self.echoes, self.is_sized, self.logs = handler, echoes, is_sized, logs


class Workload:
    """`starts`: how often a function is started in a round to see how long that takes; 0 where that is not looked at."""

    def __init__(self, name, event, invocations, warmup, starts=0):
        self.name, self.invocations, self.warmup, self.starts = name, invocations, warmup, starts
        self.record_count = int(name.split()[0]) if name[0].isdigit() else 1
        self.path = os.path.join(FOLDER, name.replace(" ", "-") + ".json")
        with open(self.path, "wb") as file:
            file.write(event)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="how many interleaved rounds (default: 15)")
    parser.add_argument("--soak", action="store_true", help="many invocations, with descriptors and memory")
    parser.add_argument("--invocations", type=int, default=100_000, help="how many with --soak (default: 100,000)")
    parser.add_argument("--no-build", action="store_true", help="measure what the last run built")
    options = parser.parse_args()
    os.makedirs(FOLDER, exist_ok=True)
    if not options.no_build:
        build_driver("driver")
        build_floor()
        build_functions([("Benchmarks", "RawEcho"), ("Benchmarks", "KeyReader"),
                         ("Benchmarks", "RecordReader"), (".", "OrderProjector")])
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
    keys = Subject("KeyReader", built("KeyReader"), beside=constant, echoes=False)
    return [
        echo,
        Subject("RawEcho", built("RawEcho"), beside=echo),
        constant,
        keys,
        *(Subject(name, built("RecordReader"), beside=keys, handler=handler, echoes=False, is_sized=True)
          for name, handler in (("raw records", "raw"), ("Codable", "codable"), ("@StreamItem", "item"),
                                ("Decimal, Date, perKey", "decimal"))),
        Subject("OrderProjector", built("OrderProjector"), beside=keys, handler="OrderProjector", echoes=False),
        Subject("a line a record", built("RecordReader"), beside=keys, handler="log", echoes=False, is_sized=True,
                logs=True),
        Subject("OrderProjector, logging", built("OrderProjector"), beside=keys, handler="OrderProjector", echoes=False,
                is_sized=True, logs=True),
    ]


def workloads():
    yield Workload("1 record", events.encode([events.insertion(0)]), 1500, 300, starts=5)
    yield Workload("100 records", events.sized(100, 109_000), 300, 50)
    yield Workload("10000 records", events.sized(10_000, 5_500_000), 5, 2)
    # As many as an invocation takes.
    yield Workload("9000 changes with both images", events.encode([events.modification(index) for index in range(9_000)]),
                   5, 2)


def renew(executable):
    """A copy in its place. What was written at once lies together in the page cache; what has been dropped from it and
    read again comes in smaller pieces, each with a separate fault, and starts 0.2 ms later."""
    shutil.copy2(executable, executable + ".new")
    os.replace(executable + ".new", executable)


def compare(rounds):
    print(f"{platform.machine()}, {os.cpu_count()} cores, driver and function on one; medians of {rounds} rounds")
    for executable in {subject.executable for subject in subjects()}:
        renew(executable)
    problems = []
    for workload in workloads():
        everyone = [subject for subject in subjects() if workload.record_count > 1 or not subject.is_sized]
        runs = {subject.name: [] for subject in everyone}
        ratios = {subject.name: {"start_us": [], "p50_us": [], "cpu_us": []} for subject in everyone}
        for _ in range(rounds):
            for subject in everyone:
                compare_once(subject, lambda each: measure(each, workload), ("p50_us", "cpu_us"), runs, ratios)
            for _ in range(workload.starts):
                for subject in everyone:
                    compare_once(subject, lambda each: {"start_us": start(each, workload)}, ("start_us",), runs, ratios)
        figures = {subject.name: summary(runs[subject.name], ratios[subject.name]) for subject in everyone}
        show(workload, everyone, figures)
        if workload.name == "1 record":
            problems += verdicts(figures)
        elif workload.name in READING_LIMITS:
            problems += reading_verdicts(workload.name, figures)
            problems += handling_verdicts(workload, figures)
    print("\nEvery answer was right.")
    for problem in problems:
        print(f"over the promise: {problem}")
    return 0


def compare_once(subject, measured, names, runs, ratios):
    """One run of a subject, between two of what it is compared with."""
    if not subject.beside:
        runs[subject.name].append(measured(subject))
        return
    before, run, after = measured(subject.beside), measured(subject), measured(subject.beside)
    runs[subject.name].append(run)
    runs[subject.beside.name] += [before, after]
    for name in names:
        ratios[subject.name][name].append(run[name] / statistics.mean((before[name], after[name])))


def summary(runs, ratios):
    names = {name for run in runs for name in run}
    # A run of all invocations has a start of its own, with another cache behind it.
    starts = [run["start_us"] for run in runs if len(run) == 1]
    runs = [run for run in runs if len(run) > 1]
    figures = {name: statistics.median(run[name] for run in runs) for name in names if name in runs[0]}
    p50s = [run["p50_us"] for run in runs]
    figures |= {"p50_least_us": min(p50s), "p50_greatest_us": max(p50s),
                "start_us": statistics.median(starts) if starts else None}
    figures["beside"] = {name: statistics.median(values) for name, values in ratios.items() if values}
    return figures


def show(workload, everyone, figures):
    size = os.path.getsize(workload.path)
    print(f"\n{workload.name}, {size:,} bytes")
    print(f"  {'':23} {'start ms' if workload.starts else '':>8} {'p50 µs':>9} {'least–greatest':>19} {'p99 µs':>9} "
          f"{'cpu µs':>9} {'peak MB':>7}   beside")
    for subject in everyone:
        row = figures[subject.name]
        ratios = ", ".join(f"{label} {row['beside'][name]:.2f}×" for label, name in
                           (("start", "start_us"), ("p50", "p50_us"), ("cpu", "cpu_us")) if name in row["beside"])
        start_ms = f"{row['start_us'] / 1000:.2f}" if row["start_us"] else ""
        spread = f"{row['p50_least_us']:.1f}–{row['p50_greatest_us']:.1f}"
        print(f"  {subject.name:23} {start_ms:>8} {row['p50_us']:9.1f} {spread:>19} {row['p99_us']:9.1f} "
              f"{row['cpu_us']:9.1f} {row['peak_kb'] / 1000:7.1f}   "
              f"{subject.beside.name + ': ' + ratios if subject.beside else ''}")


def verdicts(figures):
    for label, name, limit in (("start", "start_us", START_LIMIT), ("p50", "p50_us", P50_LIMIT)):
        ratio = figures["RawEcho"]["beside"][name]
        if ratio > limit:
            yield f"RawEcho's {label} is {ratio:.2f}× the floor's; {limit}× is promised"
    for name, limit in RESIDENT_LIMITS_MB.items():
        resident = figures[name]["rss_1000_kb"] / 1000
        if resident > limit:
            yield f"{name} has {resident:.1f} MB resident after 1,000 invocations; {limit} MB is promised"


def reading_verdicts(workload, figures):
    ratio = figures["KeyReader"]["beside"]["p50_us"]
    if ratio > READING_LIMITS[workload]:
        yield f"KeyReader takes {ratio:.2f}× the floor's time for {workload}; {READING_LIMITS[workload]}× is promised"


def handling_verdicts(workload, figures):
    for name, limit in HANDLING_LIMITS.items():
        ratio, allowed = figures[name]["beside"]["p50_us"], limit * (1.2 if workload.record_count <= 100 else 1)
        if ratio > allowed:
            yield f"{name} takes {ratio:.2f}× KeyReader's time for {workload.name}; {allowed:.2f}× is promised"
    rate = workload.record_count / figures["a line a record"]["p50_us"] * 1e6
    if rate < LINES_PER_SECOND:
        yield f"{rate:,.0f} lines a second from a record's handler for {workload.name}; {LINES_PER_SECOND:,} are promised"


def soak(invocations):
    event = events.encode([events.insertion(0)])
    workload = Workload("soak", event, invocations, 1_000)
    steady = True
    for subject in subjects():
        if subject.beside is None or subject.is_sized:
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
                 subject.handler, {"AWS_LAMBDA_LOG_LEVEL": "INFO"} if subject.logs else {}, drains=subject.logs)


def drive(driver, arguments, handler, variables=(), drains=False):
    """What a driver prints, as numbers by name. With `drains`, log lines are read by a process beside it and dropped."""
    # Log lines are switched off where they are not what is measured: they go through the platform's pipe.
    environment = {"PATH": "/usr/bin:/bin", "_HANDLER": handler, "AWS_LAMBDA_LOG_LEVEL": "ERROR",
                   "AWS_LAMBDA_FUNCTION_NAME": "measured", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", **dict(variables)}
    drain = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) if drains else None
    result = subprocess.run([built(driver), *map(str, arguments)], env=environment, text=True, stdout=subprocess.PIPE,
                            stderr=drain.stdin if drain else subprocess.PIPE)
    if drain:
        drain.communicate()
    if result.returncode != 0:
        sys.exit(f"benchmark: {driver} {' '.join(map(str, arguments))}: {(result.stderr or '').strip() or 'a wrong answer'} "
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
