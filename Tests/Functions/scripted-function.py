#!/usr/bin/env python3
"""A function that speaks Lambda's Runtime API and answers by a script: that of a case of the mapping, or of options.

    scripted-function.py --case Tests/MappingCases/Cases/07-bisect.json
    scripted-function.py --journal handled.txt --fail-in 5

A case's rules are tried in their order: the first that fits the event and has not been used up says what comes back.
With --journal every record that is handled is written to a file, one sequence number a line, before the answer is sent.
With --fail-in N, one event in N fails before any record of it is handled, by a hash of its request id and the try.
"""

import argparse
import http.client
import json
import sys
import zlib

sys.dont_write_bytecode = True
from runtime_api import RuntimeAPI  # noqa: E402


class Rule:
    def __init__(self, rule):
        when = rule.get("when", {})
        self.contains, self.final = when.get("contains"), when.get("final")
        self.left = rule.get("times", float("inf"))
        self.action = rule["then"]

    def fits(self, event, numbers):
        if self.left <= 0 or (self.contains is not None and self.contains not in numbers):
            return False
        return self.final is None or self.final == event.get("isFinalInvokeForWindow", False)


class Thrown(Exception):
    pass


def answer(event, numbers, failed=(), state_size=None):
    result = {}
    if "window" in event:
        if state_size is None:
            result["state"] = {"count": event["state"].get("count", 0) + len(numbers)}
        else:
            # {"text":""} has eleven bytes.
            result["state"] = {"text": "x" * (state_size - 11)}
    result["batchItemFailures"] = [{"itemIdentifier": number} for number in failed]
    return json.dumps(result, separators=(",", ":")).encode()


def played(action, event, numbers):
    if "throw" in action:
        raise Thrown(action["throw"])
    if "return" in action:
        return json.dumps(action["return"], separators=(",", ":")).encode()
    if "body" in action:
        return action["body"].encode()
    failed = [number for number in action.get("report", []) if number in numbers]
    return answer(event, numbers, failed, action.get("stateSize"))


def handle(event, request_id, options, rules, tries):
    numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
    for rule in rules:
        if rule.fits(event, numbers):
            rule.left -= 1
            return played(rule.action, event, numbers)
    tries[request_id] = tries.get(request_id, 0) + 1
    if options.fail_in and zlib.crc32(f"{request_id} {tries[request_id]}".encode()) % options.fail_in == 0:
        raise Thrown("one in so many")
    if options.journal:
        with open(options.journal, "a") as journal:
            journal.write("".join(number + "\n" for number in numbers))
    return answer(event, numbers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", help="a file of Tests/MappingCases/Cases")
    parser.add_argument("--journal", help="where handled sequence numbers are written")
    parser.add_argument("--fail-in", type=int, default=0, help="one event in so many fails")
    options = parser.parse_args()
    rules = []
    if options.case:
        with open(options.case) as case:
            rules = [Rule(rule) for rule in json.load(case).get("script", [])]
    tries = {}
    api = RuntimeAPI()
    while True:
        request_id, event = api.next()
        try:
            api.respond(request_id, handle(event, request_id, options, rules, tries))
        except Thrown as error:
            api.fail(request_id, json.dumps({"errorType": "Scripted", "errorMessage": str(error)}).encode())


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, ConnectionError, http.client.HTTPException):
        sys.exit(1)
