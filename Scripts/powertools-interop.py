#!/usr/bin/env python3
"""A Python function with aws-lambda-powertools and a Swift program share an idempotency table, in both directions.

First the keys: what both sides, and Node where it is installed, make of thousands of random payloads. Then the table:
what one has done the other skips, what one is doing the other leaves alone, and nobody writes over anybody.
"""

import json
import logging
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import warnings

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REGION = "eu-central-1"
os.environ.update(AWS_DEFAULT_REGION=REGION, AWS_REGION=REGION, AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
                  AWS_SECRET_ACCESS_KEY="secret", AWS_LAMBDA_FUNCTION_NAME="orders-fn")
os.environ.pop("AWS_SESSION_TOKEN", None)

import boto3  # noqa: E402
from aws_lambda_powertools.utilities.idempotency import (  # noqa: E402
    DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function)
from aws_lambda_powertools.utilities.idempotency import exceptions  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402
import scenarios  # noqa: E402
from random_json import random_json  # noqa: E402

TABLE, COMPOSITE_TABLE = "idempotency", "idempotency-composite"
JAVASCRIPT = """
const crypto = require('crypto');
const kind = (v) => (Array.isArray(v) ? 'array' : v === null ? 'null' : typeof v);
const sorted = (v) => {
  if (kind(v) === 'array') return v.map(sorted);
  if (kind(v) !== 'object') return v;
  const result = {};
  for (const k of Object.keys(v).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))) result[k] = sorted(v[k]);
  return result;
};
const lines = require('fs').readFileSync(0, 'utf8').split('\\n').filter((line) => line);
for (const line of lines) {
  const text = JSON.stringify(sorted(JSON.parse(line)));
  console.log(crypto.createHash('md5').update(text).digest('base64'));
}
"""


class Partner:
    """The Swift side."""

    def __init__(self, endpoint, table=TABLE):
        environment = dict(os.environ, AWS_ENDPOINT_URL_DYNAMODB=endpoint)
        folder = os.environ.get("PARTNER_FOLDER", os.path.join(ROOT, ".build", "debug"))
        self.process = subprocess.Popen([os.path.join(folder, "PowertoolsPartner"), table], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment)
        self.count = 0
        self.replies = {}
        self.changed = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            reply = json.loads(line)
            with self.changed:
                self.replies.setdefault(reply["id"], []).append(reply)
                self.changed.notify_all()

    def send(self, kind, id=None, **values):
        if id is None:
            self.count += 1
            id = str(self.count)
        line = json.dumps(dict(kind=kind, id=id, **values), ensure_ascii=True)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return id

    def wait(self, id, state="done"):
        with self.changed:
            found = lambda: next((r for r in self.replies.get(id, []) if r["state"] == state), None)  # noqa: E731
            if not self.changed.wait_for(found, timeout=120):
                raise TimeoutError(f"the Swift side did not answer {id}")
            return found()

    def perform(self, payload, **values):
        return self.wait(self.send("perform", payload=json.dumps(payload), **values))

    def begin(self, payload, **values):
        """Work that holds; to be ended by `finish`."""
        id = self.send("perform", payload=json.dumps(payload), holds=True, **values)
        self.wait(id, "running")
        return id

    def finish(self, id):
        """Lets work go on, and waits for its end."""
        self.process.stdin.write(json.dumps({"kind": "finish", "id": id}).encode() + b"\n")
        self.process.stdin.flush()
        with self.changed:
            ended = lambda: next((r for r in self.replies[id] if r["state"] == "done" and (  # noqa: E731
                r.get("ran") is not None or r.get("error"))), None)
            if not self.changed.wait_for(ended, timeout=120):
                raise TimeoutError(f"the Swift side did not end {id}")
            return ended()

    def kill(self):
        self.process.kill()
        self.process.wait()


class Context:
    """A Lambda context with this much time left."""

    def __init__(self, milliseconds):
        self.end = time.time() + milliseconds / 1000

    def get_remaining_time_in_millis(self):
        return int(max(0, self.end - time.time()) * 1000)


class Python:
    """The Python side: a function as Powertools' documentation has it."""

    def __init__(self, client, body, validated=False, composite=False, lease=60_000, prefix="orders"):
        config = IdempotencyConfig(event_key_jmespath="key", lambda_context=Context(lease),
                                   payload_validation_jmespath="validated" if validated else "")
        store = DynamoDBPersistenceLayer(COMPOSITE_TABLE if composite else TABLE, boto3_client=client,
                                         sort_key_attr="sk" if composite else None)
        self.runs = 0

        @idempotent_function(data_keyword_argument="order", config=config, persistence_store=store, key_prefix=prefix)
        def function(order):
            self.runs += 1
            return body(order)

        self.function = function

    def __call__(self, payload, **values):
        return self.function(order=dict(key=payload, **values))


verdicts = scenarios.Verdicts()
report = verdicts.add


def raised(error, function, *arguments, **values):
    try:
        function(*arguments, **values)
    except error:
        return True
    return False


# Keys

def compare_keys(partner, client, count):
    generator = random.Random(20261121)
    # One line each: Node reads them so. White space within strings is escaped by then.
    payloads = [random_json(generator).replace("\n", " ") for _ in range(count)]
    ids = [partner.send("keys", payload=payload) for payload in payloads]
    swift = [partner.wait(id) for id in ids]
    layer = DynamoDBPersistenceLayer(TABLE, boto3_client=client)
    layer.configure(IdempotencyConfig(), function_name="f", key_prefix="p")
    differences = []
    for payload, reply in zip(payloads, swift):
        value = json.loads(payload)
        key = layer._get_hashed_idempotency_key(value)
        expected = key.removeprefix("p#") if key else None
        if reply["keys"]["python"] != expected or reply["digests"]["python"] != layer._generate_hash(value):
            differences.append(payload)
    report(f"{count} random payloads have Python's keys", not differences, f"{len(differences)} differ: {differences[:3]}")
    node = shutil.which("node")
    if not node:
        print("  -       Node is not installed: TypeScript's keys were not compared")
        return
    output = subprocess.run([node, "-e", JAVASCRIPT], input="\n".join(payloads).encode("utf-8"), capture_output=True,
                            check=True).stdout.decode().split()
    differences = [p for p, r, key in zip(payloads, swift, output, strict=True) if r["digests"]["typeScript"] != key]
    report(f"{count} random payloads have JavaScript's keys", not differences,
           f"{len(differences)} differ: {differences[:3]}")


# The table

RESULTS = [None, 0, False, "", [], {}, 1, 1.5, "\u00e9\U0001f600", {"b": [1, None, {"a": "\u00fc"}], "a": -7}]


def share(partner, client, endpoint):
    echo = Python(client, lambda order: order.get("result"))
    wrong = []
    for position, result in enumerate(RESULTS):
        python_first, swift_first = {"n": position, "by": "python"}, {"n": position, "by": "swift"}
        echo(python_first, result=result)
        reply = partner.perform(python_first, result='"swift"')
        if reply["ran"] or reply.get("result") != result: wrong.append(("python first", result, reply))
        reply = partner.perform(swift_first, result=json.dumps(result), format=["json", "python"][position % 2])
        runs = echo.runs
        replay = echo(swift_first, result="python")
        # Powertools gives None for every result that is false in Python, its own included.
        if not reply["ran"] or echo.runs != runs or replay != (result or None): wrong.append(("swift first", result, replay))
    report(f"each skips what the other completed, and has its result, for {len(RESULTS)} results", not wrong, wrong)

    gate, entered = threading.Event(), threading.Event()

    def hold(order):
        entered.set()
        gate.wait(60)
        return "python"

    slow = Python(client, hold)
    thread = threading.Thread(target=slow, args=("held by Python",))
    thread.start()
    entered.wait(60)
    reply = partner.perform("held by Python")
    report("Swift sees a lease of Python's", reply.get("error") == "alreadyInProgress", reply)
    gate.set()
    thread.join()
    reply = partner.perform("held by Python")
    report("and skips the work when it is done", reply.get("ran") is False and reply["result"] == "python", reply)

    id = partner.begin("held by Swift", result='"swift"')
    report("Python sees a lease of Swift's", raised(exceptions.IdempotencyAlreadyInProgressError, echo, "held by Swift"))
    reply = partner.finish(id)
    runs = echo.runs
    report("and skips the work when it is done", reply["ran"] and echo("held by Swift") == "swift" and echo.runs == runs)

    def fail(order):
        raise ArithmeticError

    report("what fails in Python runs in Swift", raised(ArithmeticError, Python(client, fail), "fails in Python")
           and partner.perform("fails in Python")["ran"])
    reply = partner.perform("fails in Swift", fails=True)
    runs = echo.runs
    echo("fails in Swift")
    report("what fails in Swift runs in Python", reply.get("error") == "deliberate" and echo.runs == runs + 1, reply)

    # An owner that dies leaves its lease, which ends by itself.
    second = Partner(endpoint)
    second.begin("dies in Swift", leaseMilliseconds=2_000)
    second.kill()
    held = raised(exceptions.IdempotencyAlreadyInProgressError, echo, "dies in Swift")
    time.sleep(2.2)
    runs = echo.runs
    echo("dies in Swift", result="python")
    report("Python takes over from a Swift process that died, when its lease has ended, not before",
           held and echo.runs == runs + 1)

    class Death(BaseException):
        pass

    def die(order):
        raise Death

    raised(Death, Python(client, die, lease=2_000), "dies in Python")
    early = partner.perform("dies in Python")
    time.sleep(2.2)
    late = partner.perform("dies in Python")
    report("Swift takes over from a Python function that died, when its lease has ended, not before",
           early.get("error") == "alreadyInProgress" and late.get("ran"), (early, late))

    # A late owner: Powertools would write over its successor, this package must not.
    id = partner.begin("late in Swift", leaseMilliseconds=1_000, result='"late"')
    time.sleep(1.2)
    echo("late in Swift", result="python")
    reply = partner.finish(id)
    report("a Swift owner whose lease has ended leaves Python's record alone",
           reply.get("error") == "leaseLost" and partner.perform("late in Swift").get("result") == "python", reply)
    id = partner.begin("late and failing", leaseMilliseconds=1_000, fails=True)
    time.sleep(1.2)
    echo("late and failing", result="python")
    reply = partner.finish(id)
    report("a Swift owner that fails late does not delete Python's record",
           reply.get("error") == "deliberate" and partner.perform("late and failing").get("result") == "python", reply)

    validating = Python(client, lambda order: "python", validated=True)
    validating("validated", validated={"total": 12.5})
    same = partner.perform("validated", validated='{"total": 12.5}')
    other = partner.perform("validated", validated='{"total": 13}')
    report("Swift checks the payload that Python stored a digest of",
           same.get("ran") is False and other.get("error") == "payloadMismatch", (same, other))
    partner.perform("validated by Swift", validated='{"total":12.50}', result='"swift"')
    report("Python checks the payload that Swift stored a digest of",
           validating("validated by Swift", validated={"total": 12.5}) == "swift"
           and raised(exceptions.IdempotencyValidationError, validating, "validated by Swift", validated={"total": 13}))

    report("a payload that is missing to Python is missing to Swift", partner.perform(None).get("ran")
           and partner.perform(None).get("ran") and partner.perform([None, None]).get("ran"))


def share_composite(client, endpoint):
    partner = Partner(endpoint, COMPOSITE_TABLE)
    echo = Python(client, lambda order: "python", composite=True)
    echo("by Python")
    reply = partner.perform("by Python", sortKey="sk")
    report("a table with a sort key is shared, Python first", reply.get("ran") is False, reply)
    partner.perform("by Swift", sortKey="sk", result='"swift"')
    runs = echo.runs
    report("and Swift first", echo("by Swift") == "swift" and echo.runs == runs)
    partner.kill()


def main():
    warnings.simplefilter("ignore")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client("dynamodb", endpoint_url=endpoint)
    for table, keys in [(TABLE, ["id"]), (COMPOSITE_TABLE, ["id", "sk"])]:
        client.create_table(
            TableName=table, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ["HASH", "RANGE"])])
    partner = Partner(endpoint)
    print("Keys")
    compare_keys(partner, client, count)
    print("One table, two languages")
    share(partner, client, endpoint)
    share_composite(client, endpoint)
    partner.kill()
    # Does not wait for the threads of the server and the handlers.
    os._exit(verdicts.close())


main()
