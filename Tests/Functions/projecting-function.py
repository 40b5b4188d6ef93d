#!/usr/bin/env python3
"""A function that notes the changes of a table, and is broken until it is repaired.

    projecting-function.py --journal changes.jsonl --dead-letters http://127.0.0.1:5000/123456789012/failed

Every record that is handled becomes a line of the journal: the item's key, its number and the image. An item whose number
n is divisible by 5 is sent to the queue of dead letters, as this package writes them; one whose n is divisible by 7 fails
the whole event. With --repaired every record is handled. --pause waits before each record, in seconds.
"""

import argparse
import http.client
import json
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
from runtime_api import RuntimeAPI  # noqa: E402


class Broken(Exception):
    pass


def dead_letter(record, queue):
    letter = {"version": "1.0", "deadLetteredAt": "2026-01-01T00:00:00.000Z", "reason": "Permanent", "deliveries": 1,
              "error": {"errorType": "Function.Broken", "errorMessage": "divisible by 5"},
              "invocation": {"requestId": "1"}, "record": record}
    place = urllib.parse.urlparse(queue)
    connection = http.client.HTTPConnection(place.netloc)
    connection.request("POST", "/", json.dumps({"QueueUrl": queue, "MessageBody": json.dumps(letter)}), {
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/sqs/aws4_request, "
                         "SignedHeaders=host, Signature=0"})
    if connection.getresponse().status != 200:
        raise Broken("the dead letter could not be sent")


def number(record):
    image = record["dynamodb"].get("NewImage") or record["dynamodb"].get("OldImage") or {}
    return int(image.get("n", {}).get("N", "1"))


def handle(event, options):
    if not options.repaired and any(number(record) % 7 == 0 for record in event["Records"]):
        raise Broken("divisible by 7")
    for record in event["Records"]:
        time.sleep(options.pause)
        if not options.repaired and number(record) % 5 == 0:
            dead_letter(record, options.dead_letters)
            continue
        change = record["dynamodb"]
        line = {"id": change["Keys"]["id"]["S"], "number": change["SequenceNumber"], "image": change.get("NewImage")}
        with open(options.journal, "a") as journal:
            journal.write(json.dumps(line) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--journal", required=True)
    parser.add_argument("--dead-letters", default="")
    parser.add_argument("--repaired", action="store_true")
    parser.add_argument("--pause", type=float, default=0)
    options = parser.parse_args()
    api = RuntimeAPI()
    while True:
        request_id, event = api.next()
        try:
            handle(event, options)
            api.respond(request_id, b'{"batchItemFailures":[]}')
        except Broken as error:
            api.fail(request_id, json.dumps({"errorType": "Broken", "errorMessage": str(error)}).encode())


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, ConnectionError, http.client.HTTPException):
        sys.exit(1)
