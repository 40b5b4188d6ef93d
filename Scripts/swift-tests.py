#!/usr/bin/env python3
"""Runs `swift test` with the arguments given, and shows what counts of its thousands of lines: what failed, and the end.

Everything is in .build/NAME.log, where NAME is the first argument. A run that prints nothing for ten minutes is ended,
with the tests that had begun.

example: Scripts/swift-tests.py unit-tests --skip-build --filter BatchProcessor
"""

import os
import re
import select
import signal
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ISSUE = re.compile(r"^✘ Test (?:case passing .* to )?(.*?) recorded an issue")
STARTED = re.compile(r"^◇ Test (?!run |case )(.*) started\.$")
ENDED = re.compile(r"^[✔✘] Test (?!run |case )(.*?) (?:with \d+ test cases )?(?:passed|failed) after ")
# Of a run that ends without a word about its tests: the compiler's messages, or a crash.
LAST_LINES = 40
# No test is as long silent, nor is the compiler between two of its lines.
SILENT_SECONDS = 600


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        sys.exit(0 if len(sys.argv) > 1 else 2)
    name, arguments = sys.argv[1], sys.argv[2:]
    path = os.path.join(ROOT, ".build", name + ".log")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    run = Run(terminal=sys.stderr.isatty())
    # The tests are a child of `swift test`: what ends it must reach them too.
    process = subprocess.Popen(
        ["swift", "test", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    # Unbuffered, so that the log of a run that hangs ends with what it printed last.
    with open(path, "wb", buffering=0) as log:
        try:
            for line in lines(process.stdout):
                log.write(line)
                run.take(line.decode(errors="replace").rstrip("\n"))
        except TimeoutError:
            run.is_silent = True
            os.killpg(process.pid, signal.SIGKILL)
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGINT)
            sys.exit(130)
    status = process.wait()
    run.close(status, os.path.relpath(path))
    sys.exit(status if status >= 0 else 128 - status)


def lines(stream):
    """The lines of a stream; TimeoutError when there is nothing to read for SILENT_SECONDS."""
    rest = b""
    while True:
        if not select.select([stream], [], [], SILENT_SECONDS)[0]:
            raise TimeoutError
        piece = os.read(stream.fileno(), 1 << 16)
        if not piece:
            break
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest


class Run:
    def __init__(self, terminal):
        self.terminal = terminal
        self.failed, self.running, self.last = [], {}, []
        self.count, self.shows, self.closing, self.is_silent = 0, False, "", False

    def take(self, line):
        self.last = [*self.last[1 - LAST_LINES:], line]
        if issue := ISSUE.match(line):
            self.failed.append(issue[1])
        if started := STARTED.match(line):
            self.running[started[1]] = True
        if ended := ENDED.match(line):
            self.running.pop(ended[1], None)
            self.count += 1
            self.progress(f"{self.count} tests have ended")
        # What belongs to an issue stands on the lines behind it, up to the next line of a test.
        if line.startswith(("◇", "✔", "✘", "➜")):
            self.shows = bool(ISSUE.match(line)) or line.startswith("➜ Suite")
        self.shows |= "Sanitizer: " in line
        if line.startswith(("✔ Test run", "✘ Test run")):
            self.closing = line
        elif self.shows or re.match(r"\S*:\d+:\d+: (warning|error):|error:", line):
            self.progress("")
            print(line, flush=True)

    def progress(self, text):
        if self.terminal:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def close(self, status, path):
        self.progress("")
        if self.is_silent:
            print(f"nothing was printed for {SILENT_SECONDS} s: the run was ended")
        if status != 0 and (self.is_silent or not self.failed):
            print(*self.last, sep="\n")
            for test in self.running:
                print(f"had begun and did not end: {test}")
        for test in dict.fromkeys(self.failed):
            print(f"failed: {test}")
        if status != 0:
            print(f"the whole output is in {path}")
        if self.closing:
            print(self.closing, flush=True)


if __name__ == "__main__":
    main()
