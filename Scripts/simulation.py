#!/usr/bin/env python3
"""The demonstration's last part: a batch with a poison record under an event source mapping, careless and careful."""

import json
import os
import subprocess
import sys
import tempfile
import zipfile

sys.dont_write_bytecode = True
import stream_events as events  # noqa: E402
from emulator import ROOT  # noqa: E402

REPORT = os.path.join("build", "simulation.html")
COMMAND = os.path.join(ROOT, ".build", "debug", "lambda-streams")

# Eight orders written within a second; the fourth has no id, so it cannot be handled.
RECORDS = [events.insertion(index, **({"id": None} if index == 3 else {})) for index in range(8)]
for record in RECORDS:
    record["dynamodb"]["ApproximateCreationDateTime"] = events.FIRST_TIME

CARELESS = ["--report-batch-item-failures", "false", "--bisect-batch-on-function-error", "false"]
SCENES = [
    ("Without ReportBatchItemFailures and without a bisect", CARELESS, 4),
    ("As template.yaml has it: with both, and with a queue for what is discarded", ["--report", REPORT], 3),
]


def play(archive, bold):
    """Runs the simulations; says whether each ended as it should."""
    print("\nBuilding lambda-streams, which plays the event source mapping")
    built = subprocess.run(["swift", "build", "--package-path", ROOT, "--product", "lambda-streams"],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if built.returncode != 0:
        print(built.stdout)
        sys.exit("demo: lambda-streams could not be built; the reason is above.")
    right = True
    with tempfile.TemporaryDirectory() as folder:
        function, records = executable(archive, folder), os.path.join(folder, "orders.json")
        with open(records, "w") as file:
            json.dump({"Records": RECORDS}, file)
        os.makedirs(os.path.join(ROOT, "build"), exist_ok=True)
        for title, options, status in SCENES:
            print(f"\n{bold(title)}\n", flush=True)
            result = subprocess.run([COMMAND, "simulate", "--template", "template.yaml",
                                     "--function", "OrderProjector", "--records", records,
                                     "--timeline", *options, "--", function], cwd=ROOT)
            right = right and result.returncode == status
    return right


def executable(archive, folder):
    """The bootstrap of the archive where it is one file, else the function as it is built for debugging."""
    with zipfile.ZipFile(archive) as contents:
        if contents.open("bootstrap").read(4) == b"\x7fELF":
            path = contents.extract("bootstrap", folder)
            os.chmod(path, 0o755)
            return path
    subprocess.run(["swift", "build", "--package-path", ROOT, "--product", "OrderProjector"], check=True,
                   stdout=subprocess.DEVNULL)
    return os.path.join(ROOT, ".build", "debug", "OrderProjector")
