#!/usr/bin/env python3
"""A function that reports the records of some items as failed, and handles the others.

    rejecting-function.py o-4 o-7
"""

import http.client
import json
import sys

sys.dont_write_bytecode = True
from runtime_api import RuntimeAPI  # noqa: E402


def main():
    rejected = set(sys.argv[1:])
    api = RuntimeAPI()
    while True:
        request_id, event = api.next()
        failed = [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in event["Records"]
                  if record["dynamodb"]["Keys"]["id"]["S"] in rejected]
        api.respond(request_id, json.dumps({"batchItemFailures": failed}).encode())


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, ConnectionError, http.client.HTTPException):
        sys.exit(1)
