#!/usr/bin/env python3
"""Crashes functions for real under the emulator: the record which did it is known afterwards, and where it was."""

import json
import os
import re
import sys

sys.dont_write_bytecode = True
import scenarios  # noqa: E402
import stream_events as events  # noqa: E402
from emulator import ROOT, Emulator, usable_namespaces  # noqa: E402

FOLDER = sys.argv[1] if len(sys.argv) > 1 else f"{ROOT}/build"


def emulated(function, **settings):
    return Emulator(f"{FOLDER}/{function}.zip", function, **settings)


def is_exit(answer):
    """Whether this is the response of a function whose process has crashed."""
    return json.loads(answer.body).get("errorType") == "Runtime.ExitError"


def among_others():
    """A batch whose second record is a trap, as the event source mapping delivers it"""
    trap = events.insertion(1, status={"S": "TRAP"})
    batch = events.encode([events.insertion(0), trap, events.insertion(2)])
    with emulated("CrashingFunction") as emulator:
        first = json.loads(emulator.invoke(batch).body)
        yield "the first delivery crashes the process", str(first.get("errorType", "")).startswith("Runtime."), first
        # Which of the three records it was is not known, for they ran at once; they run one at a time now.
        second = json.loads(emulator.invoke(batch).body)
        yield "the second, one record at a time, crashes it again and so names the record", (
            str(second.get("errorType", "")).startswith("Runtime.")), second
        mark = len(emulator.log)
        third = json.loads(emulator.invoke(batch).body)
        yield "the third sends it to the dead letters, and the shard moves on", third == {"batchItemFailures": []}, third
        handled = emulator.log[mark:].count("handling")
        yield "without running it", handled == 2, f"{handled} records were run"
        with open(os.path.join(emulator.root, "tmp", "dead-letters.jsonl")) as lines:
            letters = [json.loads(line) for line in lines]
        yield "the whole record is there", (
            [(line["reason"], line["record"]) for line in letters] == [("Crashed", trap)]), letters


def alone():
    """The same for a batch of one: one crash convicts nobody, the second does"""
    batch = events.encode([events.insertion(7, status={"S": "TRAP"})])
    with emulated("CrashingFunction") as emulator:
        emulator.invoke(batch)
        second = json.loads(emulator.invoke(batch).body)
        yield "a record that ran alone at a crash is run once more", (
            str(second.get("errorType", "")).startswith("Runtime.")), second
        third = json.loads(emulator.invoke(batch).body)
        yield "and goes to the dead letters in the third delivery", third == {"batchItemFailures": []}, third


def backtrace():
    """A function archived --with-backtrace, with template.yaml's variable, where no process may trace another"""
    if usable_namespaces() is None:
        print("  (no backtraces here: the backtracer's loader is looked for in /var/task)")
        return
    with emulated("LifecycleFunction", environment={"SWIFT_BACKTRACE": template_variable()},
                  forbids_tracing=True) as emulator:
        answer = emulator.invoke(b"crash")
        yield "the caller of a function with a backtrace receives the same error as without one", (
            is_exit(answer)), answer.body
        log = emulator.log
        frame = r"^ *0 .*crashOnPurpose\(_:\).* at \S*LifecycleFunction\.swift:\d+:\d+$"
        yield "the log names the function and the line that crashed", re.search(frame, log, re.MULTILINE), log
        yield "and shows nothing of the memory", "Registers" not in log and "rsp" not in log, log
        yield "the next invocation has a new process", emulator.invoke(b"again").body == b"again", emulator.log
        took = re.search(r"Backtrace took ([\d.]+)s", log)
        print(f"  (the backtrace took {took[1] if took else '?'} s)")


def backtracer_missing():
    """The variable set for an archive without a backtracer"""
    elsewhere = template_variable().replace("/var/task", "/nowhere")
    with emulated("LifecycleFunction", environment={"SWIFT_BACKTRACE": elsewhere}) as emulator:
        answer = emulator.invoke(b"crash")
        yield "without a backtracer the caller receives the same error", is_exit(answer), answer.body
        yield "and the next invocation has a new process", emulator.invoke(b"again").body == b"again", emulator.log


def template_variable():
    """SWIFT_BACKTRACE as template.yaml sets it."""
    with open(f"{ROOT}/template.yaml") as template:
        return re.search(r"- (enable=yes\S+)", template.read())[1]


if __name__ == "__main__":
    scenarios.run(among_others, alone, backtrace, backtracer_missing)
