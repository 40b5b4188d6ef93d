#!/usr/bin/env python3
"""Runs the conformance cases that AWS's emulator can show, on a function that does what its events say.

Documentation/LambdaStreams.docc/Conformance.md says of each case where it comes from.
"""

import base64
import json
import os
import sys
import threading
import time

sys.dont_write_bytecode = True
import scenarios  # noqa: E402
from emulator import ROOT, Emulator, EmulatorError  # noqa: E402

ARCHIVE = f"{ROOT}/build/ConformanceFunction.zip"
PAYLOAD_LIMIT = 6 * 1024 * 1024 + 100
# What Failure of the function says, and its type.
MESSAGE = "quotes \", a line\nbreak, a NUL \0, a DEL \x7f, é and 日本"
FAILURE = "Function.Failure"


class Function(Emulator):
    """The function of the tests, under the emulator."""

    def __init__(self, timeout=10, **variables):
        super().__init__(ARCHIVE, "ConformanceFunction", timeout=timeout, environment=variables)

    def invoke(self, payload, headers=None):
        """For Managed Instances the emulator refuses what comes before a loop has asked again: then once more."""
        end = time.monotonic() + 10
        while True:
            answer = super().invoke(payload, headers)
            if b'"Runtime.Unavailable"' not in answer.body or time.monotonic() > end:
                return answer
            time.sleep(0.01)

    def told(self, **headers):
        """What an invocation receives, by name."""
        answer = self.invoke(b"context", {name.replace("_", "-"): value for name, value in headers.items()})
        return dict(line.split("=", 1) for line in answer.body.decode().splitlines())

    def notes(self):
        try:
            with open(os.path.join(self.root, "tmp", "notes")) as notes:
                return notes.read().split()
        except FileNotFoundError:
            return []

    def invoke_at_once(self, count, payload, meanwhile=lambda: None):
        """The answers, in the order in which they came."""
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.invoke(payload))) for _ in range(count)]
        for thread in threads:
            thread.start()
        meanwhile()
        for thread in threads:
            thread.join()
        return answers

    def wait(self, condition):
        """Until it holds, for at most ten seconds."""
        end = time.monotonic() + 10
        while not condition() and time.monotonic() < end:
            time.sleep(0.01)
        return condition()


def error(answer):
    try:
        return json.loads(answer.body)
    except ValueError:
        return {"errorType": None, "body": answer.body[:300]}


def encoded(context):
    return base64.b64encode(context).decode()


def payloads():
    """Payloads"""
    with Function() as function:
        for name, payload in [
            ("echo_success", b'{"hello": "world"}'), ("echo_unicode", "日本語 é 👩‍🚀".encode()),
            ("binary_response: every byte", bytes(range(256)) * 6), ("an empty payload", b""),
            ("6,291,556 bytes pass", b"x" * PAYLOAD_LIMIT),
        ]:
            answer = function.invoke(payload)
            yield name, answer.body == payload, answer.body[:100]
        answer = error(function.invoke(b"size %d" % (PAYLOAD_LIMIT + 1)))
        yield "one more does not", answer.get("errorType") == (
            "Function.ResponseSizeTooLarge"), answer
        yield "and the next invocation works", function.invoke(b"next").body == b"next", function.log
        yield "two invocations have one process", "exited" not in function.log, function.log


def contexts():
    """What an invocation receives"""
    with Function(MINE="a=b=c") as function:
        client = encoded(b'{"custom":{"key":"value","number":1,"nested":{"a":[]}},"client":{},"env":{}}')
        told = function.told(X_Amz_Client_Context=client, X_Amz_Tenant_Id="tenant")
        yield "the request id is the platform's", f"START RequestId: {told['request']} " in function.log, told
        yield "the process's arguments", told["arguments"].split()[0].endswith("/bootstrap"), told
        yield "the function's ARN", told["arn"].endswith(":function:ConformanceFunction"), told
        yield "its name, version and memory", (told["name"], told["version"], told["memory"]) == (
            "ConformanceFunction", "$LATEST", "3008"), told
        yield "the client context, values that are no text too", told["client"] == (
            'key:value nested:{"a":[]} number:1'), told
        yield "the tenant", told["tenant"] == "tenant", told
        yield "the remaining time", 9_000 < int(told["remaining"]) <= 10_000, told
        again = function.told()
        yield "none of it in the next invocation", all(
            not again[name] for name in ("client", "tenant", "trace", "variable", "identity")), again
        yield "in the same process", again["process"] == told["process"], again
        answer = function.invoke(b"environment MINE")
        yield "a variable's value with '='", answer.body == b"a=b=c", answer.body
        refused = error(function.invoke(b"x", {"X-Amz-Client-Context": encoded(b"{not JSON")}))
        yield "a client context that is none fails its invocation", refused.get("errorType") == (
            "Function.InvocationHeaderError"), refused
        yield "and no other", function.invoke(b"next").body == b"next", function.log
    for seconds in (3, 300):
        with Function(timeout=seconds) as function:
            remaining = int(function.told()["remaining"])
            yield f"the remaining time of {seconds} seconds", seconds - 1 < remaining / 1000 <= seconds, remaining


def failures():
    """Failures"""
    with Function() as function:
        for _ in range(3):
            answer = error(function.invoke(b"fail"))
            yield "echo_failure: type, message and stack trace", answer == {
                "errorType": FAILURE, "errorMessage": MESSAGE,
                "stackTrace": ["inner() at /src/a.swift:12", "outer() at /src/b.swift:7"]}, answer
            yield "and the next invocation works", function.invoke(b"next").body == b"next", function.log
        yield "the emulator took the cause for X-Ray with it", "refused" not in function.log, function.log
        for status in (0, 3):
            answer = error(function.invoke(b"exit %d" % status))
            yield f"exit with {status} within an invocation", answer.get("errorType") == "Runtime.ExitError", answer
            yield "and the next invocation has a new process", function.invoke(b"next").body == b"next", function.log


def failed_inits():
    """Failed inits"""
    with Function(FUNCTION_INIT="fail") as function:
        for _ in range(2):
            answer = function.invoke(b"x")
            yield "one that reports why", answer.status == 502 and error(answer).get("errorType") == FAILURE, answer.body
    with Function(FUNCTION_INIT="exit") as function:
        for _ in range(2):
            yield "one that exits before its first request", function.invoke(b"x").status == 502, function.log
        yield "is an exit for the platform", "fatal error stored in appctx: Runtime.ExitError" in function.log, function.log


def timeouts():
    """Timeouts, and the end of the environment"""
    for kind in ("hooks", ""):
        with Function(timeout=1, FUNCTION_KIND=kind) as function:
            answer = function.invoke(b"sleep 60000")
            yield "a handler that is out of time", answer.body == b"Task timed out after 1.00 seconds", answer.body
            yield "and the next invocation works", function.invoke(b"next").body == b"next", function.log
            hooks = ["second", "first"] if kind else []
            notes = function.notes()
            yield f"SIGTERM {'enabled' if kind else 'baseline'}: hooks after the timeout", notes == ["begun"] + hooks, notes
            has_extension = "swift-lambda-streams-shutdown" in function.log
            yield "an extension only where there are hooks", has_extension == bool(kind), function.log
            function.terminate()
            notes = function.notes()
            yield "and at the end of the environment", notes == ["begun"] + hooks * 2, notes


def streams():
    """Streamed answers, which the emulator gives whole"""
    with Function(FUNCTION_KIND="streaming") as function:
        for _ in range(2):
            answer = function.invoke(b"x")
            yield "a streamed answer", answer.body == b"one,two", answer.body
            answer = function.invoke(b"break")
            yield "one that breaks has what had come", answer.body == b"one,", answer.body
        told = function.log.count("the function failed after its response had begun")
        yield "and the log says so", told == 2, function.log


def managed():
    """Managed Instances"""
    variables = {"FUNCTION_KIND": "hooks", "AWS_LAMBDA_MAX_CONCURRENCY": "3"}
    with Function(timeout=2, **variables) as function:
        told = function.told(X_Amz_Client_Context=encoded(b'{"custom":{"key":"value"}}'), X_Amzn_Trace_Id="Root=1-2-3")
        yield "an invocation receives its context", told["client"] == "key:value" and (
            told["arn"].endswith(":function:ConformanceFunction")), told
        yield "the trace id, and no variable of the process", (told["trace"], told["variable"]) == ("Root=1-2-3", ""), told
        yield "none of it in the next invocation", not function.told()["client"] + function.told()["trace"], told
        began = time.monotonic()
        answers = [answer for _ in range(3) for answer in function.invoke_at_once(3, b"sleep 400")]
        took = time.monotonic() - began
        yield "ConcurrencyWithRIE: nine of 0.4 s, three at once", (
            [answer.body for answer in answers] == [b"sleep 400"] * 9 and 1.2 <= took < 3), (took, answers[-1].body)
        answer = error(function.invoke(b"fail"))
        yield "an error: type and message", (answer.get("errorType"), answer.get("errorMessage")) == (
            FAILURE, MESSAGE), answer
        answer = error(function.invoke(b"sleep 3000"))
        yield "a handler that is out of time", answer.get("errorType") == "Sandbox.Timedout", answer
        late = "the post to /response came after the invocation had timed out"
        yield "has a late post, which costs nothing", function.wait(lambda: late in function.log), function.log
        yield "and its process goes on", function.told()["process"] == told["process"], function.log

        def end():
            function.wait(lambda: function.notes()[-3:] == ["begun"] * 3)
            function.terminate()

        # The emulator has told their callers of its end before it signals the function, which cannot know.
        function.invoke_at_once(3, b"sleep 200", meanwhile=end)
        notes = function.notes()[-8:]
        yield "SIGTERM during invoke: they end, then the hooks run", notes == (
            ["begun"] * 3 + ["ended"] * 3 + ["second", "first"]), function.notes()
    # It begins the init at its start, and ends when that fails.
    for kind, expected in (("fail", FAILURE), ("exit", "Runtime.ExitError")):
        try:
            with Function(FUNCTION_INIT=kind, **variables) as function:
                function.wait(lambda: "INIT failed" in function.log)
                log = function.log
        except EmulatorError as ended:
            log = str(ended)
        yield f"the init ends by {kind}", f'"INIT failed" err={expected}' in log or (
            f'"INIT failed" err="{expected}' in log), log


if __name__ == "__main__":
    scenarios.run(payloads, contexts, failures, failed_inits, timeouts, streams, managed)
