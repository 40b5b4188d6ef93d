#!/usr/bin/env python3
"""Builds template.yaml as a user does, by `sam build`, and runs each function's bootstrap once.

A bootstrap without a Runtime API says that it has none, which shows that the executable is whole and starts.
"""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUTPUT = os.path.join(ROOT, ".aws-sam", "build")
FUNCTIONS = ["OrderProjector", "IdempotentNotifier", "Redriver"]


def main():
    environment = dict(os.environ, SAM_CLI_TELEMETRY="0", AWS_DEFAULT_REGION="eu-central-1")
    result = subprocess.run([os.path.join(ROOT, ".build", "venv", "bin", "sam"), "build"], cwd=ROOT, env=environment)
    if result.returncode != 0:
        sys.exit("sam-build: `sam build` failed; the reason is above.")
    problems = [problem for function in FUNCTIONS for problem in check(function)]
    for problem in problems:
        print(f"sam-build: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"sam-build: {', '.join(FUNCTIONS)} are built, and start")


def check(function):
    bootstrap = os.path.join(OUTPUT, function, "bootstrap")
    if not os.access(bootstrap, os.X_OK):
        yield f"{function} has no executable bootstrap in .aws-sam/build"
        return
    environment = {name: value for name, value in os.environ.items() if name != "AWS_LAMBDA_RUNTIME_API"}
    variables = dict.fromkeys(
        ["PROJECTION_TABLE", "LAST_APPLIED_TABLE", "DEAD_LETTER_QUEUE", "DEAD_LETTER_BUCKET", "IDEMPOTENCY_TABLE",
         "ORDERS_PLACED_TOPIC", "FAILED_RECORDS_BUCKET"], "value")
    result = subprocess.run([bootstrap], env={**environment, **variables, "_HANDLER": function, "MAXIMUM_REDRIVES": "1"},
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    if "AWS_LAMBDA_RUNTIME_API" not in result.stdout:
        yield f"{function} does not say that it has no Runtime API: exit {result.returncode}, {result.stdout[:500]!r}"


if __name__ == "__main__":
    main()
