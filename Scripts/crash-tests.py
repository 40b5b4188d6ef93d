#!/usr/bin/env python3
"""Crashes a function for real under the emulator, and sees that the record which did it is known afterwards."""

import json
import os
import sys

sys.dont_write_bytecode = True
import stream_events as events  # noqa: E402
from emulator import ROOT, Emulator, EmulatorError  # noqa: E402


def report(name, problem):
    print(f"  {'FAILED' if problem else 'ok    '}  {name}{': ' + problem if problem else ''}")
    return not problem


def unless(condition, problem):
    return None if condition else problem


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
    mark = len(emulator.log)
    third = json.loads(emulator.invoke(batch).body)
    yield report("the third captures it, and the shard moves on",
                 unless(third == {"batchItemFailures": []}, f"got {third}"))
    handled = emulator.log[mark:].count("handling")
    yield report("without running it", unless(handled == 2, f"{handled} records were run, not 2"))
    with open(os.path.join(emulator.task, "tmp", "poison.jsonl")) as lines:
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


def main():
    archive = sys.argv[1] if len(sys.argv) > 1 else f"{ROOT}/build/CrashingFunction.zip"
    verdicts = []
    for scenario in (run, run_alone):
        try:
            with Emulator(archive, "CrashingFunction") as emulator:
                verdicts += scenario(emulator)
        except (EmulatorError, ValueError, OSError) as error:
            verdicts.append(report(scenario.__doc__, str(error)))
    print(f"{sum(verdicts)} passed, {len(verdicts) - sum(verdicts)} failed")
    sys.exit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
