#!/usr/bin/env python3
"""A function that does what each event says, for the tests of what runs functions.

An event is an object of steps, taken in this order: {"print": [lines], "error": [lines], "sleep": seconds,
"spawn": seconds, "flood": what, "exit": code, "signal": number, "environment": name, "answer": anything,
"after": seconds}. A flood is text that is printed without end ("lines", "line", "errors"), by a child that leaves the
process group ("escaped"), or such a child that only keeps the outputs open ("held").
FUNCTION_INIT says what the init does: "exit 3", "sleep 60", "error Runtime.Broken", "extension" (which ends at SIGTERM),
"stubborn" (an extension that does not), "silent" (an extension that never asks for an event), "print text", "slow 60" (an init that makes each event take so long), "flood
lines" (an init that prints without end).
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
from runtime_api import RuntimeAPI  # noqa: E402

api = RuntimeAPI()
delay = 0


def flood(what):
    if what in ("escaped", "held"):
        if os.fork() > 0:
            return
        os.setsid()
        if what == "held":
            time.sleep(30)
    text = b"x" * 65536 if what == "line" else b"y\n" * 32768
    while True:
        os.write(2 if what == "errors" else 1, text)


def initialize(what):
    step, _, argument = what.partition(" ")
    if step == "exit":
        print("the init ends here", file=sys.stderr, flush=True)
        os._exit(int(argument))
    if step == "sleep":
        time.sleep(float(argument))
    if step == "error":
        api.fail_init(argument, b'{"errorMessage":"broken"}')
        os._exit(1)
    if step == "print":
        print(argument, flush=True)
    if step == "flood":
        flood(argument)
    if step == "slow":
        global delay
        delay = float(argument)
    if step == "silent":
        api.register_extension("hook", asks=False)
        if argument:
            threading.Thread(target=lambda: (time.sleep(float(argument)), os._exit(7)), daemon=True).start()
    if step in ("extension", "stubborn"):
        if step == "extension":
            signal.signal(signal.SIGTERM, lambda *_: (print("terminated", flush=True), os._exit(0)))
        else:
            signal.signal(signal.SIGTERM, lambda *_: print("not now", flush=True))
        api.register_extension("hook")


def handle(event):
    if not isinstance(event, dict):
        return event
    for line in event.get("print", []):
        print(line)
    sys.stdout.flush()
    for line in event.get("error", []):
        print(line, file=sys.stderr)
    time.sleep(event.get("sleep", delay))
    if "spawn" in event:
        subprocess.Popen(["sleep", str(event["spawn"])])
    if "flood" in event:
        flood(event["flood"])
    if "exit" in event:
        os._exit(event["exit"])
    if "signal" in event:
        os.kill(os.getpid(), event["signal"])
        time.sleep(60)
    if "environment" in event:
        return os.environ.get(event["environment"])
    return event.get("answer")


initialize(os.environ.get("FUNCTION_INIT", ""))
while True:
    request_id, event = api.next()
    api.respond(request_id, json.dumps(handle(event)).encode())
    if isinstance(event, dict):
        time.sleep(event.get("after", 0))
