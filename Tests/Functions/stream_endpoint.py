#!/usr/bin/env python3
"""A DynamoDB and DynamoDB Streams endpoint whose shards, records and faults are set by the test that runs it.

    stream_endpoint.py PLAN.json        prints the port that it listens at

PLAN: {"table", "stream": the stream's label, "status", "pageSize", "pageDelay", "throttle", "expire", "empty": how often
a page is throttled, expired or empty, 0 to 1, "seed", "broken": {shard: [index, JSON text in place of that record]},
"shards": [{"id", "parent", "first", "count", "digits", "closed", "trimmed", "time", "old"}]}. A shard has the numbers first to
first + count - 1, of that many digits; the first `trimmed` of them are gone; `time` is when the first `old` records (all by default) were written, and others are written now.
POST /plan with {"shards": [...], ...} changes what it names: shards by their ids, anything else as a whole; a shard with
"gone": true is removed. GET / is what was asked.
"""

import json
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Refused(Exception):
    pass


class StreamEndpoint:
    def __init__(self, plan, port=0):
        self.plan = {"table": "orders", "stream": "2026-01-01T00:00:00.000", "status": "ENABLED", "shards": [], **plan}
        self.shards = {shard["id"]: dict(shard) for shard in self.plan["shards"]}
        self.random = random.Random(self.plan.get("seed", 0))
        self.lock = threading.Lock()
        self.asked = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def answer(self, status, data):
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
                if self.path == "/plan":
                    endpoint.change(body)
                    return self.answer(200, b"{}")
                try:
                    self.answer(200, endpoint.call(self.headers["X-Amz-Target"].split(".")[1], body).encode())
                except Refused as refused:
                    error = {"__type": f"com.amazonaws.dynamodb.v20120810#{refused}", "message": str(refused)}
                    self.answer(400, json.dumps(error).encode())

            def do_GET(self):
                with endpoint.lock:
                    self.answer(200, json.dumps(endpoint.asked).encode())

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # a client that was killed
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def change(self, changes):
        with self.lock:
            for shard in changes.pop("shards", []):
                if shard.get("gone"):
                    self.shards.pop(shard["id"], None)
                else:
                    self.shards.setdefault(shard["id"], {}).update(shard)
            self.plan.update(changes)

    @property
    def arn(self):
        return f"arn:aws:dynamodb:us-east-1:000000000000:table/{self.plan['table']}/stream/{self.plan['stream']}"

    def call(self, operation, body):
        with self.lock:
            if operation == "DescribeTable":
                table = {"TableName": self.plan["table"], "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
                if self.plan["stream"]:
                    table["LatestStreamArn"] = self.arn
                return json.dumps({"Table": table})
            if operation == "DescribeStream":
                return self.describe(body)
            if operation == "GetShardIterator":
                return self.iterator(body)
            if operation != "GetRecords":
                raise Refused("UnknownOperationException")
            page = self.records(body)
        time.sleep(self.plan.get("pageDelay", 0))
        return page

    def describe(self, body):
        if body["StreamArn"] != self.arn:
            raise Refused("ResourceNotFoundException")
        listed = []
        for shard in self.shards.values():
            span = {"StartingSequenceNumber": self.number(shard, shard["first"])}
            if shard.get("closed"):
                span["EndingSequenceNumber"] = self.number(shard, shard["first"] + shard["count"])
            parent = {"ParentShardId": shard["parent"]} if shard.get("parent") else {}
            listed.append({"ShardId": shard["id"], **parent, "SequenceNumberRange": span})
        return json.dumps({"StreamDescription": {
            "StreamArn": self.arn, "StreamStatus": self.plan["status"], "TableName": self.plan["table"],
            "StreamViewType": "NEW_IMAGE", "Shards": listed}})

    def number(self, shard, number):
        return str(number).zfill(shard.get("digits", 21))

    def iterator(self, body):
        self.asked.append({name: body[name] for name in ("ShardId", "ShardIteratorType", "SequenceNumber") if name in body})
        shard = self.shards.get(body["ShardId"])
        if shard is None or body["StreamArn"] != self.arn:
            raise Refused("ResourceNotFoundException")
        kind, trimmed = body["ShardIteratorType"], shard.get("trimmed", 0)
        if kind == "LATEST":
            at = shard["count"]
        elif kind == "TRIM_HORIZON":
            at = trimmed
        else:
            at = int(body["SequenceNumber"]) - shard["first"] + (kind == "AFTER_SEQUENCE_NUMBER")
        if at < trimmed:
            raise Refused("TrimmedDataAccessException")
        return json.dumps({"ShardIterator": f"{body['ShardId']}|{at}|{self.plan.get('era', 0)}"})

    def records(self, body):
        for name, error in (("throttle", "ProvisionedThroughputExceededException"), ("expire", "ExpiredIteratorException")):
            if self.random.random() < self.plan.get(name, 0):
                raise Refused(error)
        name, at, era = body["ShardIterator"].split("|")
        if int(era) < self.plan.get("era", 0):  # what a long time does
            raise Refused("ExpiredIteratorException")
        shard = self.shards.get(name)
        if shard is None:
            raise Refused("ResourceNotFoundException")
        at = max(int(at), shard.get("trimmed", 0))
        size = 0 if self.random.random() < self.plan.get("empty", 0) else self.plan.get("pageSize", 1000)
        end = min(shard["count"], at + size)
        broken = self.plan.get("broken", {}).get(name)
        page = [broken[1] if broken and broken[0] == index else self.record(shard, index) for index in range(at, end)]
        rest = "" if shard.get("closed") and end >= shard["count"] else f',"NextShardIterator":"{name}|{end}|{era}"'
        return '{"Records":[' + ",".join(page) + "]" + rest + "}"

    def record(self, shard, index):
        number = shard["first"] + index
        key = {"id": {"S": str(number)}}
        written = shard.get("time", 1767225600) if index < shard.get("old", index + 1) else int(time.time())
        change = {"ApproximateCreationDateTime": written, "Keys": key,
                  "NewImage": {**key, "n": {"N": str(number)}}, "SequenceNumber": self.number(shard, number),
                  "SizeBytes": 10, "StreamViewType": "NEW_IMAGE"}
        return json.dumps({"eventID": f"{number:032x}", "eventName": "INSERT", "eventVersion": "1.1",
                           "eventSource": "aws:dynamodb", "awsRegion": "us-east-1", "dynamodb": change})


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        started = StreamEndpoint(json.load(file)).start()
    print(started.port, flush=True)
    started.thread.join()
