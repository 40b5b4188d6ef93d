"""What a race has logged, and whether it may have happened."""

import collections
import json
import re

# How long a lease lasts, in milliseconds.
LEASE = 4000


class History:
    """What the log says, attempt by attempt."""

    def __init__(self, path):
        self.attempts = {}  # token: {piece, began, effect: (line, time), outcome, ended: line}
        self.pieces = collections.defaultdict(list)  # piece: tokens with an effect, in their order
        self.replays = []  # (line, piece, token of the one who asked, token of the one who did it)
        self.counts = collections.Counter()
        dead = set()
        for number, line in enumerate(open(path)):
            words = line.split()
            self.counts[words[0]] += 1
            if words[0] == "D":
                dead.add(words[1])
                continue
            event, piece, token, detail, began, now = words
            attempt = self.attempts.setdefault(token, {"piece": piece, "began": int(began), "outcome": None})
            match event:
                case "E":
                    assert "effect" not in attempt, f"{token} ran twice"
                    attempt["effect"] = (number, int(now))
                    self.pieces[piece].append(token)
                case "R": self.replays.append((number, piece, token, detail))
                case "C" | "L" | "X" | "F":
                    attempt["outcome"], attempt["ended"] = event, number
        for token, attempt in self.attempts.items():
            if attempt["outcome"] is None and token.split(".")[0] in dead: attempt["outcome"] = "D"

    def is_late(self, attempt):
        """Whether the effect happened when the lease may have ended: the owner had outlived it."""
        return attempt["effect"][1] >= attempt["began"] + LEASE

    def check_exclusion(self):
        """No effect within the lease of another attempt at the same piece, unless that one had given it back."""
        for piece, tokens in self.pieces.items():
            for position, token in enumerate(tokens):
                first = self.attempts[token]
                for other in tokens[position + 1:]:
                    second = self.attempts[other]
                    if self.is_late(second): continue
                    released = first["outcome"] == "F" and first["ended"] < second["effect"][0]
                    if first["outcome"] == "C" and first["ended"] < second["effect"][0]:
                        yield f"{piece}: {other} had its effect after {token} had completed"
                    elif not released and second["effect"][1] < first["began"] + LEASE:
                        yield f"{piece}: {other} had its effect within the lease of {token}, which {first['outcome']}"

    def check_excuses(self, winners):
        """Every effect but the one that counts belongs to an owner that died, lost its lease or failed."""
        for piece, tokens in self.pieces.items():
            for token in tokens:
                outcome = self.attempts[token]["outcome"]
                if token == winners.get(piece):
                    if outcome not in ("C", "X", "D"): yield f"{piece}: the result of {token} counts, which {outcome}"
                elif outcome not in ("L", "X", "F", "D"):
                    yield f"{piece}: the effect of {token} is one too many: {outcome}, {winners.get(piece)} counts"


def check_operations(history, items):
    stored, problems = {}, []
    known = {"id", "expiration", "status", "in_progress_expiration", "owner", "data"}
    for item in items:
        piece = item["id"]["S"].removeprefix("race#")
        # A record whose lease was released has no owner, and is free for everybody.
        released = "owner" not in item and item["in_progress_expiration"]["N"] == "0"
        sound = (set(item) <= known and item["status"]["S"] in ("INPROGRESS", "COMPLETED")
                 and re.fullmatch(r"\d{10}", item["expiration"]["N"])
                 and (released or (re.fullmatch(r"\d{13}", item["in_progress_expiration"]["N"])
                                   and re.fullmatch(r"[0-9a-f]{32}", item["owner"]["S"])))
                 and ("data" in item) == (item["status"]["S"] == "COMPLETED" and not released))
        if not sound:
            problems.append(f"corrupt: {item}")
        elif "data" in item:
            stored[piece] = json.loads(item["data"]["S"])
    for token, attempt in history.attempts.items():
        if attempt["outcome"] == "C" and stored.get(attempt["piece"]) != token:
            problems.append(f"{attempt['piece']}: {token} completed, and {stored.get(attempt['piece'])} is stored")
    for _, piece, token, winner in history.replays:
        if stored.get(piece) != winner:
            problems.append(f"{piece}: {token} was given the result of {winner}, and {stored.get(piece)} is stored")
    return problems + list(history.check_excuses(stored)) + list(history.check_exclusion())


def check_last_applied(history, items):
    problems, winners = [], {}
    marks = {}
    for item in items:
        if not (set(item) <= {"id", "seq", "claim", "in_progress_expiration", "owner"}
                and ("claim" in item) == ("in_progress_expiration" in item)
                and all(re.fullmatch(r"4\d{39}", item[name]["S"]) for name in ("seq", "claim") if name in item)):
            problems.append(f"corrupt: {item}")
        elif "seq" in item:
            marks[item["id"]["S"].removeprefix("race#")] = int(item["seq"]["S"][1:])
    for piece, tokens in history.pieces.items():
        completed = [token for token in tokens if history.attempts[token]["outcome"] == "C"]
        if len(completed) > 1: problems.append(f"{piece}: completed by {completed}")
        if completed: winners[piece] = completed[0]
    # What was applied is in the order of its numbers.
    applied = {}
    for token, attempt in sorted(((t, a) for t, a in history.attempts.items() if "effect" in a),
                                 key=lambda entry: entry[1]["effect"][0]):
        key, number = attempt["piece"].split("-")
        for other, line in applied.get(key, []):
            if other >= int(number) and line < attempt["effect"][0] and not history.is_late(attempt):
                problems.append(f"{attempt['piece']}: {token} had its effect after {other} was applied")
                break
        if attempt["outcome"] == "C":
            applied.setdefault(key, []).append((int(number), attempt["ended"]))
            if marks.get(key, 0) < int(number): problems.append(f"{key}: {number} was applied, the mark is {marks.get(key)}")
    tried = {piece for piece in history.pieces}
    for _, piece, token, _ in history.replays:
        key, number = piece.split("-")
        if not any(other in tried for other in (f"{key}-{later}" for later in range(int(number), marks.get(key, 0) + 1))):
            problems.append(f"{piece}: passed over by {token}, and never applied")
    return problems + list(history.check_excuses(winners)) + list(history.check_exclusion())
