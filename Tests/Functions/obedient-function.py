#!/usr/bin/env python3
"""A function that does what each event says, for the tests of what runs functions.

An event is an object of steps, taken in this order: {"print": [lines], "error": [lines], "sleep": seconds,
"spawn": seconds, "exit": code, "signal": number, "environment": name, "answer": anything, "after": seconds}.
FUNCTION_INIT says what the init does: "exit 3", "sleep 60", "error Runtime.Broken", "extension" (which ends at SIGTERM),
"stubborn" (an extension that does not), "print text", "slow 60" (an init that makes each event take so long).
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time

host, _, base = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
connection = http.client.HTTPConnection(host)
base = (f"/{base}" if base else "") + "/2018-06-01/runtime"
delay = 0


def call(method, path, body=None, headers={}, over=connection):
    over.request(method, path, body=body, headers={"User-Agent": "scripted/1", **headers})
    response = over.getresponse()
    return response, response.read()


def initialize(what):
    step, _, argument = what.partition(" ")
    if step == "exit":
        print("the init ends here", file=sys.stderr, flush=True)
        os._exit(int(argument))
    if step == "sleep":
        time.sleep(float(argument))
    if step == "error":
        headers = {"Lambda-Runtime-Function-Error-Type": argument}
        call("POST", base + "/init/error", b'{"errorMessage":"broken"}', headers)
        os._exit(1)
    if step == "print":
        print(argument, flush=True)
    if step == "slow":
        global delay
        delay = float(argument)
    if step in ("extension", "stubborn"):
        if step == "extension":
            signal.signal(signal.SIGTERM, lambda *_: (print("terminated", flush=True), os._exit(0)))
        else:
            signal.signal(signal.SIGTERM, lambda *_: print("not now", flush=True))
        agent = http.client.HTTPConnection(host)
        response, _ = call("POST", "/2020-01-01/extension/register", b'{"events":[]}', {"Lambda-Extension-Name": "hook"},
                           agent)
        identifier = response.getheader("Lambda-Extension-Identifier")
        agent.request("GET", "/2020-01-01/extension/event/next", headers={"Lambda-Extension-Identifier": identifier})


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
    response, body = call("GET", base + "/invocation/next")
    identifier = response.getheader("Lambda-Runtime-Aws-Request-Id")
    event = json.loads(body)
    call("POST", f"{base}/invocation/{identifier}/response", json.dumps(handle(event)).encode())
    if isinstance(event, dict):
        time.sleep(event.get("after", 0))
