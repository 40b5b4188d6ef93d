#!/usr/bin/env python3
"""Four processes of fifty tasks each fight over a hundred keys, and everything that can go wrong does.

Requests pass a proxy that refuses, delays, breaks and drops them, replies above all; work fails, outlives its lease and
crashes its process; processes are killed. What happened is in a log to which each process appends a line for each event:
every effect must have happened exactly once, unless its owner died, lost its lease or failed in between, and what the
table holds must agree.

The endpoint is moto's DynamoDB, called for one request at a time: its server, with a thread for each connection, lets two
conditional puts of one key succeed now and then.
"""

import asyncio
import collections
import contextlib
import json
import logging
import os
import random
import re
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REGION = "eu-central-1"
os.environ.update(AWS_DEFAULT_REGION=REGION, AWS_REGION=REGION, AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
                  AWS_SECRET_ACCESS_KEY="secret")
os.environ.pop("AWS_SESSION_TOKEN", None)

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.test import Client  # noqa: E402
from race_history import LEASE, History, check_operations, check_last_applied  # noqa: E402

PROCESSES, TASKS, KEYS = 4, 50, 100


class DynamoDB:
    """moto without its server: one request at a time, so each is atomic as DynamoDB's are."""

    def __init__(self):
        self.client = Client(DomainDispatcherApplication(create_backend_app))

    def send(self, target, body, authorization):
        response = self.client.post("/", data=body, headers={
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target, "Authorization": authorization})
        return response.status_code, response.data

    def call(self, operation, **body):
        authorization = (f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/{REGION}/dynamodb/aws4_request, "
                         "SignedHeaders=host, Signature=0")
        status, data = self.send(f"DynamoDB_20120810.{operation}", json.dumps(body), authorization)
        assert status == 200, data
        return json.loads(data)

    def items(self, table):
        found, start = [], {}
        while True:
            page = self.call("Scan", TableName=table, **start)
            found += page["Items"]
            if "LastEvaluatedKey" not in page: return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


class Proxy:
    """What stands between the contenders and the table."""

    FATES = {"refused": 20, "error 500": 10, "error 503": 10, "throttled": 10, "reply lost": 40, "reply cut": 10,
             "reply late": 15, "request late": 10, "request after its retry": 5}

    def __init__(self, dynamodb):
        self.dynamodb = dynamodb
        self.counts = collections.Counter()
        self.tasks = set()

    async def serve(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                headers = dict(re.findall(r"(?m)^([^:\r\n]+): *([^\r\n]*)", head.lower()))
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                target = re.search(r"(?im)^x-amz-target: *([^\r\n]*)", head)[1]
                authorization = re.search(r"(?im)^authorization: *([^\r\n]*)", head)[1]
                if not await self.answer(writer, target, body, authorization): break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            # The contender is gone, or the race is over.
            pass
        finally:
            writer.close()

    def fate(self):
        draw = random.randrange(1000)
        for fate, share in self.FATES.items():
            draw -= share
            if draw < 0: return fate
        return "passed"

    async def answer(self, writer, target, body, authorization):
        fate = self.fate()
        self.counts[fate] += 1
        match fate:
            case "refused": return False
            case "error 500": return await self.reply(writer, 500, self.error("InternalServerError"))
            case "error 503": return await self.reply(writer, 503, b"not now")
            case "throttled": return await self.reply(writer, 400, self.error("ProvisionedThroughputExceededException"))
            case "request late": await asyncio.sleep(random.uniform(0.1, 1.5))
            case "request after its retry":
                # The connection is gone at once, and the request is carried out when its retry has been, or its owner.
                self.tasks.add(asyncio.create_task(self.later(target, body, authorization)))
                return False
        status, data = self.dynamodb.send(target, body, authorization)
        match fate:
            case "reply lost": return False
            case "reply cut":
                await self.reply(writer, status, data, cut=True)
                return False
            case "reply late": await asyncio.sleep(random.uniform(0.1, 1.5))
        return await self.reply(writer, status, data)

    async def end(self):
        """Leaves nothing on its way."""
        for task in self.tasks: task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def later(self, target, body, authorization):
        await asyncio.sleep(random.uniform(0.05, 1.5 * LEASE / 1000))
        self.dynamodb.send(target, body, authorization)

    @staticmethod
    def error(name):
        return json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": "by the proxy"}).encode()

    @staticmethod
    async def reply(writer, status, data, cut=False):
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(data)}\r\n\r\n"
        whole = head.encode() + data
        writer.write(whole[:random.randrange(len(whole))] if cut else whole)
        await writer.drain()
        return True


async def fight(rule, seconds, endpoint, log):
    """Keeps four contenders running until the time is over, and notes each one that dies."""
    end = time.monotonic() + seconds
    folder = os.environ.get("CONTENDER_FOLDER", os.path.join(ROOT, ".build", "debug"))
    # One attempt less than usual, so that some requests fail and nobody knows whether they took effect.
    environment = dict(os.environ, AWS_ENDPOINT_URL_DYNAMODB=endpoint, AWS_MAX_ATTEMPTS="2")

    async def keep(place):
        incarnation = 0
        while (left := end - time.monotonic()) > 1:
            incarnation += 1
            name = f"p{place}i{incarnation}"
            process = await asyncio.create_subprocess_exec(
                os.path.join(folder, "RaceContender"), rule, rule, log, name, str(TASKS), str(KEYS), str(int(left)),
                str(LEASE), env=environment)
            lifetime = random.expovariate(1 / 12)
            if lifetime < left:
                await asyncio.wait([asyncio.ensure_future(process.wait())], timeout=lifetime)
                if process.returncode is None:
                    with contextlib.suppress(ProcessLookupError): process.kill()
            status = await process.wait()
            if status != 0:
                with open(log, "a") as file: file.write(f"D {name}\n")

    await asyncio.gather(*[keep(place) for place in range(PROCESSES)])


async def race(rule, seconds):
    dynamodb = DynamoDB()
    dynamodb.call("CreateTable", TableName=rule, BillingMode="PAY_PER_REQUEST",
                  AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                  KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    proxy = Proxy(dynamodb)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    endpoint = "http://127.0.0.1:%d" % server.sockets[0].getsockname()[1]
    folder = tempfile.mkdtemp(prefix="races-")
    log = os.path.join(folder, f"{rule}.log")
    await fight(rule, seconds, endpoint, log)
    server.close()
    await proxy.end()
    history = History(log)
    problems = (check_operations if rule == "operations" else check_last_applied)(history, dynamodb.items(rule))
    counts = history.counts
    print(f"{rule}: {sum(proxy.counts.values())} requests, {counts['E']} effects, {counts['C']} completed, "
          f"{counts['R']} passed over, {counts['P']} kept out, {counts['L']} leases lost, {counts['X']} completions unknown, "
          f"{counts['F']} failures, {counts['D']} deaths")
    print("  " + ", ".join(f"{count} {fate}" for fate, count in proxy.counts.most_common() if fate != "passed"))
    # A race in which nothing went wrong has shown nothing.
    if seconds >= 30:
        problems += [f"nothing to show for {name}" for name, event in
                     [("completions", "C"), ("replays", "R"), ("lost leases", "L"), ("failures", "F"), ("deaths", "D")]
                     if counts[event] == 0]
    for problem in problems[:10]: print(f"  WRONG  {problem}")
    print(f"  {len(problems)} wrong; the log is {log}" if problems else "  nothing is wrong", flush=True)
    if not problems: shutil.rmtree(folder)
    return not problems


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    rules = sys.argv[2:] or ["operations", "last-applied"]
    sys.exit(0 if all([asyncio.run(race(rule, seconds)) for rule in rules]) else 1)


main()
