#!/usr/bin/env python3
"""Crashes functions for real under the emulator: the record which did it is known afterwards, and where it was."""

import json
import os
import re
import sys

sys.dont_write_bytecode = True
import stream_events as events  # noqa: E402
from emulator import ROOT, Emulator, EmulatorError, usable_namespaces  # noqa: E402


def report(name, problem):
    print(f"  {'FAILED' if problem else 'ok    '}  {name}{': ' + problem if problem else ''}")
    return not problem


def unless(condition, problem):
    return None if condition else problem


def exit_error(answer):
    """What is wrong with the answer of a function whose process has crashed; None when nothing is."""
    error = json.loads(answer.body)
    return unless(error.get("errorType") == "Runtime.ExitError", f"got {error}")


def run(emulator):
    """The deliveries of one batch whose second record is a trap, as the event source mapping makes them."""
    trap = events.insertion(1, status={"S": "TRAP"})
    batch = events.encode([events.insertion(0), trap, events.insertion(2)])

    first = json.loads(emulator.invoke(batch).body)
    yield report("the first delivery crashes the process",
                 unless(str(first.get("errorType", "")).startswith("Runtime."), f"got {first}"))
    # Which of the three records it was is not known, for they ran at once; they are run one at a time now.
    second = json.loads(emulator.invoke(batch).body)
    yield report("the second, one record at a time, crashes it again and so names the record",
                 unless(str(second.get("errorType", "")).startswith("Runtime."), f"got {second}"))
    mark = len(emulator.log)
    third = json.loads(emulator.invoke(batch).body)
    yield report("the third captures it, and the shard moves on",
                 unless(third == {"batchItemFailures": []}, f"got {third}"))
    handled = emulator.log[mark:].count("handling")
    yield report("without running it", unless(handled == 2, f"{handled} records were run, not 2"))
    with open(os.path.join(emulator.root, "tmp", "poison.jsonl")) as lines:
        captured = [json.loads(line) for line in lines]
    yield report("the whole record was captured", unless(
        len(captured) == 1 and captured[0]["reason"] == "Crashed" and captured[0]["record"] == trap, f"got {captured}"))


def run_alone(emulator):
    """The same for a batch of one, where the first crash leaves no doubt."""
    batch = events.encode([events.insertion(7, status={"S": "TRAP"})])
    emulator.invoke(batch)
    second = json.loads(emulator.invoke(batch).body)
    yield report("a record that ran alone is reported in the second delivery",
                 unless(second == {"batchItemFailures": [{"itemIdentifier": events.sequence_number(7)}]}, f"got {second}"))
    third = json.loads(emulator.invoke(batch).body)
    yield report("and captured in the third", unless(third == {"batchItemFailures": []}, f"got {third}"))


def backtrace(emulator):
    """A function archived --with-backtrace, with template.yaml's variable, where no process may trace another."""
    if usable_namespaces() is None:
        print("  (no backtraces here: the backtracer's loader is looked for in /var/task)")
        return
    mark = len(emulator.log)
    yield report("the caller of a function with a backtrace receives the same error as without one",
                 exit_error(emulator.invoke(b"crash")))
    log = emulator.log[mark:]
    frame = r"^ *0 .*crashOnPurpose\(_:\).* at \S*LifecycleFunction\.swift:\d+:\d+$"
    yield report("the log names the function and the line that crashed",
                 unless(re.search(frame, log, re.MULTILINE), log))
    yield report("and shows nothing of the memory", unless("Registers" not in log and "rsp" not in log, log))
    yield report("the next invocation has a new process", unless(emulator.invoke(b"again").body == b"again", emulator.log))
    took = re.search(r"Backtrace took ([\d.]+)s", log)
    print(f"  (the backtrace took {took[1] if took else '?'} s)")


def backtracer_missing(emulator):
    """The variable set for an archive without a backtracer."""
    yield report("without a backtracer the caller receives the same error", exit_error(emulator.invoke(b"crash")))
    yield report("and the next invocation has a new process",
                 unless(emulator.invoke(b"again").body == b"again", emulator.log))


def template_variable():
    """SWIFT_BACKTRACE as template.yaml sets it."""
    with open(f"{ROOT}/template.yaml") as template:
        return re.search(r"- (enable=yes\S+)", template.read())[1]


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else f"{ROOT}/build"
    variables = {"SWIFT_BACKTRACE": template_variable()}
    elsewhere = {"SWIFT_BACKTRACE": variables["SWIFT_BACKTRACE"].replace("/var/task", "/nowhere")}
    scenarios = [
        (run, "CrashingFunction", {}),
        (run_alone, "CrashingFunction", {}),
        (backtrace, "LifecycleFunction", {"environment": variables, "forbids_tracing": True}),
        (backtracer_missing, "LifecycleFunction", {"environment": elsewhere}),
    ]
    verdicts = []
    for scenario, function, settings in scenarios:
        try:
            with Emulator(f"{folder}/{function}.zip", function, **settings) as emulator:
                verdicts += scenario(emulator)
        except (EmulatorError, ValueError, OSError) as error:
            verdicts.append(report(scenario.__doc__, str(error)))
    print(f"{sum(verdicts)} passed, {len(verdicts) - sum(verdicts)} failed")
    sys.exit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
