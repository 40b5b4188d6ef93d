#!/usr/bin/env python3
"""Shows a deployed function answering stream events: what was sent, what came back, and what AWS does next."""

import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import simulation  # noqa: E402
import stream_events as events  # noqa: E402
from emulator import ROOT, Emulator, EmulatorError  # noqa: E402

ARCHIVE = os.path.join(ROOT, "build", "OrderProjector.zip")
IN_COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def colour(code, text):
    return f"\033[{code}m{text}\033[0m" if IN_COLOUR else text


def bold(text):
    return colour("1", text)


def failed(index):
    return {"batchItemFailures": [{"itemIdentifier": events.sequence_number(index)}]}


class Scene:
    def __init__(self, title, records, expected, next_steps):
        self.title, self.records, self.expected, self.next_steps = title, records, expected, next_steps


SCENES = [
    Scene(
        "A clean batch",
        [events.insertion(0), events.modification(1), events.removal(2)],
        {"batchItemFailures": []},
        "No record is reported, so all three are done. Lambda moves the shard's checkpoint past them and sends what "
        "comes after.",
    ),
    Scene(
        "A batch whose second record is malformed: its order has no id",
        [events.insertion(3), events.insertion(4, id=None), events.insertion(5)],
        failed(4),
        "The record before the reported one is done, and does not come again. Lambda sends the batch from the reported "
        "record on; when that fails too it cuts the batch until the record is alone. The template allows 5 retries; "
        "after them Lambda sends the record's place in the stream to the FailedBatches queue, and goes on with the "
        "record behind it. Nothing else in the shard is lost.",
    ),
    Scene(
        "A batch whose last record makes the handler throw",
        [events.insertion(6), events.insertion(7), events.insertion(8, status={"S": "EXPLODE"})],
        failed(8),
        "Two of three records are done. Lambda retries from the third on: a failure that passes, such as a service "
        "that is down for a minute, costs only that one record another try.",
    ),
]


def main():
    try:
        archive()
        with Emulator(ARCHIVE, "OrderProjector") as emulator:
            introduce(emulator)
            right = [play(emulator, number, scene) for number, scene in enumerate(SCENES, start=1)]
    except EmulatorError as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    close(all(right), emulator.log)
    simulate()


def archive():
    print(bold("Building OrderProjector as it is deployed"))
    # Not --static: if that cannot be built the demonstration goes on with the dynamic bundle.
    result = subprocess.run(["swift", "package", "--package-path", ROOT, "--allow-writing-to-package-directory", "archive",
                             "--product", "OrderProjector"])
    if result.returncode != 0:
        sys.exit("demo: there is nothing to show without an archive; the reason is above.")


def introduce(emulator):
    print(f"\nIt runs {emulator.isolation} under AWS's Runtime Interface Emulator, which stands in for Lambda: it hands "
          "the\nfunction an event and takes its answer, over the same protocol.")


def play(emulator, number, scene):
    """Sends the batch, shows what happened, and says whether it was what should have happened."""
    print(f"\n{bold(f'{number}. {scene.title}')}")
    print("\n   Sent")
    for record in scene.records:
        print(f"     {describe(record)}")
    answer = emulator.invoke(events.encode(scene.records))
    print(f"\n   Came back\n     {answer.body.decode(errors='replace')}")
    try:
        right = answer.status == 200 and json.loads(answer.body) == scene.expected
    except ValueError:
        right = False
    if not right:
        print(colour("31", f"     WRONG: this should have been {json.dumps(scene.expected)}"))
    print("\n   What AWS does next")
    print(wrap(scene.next_steps, "     "))
    return right


def describe(record):
    change = record["dynamodb"]
    image = change.get("NewImage") or change["OldImage"]
    values = ", ".join(f"{name} {next(iter(value.values()))}" for name, value in image.items() if name != "updatedAt")
    return f"{change['SequenceNumber']}  {record['eventName']:6}  {values}"


def wrap(text, indent, width=100):
    lines, line = [], indent
    for word in text.split():
        if len(line) + len(word) > width:
            lines.append(line.rstrip())
            line = indent
        line += word + " "
    return "\n".join([*lines, line.rstrip()])


def close(right, log):
    init = re.search(r"INIT REPORT\(durationMs: ([\d.]+)\)", log)
    if init:
        print(f"\nThe function was ready {float(init[1]):.1f} ms after it was started.")
    if not right:
        print(colour("31", "An answer was not what it should have been. The function's log:\n"))
        print(log)
        sys.exit(1)
    print(colour("32", "All answers were as they should be."))


def simulate():
    print(f"\n{bold('What becomes of a batch with a record that can never be handled')}")
    print(wrap("Lambda's event source mapping decides that, between the stream and the function. lambda-streams plays it "
               "with the same executable, in virtual time.", ""))
    if not simulation.play(ARCHIVE, bold):
        sys.exit("demo: a simulation did not end as it should have.")
    print(f"\nOpen {simulation.REPORT} in a browser to see it drawn.")
    print("To deploy a whole application: sam build, then sam deploy --guided (template.yaml).")


if __name__ == "__main__":
    main()
