#!/usr/bin/env python3
"""Runs archives of OrderProjector, a static executable or a dynamic bundle, under the emulator against everything an
event may be.

example: Scripts/emulator-tests.py build/OrderProjector.zip
"""

import json
import os
import re
import sys

sys.dont_write_bytecode = True
import scenarios  # noqa: E402
import stream_events as events  # noqa: E402
from emulator import ROOT, Emulator  # noqa: E402

DONE = {"batchItemFailures": []}
# Each of the ways in which a record of this function is malformed.
MALFORMATIONS = {
    "lacks its id": {"id": None},
    "has a total that is no number": {"total": {"N": "twelve"}},
    "has a total of another type": {"total": {"S": "12.50"}},
}


def failed(index):
    return {"batchItemFailures": [{"itemIdentifier": events.sequence_number(index)}]}


def batch(count, spoiled=None, **changes):
    return events.encode([events.insertion(i, **(changes if i == spoiled else {})) for i in range(count)])


def cases():
    """Name, payload, and the answer: a batch response, or the error type of a failed invocation."""
    yield "one record", batch(1), DONE
    yield "a hundred records", batch(100), DONE
    yield "ten thousand records, just under 6 MB", events.sized(10_000, events.PAYLOAD_LIMIT), DONE
    yield "an insertion, a modification and a removal", events.encode(
        [events.insertion(0), events.modification(1), events.removal(2)]), DONE
    yield "no records", events.encode([]), DONE
    for what, changes in MALFORMATIONS.items():
        for where, index in (("first", 0), ("in the middle", 5), ("last", 9)):
            yield f"the record {where} {what}", batch(10, index, **changes), failed(index)
    for where, index in (("first", 0), ("in the middle", 5), ("last", 9)):
        yield f"the handler throws at the record {where}", batch(10, index, status={"S": "EXPLODE"}), failed(index)
    yield "a body that is not JSON", b"this is not JSON", "Function.StreamEventError"
    yield "a body cut off in the middle", batch(3)[:700], "Function.StreamEventError"
    yield "a body that is JSON but no event", b'{"hello": "world"}', "Function.StreamEventError"
    yield "an empty body", b"", "Function.StreamEventError"


def compare(answer, expected):
    """What is wrong with the answer; None when nothing is."""
    if answer.status != 200:
        return f"HTTP status {answer.status}, {answer.body[:200]!r}"
    try:
        body = json.loads(answer.body)
    except ValueError:
        return f"the answer is not JSON: {answer.body[:200]!r}"
    if isinstance(expected, dict):
        return None if body == expected else f"expected {expected}, got {str(body)[:300]}"
    # The emulator hands an error on as the body, with status 200.
    if body.get("errorType") == expected and body.get("errorMessage") and body.get("stackTrace") == []:
        return None
    return f"expected an error of type {expected} with a message, got {str(body)[:300]}"


def shapes():
    """what OrderProjector answers"""
    # A proxy that nobody serves: the runtime must not ask it for the Runtime API.
    proxies = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    for archive in sys.argv[1:] or [f"{ROOT}/build/OrderProjector.zip"]:
        # Handlers are often written in the manner of other runtimes; the launcher of a dynamic bundle accepts that.
        with Emulator(archive, "OrderProjector.handler", environment=proxies) as emulator:
            print(f"  {os.path.basename(archive)}, {emulator.isolation}")
            for name, payload, expected in cases():
                problem = compare(emulator.invoke(payload), expected)
                yield name, problem is None, problem
                problem = compare(emulator.invoke(batch(1)), DONE)
                yield "  and the next invocation works", problem is None, problem
            exits = re.findall(r"Process runtime-\d+ exited.*", emulator.log)
            yield "one process served them all", not exits, exits
            init = re.search(r"INIT REPORT\(durationMs: ([\d.]+)\)", emulator.log)
            print(f"  (init took {init[1] if init else '?'} ms)")


if __name__ == "__main__":
    scenarios.run(shapes)
