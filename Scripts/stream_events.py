#!/usr/bin/env python3
"""DynamoDB stream events as AWS sends them, for the demonstration, the emulator tests and the benchmarks."""

import argparse
import hashlib
import json
import sys

# What Lambda accepts as the payload of a synchronous invocation.
PAYLOAD_LIMIT = 6 * 1024 * 1024 + 100
STREAM = "arn:aws:dynamodb:eu-central-1:123456789012:table/Orders/stream/2026-11-21T08:00:00.000"
FIRST_SEQUENCE_NUMBER = 449180000000003713921547
FIRST_TIME = 1795248000


def sequence_number(index):
    return str(FIRST_SEQUENCE_NUMBER + index * 17)


def order(index, **changes):
    item = {
        "id": {"S": f"order-{index:05}"},
        "total": {"N": f"{19 + index % 400}.{index % 100:02}"},
        "status": {"S": "NEW"},
        "updatedAt": {"N": str(FIRST_TIME + index)},
    }
    item.update(changes)
    # An attribute that is changed to None is one that the item lacks.
    return {name: value for name, value in item.items() if value is not None}


def insertion(index, **changes):
    return record(index, "INSERT", {"NewImage": order(index, **changes)})


def modification(index):
    return record(index, "MODIFY", {"OldImage": order(index), "NewImage": order(index, status={"S": "PAID"})})


def removal(index):
    return record(index, "REMOVE", {"OldImage": order(index)})


def record(index, name, images):
    return {
        "eventID": hashlib.md5(str(index).encode()).hexdigest(),
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": FIRST_TIME + index,
            "Keys": {"id": {"S": f"order-{index:05}"}},
            **images,
            "SequenceNumber": sequence_number(index),
            "SizeBytes": 120,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": STREAM,
    }


def encode(records):
    return json.dumps({"Records": records}, separators=(",", ":")).encode()


def sized(count, size):
    """`count` inserted orders, padded by an attribute nobody reads to just under `size` bytes together."""
    # The shortest records that still have all that Lambda sends; ten thousand of them leave room for padding.
    bare = len(encode([insertion(index) for index in range(count)]))
    room = (size - bare) // count - len(',"note":{"S":""}')
    if room < 0:
        return encode([insertion(index) for index in range(count)])
    return encode([insertion(index, note={"S": "x" * room}) for index in range(count)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, help="how many records")
    parser.add_argument("size", type=int, nargs="?", default=0, help="bytes to pad the event to")
    options = parser.parse_args()
    sys.stdout.buffer.write(sized(options.count, options.size))


if __name__ == "__main__":
    main()
