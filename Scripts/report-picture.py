#!/usr/bin/env python3
"""Makes the picture of a simulation's report that the README shows: ten orders, of which the fifth has no id."""

import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import stream_events as events  # noqa: E402
from emulator import ROOT  # noqa: E402

PICTURE = os.path.join(ROOT, "Documentation", "LambdaStreams.docc", "Resources", "simulation-report.png")
BUILT = os.path.join(ROOT, ".build", "debug")
BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
SIZE = (1180, 860)
# A run in which records are discarded ends with this code.
DISCARDED = 3


def main():
    browser = next((path for path in BROWSERS if os.path.exists(path)), None)
    if browser is None:
        sys.exit("report-picture: there is no chromium; install the package chromium")
    for product in ("lambda-streams", "OrderProjector"):
        subprocess.run(["swift", "build", "--package-path", ROOT, "--product", product], check=True,
                       stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        report = simulate(folder)
        subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                        f"--user-data-dir={folder}/profile", "--virtual-time-budget=3000",
                        f"--window-size={SIZE[0]},{SIZE[1]}", f"--screenshot={PICTURE}", f"file://{report}"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(f"report-picture: {os.path.relpath(PICTURE, ROOT)}, {os.path.getsize(PICTURE) // 1024} KB")


def simulate(folder):
    records = [events.insertion(index, **({"id": None} if index == 4 else {})) for index in range(10)]
    for record in records:
        record["dynamodb"]["ApproximateCreationDateTime"] = events.FIRST_TIME
    path, report = os.path.join(folder, "orders.json"), os.path.join(folder, "report.html")
    with open(path, "w") as file:
        json.dump({"Records": records}, file)
    result = subprocess.run([os.path.join(BUILT, "lambda-streams"), "simulate",
                             "--template", os.path.join(ROOT, "template.yaml"), "--function", "OrderProjector",
                             "--records", "orders.json", "--report", report, "--maximum-retry-attempts", "1",
                             "--no-advice", "--no-timeline", "--",
                             os.path.join(BUILT, "OrderProjector")],
                            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != DISCARDED:
        print(result.stdout, file=sys.stderr)
        sys.exit(f"report-picture: simulate ended with {result.returncode}, and {DISCARDED} was expected")
    return report


if __name__ == "__main__":
    main()
