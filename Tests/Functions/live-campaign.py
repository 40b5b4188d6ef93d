#!/usr/bin/env python3
"""Live streams of random topologies under `lambda-streams simulate`, killed and restarted at random moments.

    live-campaign.py --command .build/debug/lambda-streams --first 0 --count 200 --jobs 6

Each seed makes a stream: chains and splits of shards, some closed, some trimmed, numbers of up to 56 digits, throttled
and expired and empty pages, a function that fails now and then. The command is killed or interrupted at random moments
while records and shards are added, and runs to the end at last. Then:
- every record that was not trimmed away before it could be read was delivered,
- none before those of its shard's parent, and a shard's in their order,
- none again that the checkpoint file said was done when the run before it ended,
- every run that ended by itself has the exit code that its verdict deserves.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
from stream_endpoint import StreamEndpoint  # noqa: E402

FUNCTION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripted-function.py")


class Topology:
    """The shards of a seed: how each is at first, and what comes later."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        draw = self.random
        self.digits = draw.choice([21, 24, 40, 56, 70])
        self.starts_at_latest = draw.random() < 0.25
        self.shards = {}
        roots = draw.randint(1, 3)
        open_shards = [self.add(None) for _ in range(roots)]
        for _ in range(draw.randint(0, 5)):
            parent = draw.choice(open_shards)
            open_shards.remove(parent)
            self.shards[parent]["closed"] = True
            open_shards += [self.add(parent) for _ in range(draw.choice([1, 2]))]
        if not self.starts_at_latest and draw.random() < 0.3:
            shard = self.shards[draw.choice(list(self.shards))]
            shard["trimmed"] = draw.randint(0, shard["count"])

    def add(self, parent):
        index = len(self.shards)
        name = f"shardId-{index:08d}-{self.random.randrange(1 << 16):04x}"
        count = self.random.choice([0, 1, self.random.randint(2, 60), self.random.randint(60, 150)])
        self.shards[name] = {"id": name, "parent": parent, "first": (index + 1) * 10_000_000, "digits": self.digits,
                             "count": count, "old": count}
        return name

    def grow(self):
        """Records for an open shard, or its end and its children: the changes for the endpoint."""
        name = self.random.choice([name for name, shard in self.shards.items() if not shard.get("closed")])
        self.shards[name]["count"] += self.random.randint(1, 40)
        changed = [name]
        if self.random.random() < 0.4:
            self.shards[name]["closed"] = True
            changed += [self.add(name) for _ in range(self.random.choice([1, 2]))]
        return [self.shards[name] for name in changed]


class Campaign:
    def __init__(self, seed, command):
        self.topology = Topology(seed)
        self.random = self.topology.random
        self.seed, self.command = seed, command
        self.problems = []

    def play(self):
        with tempfile.TemporaryDirectory() as folder:
            self.journal, self.checkpoint = os.path.join(folder, "journal"), os.path.join(folder, "checkpoint")
            draw = self.random
            self.endpoint = StreamEndpoint({
                "seed": self.seed, "pageSize": draw.choice([1, 7, 50, 1000]), "throttle": draw.choice([0, 0, 0.1]),
                "expire": draw.choice([0, 0, 0.1]), "empty": draw.choice([0, 0.2]),
                "shards": list(self.topology.shards.values())}).start()
            try:
                self.run_all(folder)
            finally:
                self.endpoint.stop()
        return self.seed, self.problems

    def run_all(self, folder):
        # What is there when a mapping that starts at LATEST first looks is never delivered.
        old = {name: shard["count"] for name, shard in self.topology.shards.items()}
        done = []
        for number in range(self.random.randint(1 if self.topology.starts_at_latest else 0, 3)):
            run = self.start(folder, number, until_idle=False)
            if number == 0 and self.topology.starts_at_latest:
                self.wait_for(self.has_looked)
            for _ in range(self.random.randint(0, 3)):
                time.sleep(self.random.random() * 0.4)
                self.endpoint.change({"shards": [dict(shard) for shard in self.topology.grow()]})
            time.sleep(self.random.random() * 0.6)
            kill = self.random.random() < 0.6
            run.send_signal(signal.SIGKILL if kill else signal.SIGINT)
            self.finish(run, killed=kill)
            done.append((len(self.delivered()), self.places()))
        last = self.start(folder, 9, until_idle=True)
        self.finish(last, killed=False)
        if last.returncode not in (0, 1):
            self.problems.append(f"the last run ended with {last.returncode}: {self.errors}")
        self.judge(old, done)

    def start(self, folder, number, until_idle):
        arguments = [self.command, "simulate", "--table", "orders", "--endpoint-url",
                     f"http://127.0.0.1:{self.endpoint.port}", "--checkpoint-file", self.checkpoint, "--output", "json",
                     "--batch-size", str(self.random.choice([1, 10, 100])), "--report-batch-item-failures", "true",
                     "--parallelization-factor", str(self.random.choice([1, 1, 3])),
                     "--backoff", "5ms", "--backoff-limit", "50ms", "--starting-position",
                     "LATEST" if self.topology.starts_at_latest else "TRIM_HORIZON"]
        arguments += ["--until-idle", "1500ms"] if until_idle else []
        arguments += ["--", FUNCTION, "--journal", self.journal, "--fail-in", str(self.random.choice([0, 7]))]
        self.output = open(os.path.join(folder, f"output-{number}"), "w+")
        return subprocess.Popen(arguments, stdout=self.output, stderr=subprocess.PIPE, text=True)

    def finish(self, run, killed):
        try:
            _, self.errors = run.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            run.kill()
            self.problems.append("a run did not end")
            return
        if killed:
            return
        self.output.seek(0)
        text = self.output.read()
        if not text:
            if run.returncode not in (130, -2):  # interrupted before it began
                self.problems.append(f"{run.returncode} and no verdict: {self.errors}")
            return
        verdict = json.loads(text)
        if verdict["exitCode"] != run.returncode:
            self.problems.append("the verdict has another exit code")
        resumed = verdict["records"] == 0
        right = (130 if verdict["waiting"] else 1 if verdict["unknown"] else 0)
        if run.returncode != right and not (resumed and run.returncode == 1):
            self.problems.append(f"exit code {run.returncode}: {text[:300]}")

    def has_looked(self):
        if not os.path.exists(self.checkpoint):
            return False
        with open(self.checkpoint) as file:
            return '"latest"' in (text := file.read()) or '"skipped"' in text

    def wait_for(self, condition):
        for _ in range(1200):
            if condition():
                return
            time.sleep(0.025)
        self.problems.append("something never came")

    def delivered(self):
        if not os.path.exists(self.journal):
            return []
        with open(self.journal) as journal:
            return [int(line) for line in journal if line.endswith("\n")]

    def places(self):
        if not os.path.exists(self.checkpoint):
            return {}
        with open(self.checkpoint) as file:
            shards = json.load(file)["shards"]
        places = {name: place if isinstance(place, str) else place.get("after") for name, place in shards.items()}
        return {name: int(number) for name, number in places.items() if number}

    def judge(self, old, done):
        delivered = self.delivered()
        first = {}
        for position, number in enumerate(delivered):
            first.setdefault(number, position)
        for name, shard in self.topology.shards.items():
            start = shard.get("trimmed", 0)
            if self.topology.starts_at_latest:
                start = max(start, old.get(name, 0))
            expected = [shard["first"] + index for index in range(start, shard["count"])]
            missing = [number for number in expected if number not in first]
            if missing:
                self.problems.append(f"{len(missing)} of {name} were not delivered, from {missing[0]} on")
                continue
            early = [number for number in first if shard["first"] <= number < shard["first"] + start]
            if early:
                self.problems.append(f"{early[0]} of {name} is older than LATEST")
            parent = self.topology.shards.get(shard["parent"])
            parents = [first[number] for number in first if parent and 0 <= number - parent["first"] < parent["count"]]
            if expected and parents and first[expected[0]] < max(parents):
                self.problems.append(f"{name} was read before its parent was done")
        for count, places in done:
            for number in delivered[count:]:
                name = next(name for name, shard in self.topology.shards.items() if 0 <= number - shard["first"] < 10_000_000)
                if number <= places.get(name, -1):
                    self.problems.append(f"{number} was done, and delivered again")
                    break


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=6)
    options = parser.parse_args()
    failed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        seeds = range(options.first, options.first + options.count)
        for seed, problems in pool.map(lambda seed: Campaign(seed, options.command).play(), seeds):
            for problem in problems:
                print(f"seed {seed}: {problem}")
            failed += bool(problems)
    print(f"{options.count} topologies, {failed} of them with problems")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
