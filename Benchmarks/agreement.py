#!/usr/bin/env python3
"""Compares what Swift made of generated documents with what Python's json makes of them.

    swift run -c release AgreementCheck 100000 | python3 agreement.py
"""
import json
import sys


class Number(str):
    """A number as it is spelled, so that nothing is rounded before it is compared."""


def refuse(constant):
    raise ValueError(constant)  # NaN and the infinities, which Python takes and RFC 8259 does not


def python_value(document):
    text = document.decode("utf-8")  # strictly: surrogates and overlong forms are errors
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=refuse)


def repaired(name):
    return "".join("\ufffd" if 0xD800 <= ord(c) <= 0xDFFF else c for c in name)


def same(ours, theirs):
    """Ours is typed JSON; a string with half of a surrogate pair stands in it as it came."""
    if isinstance(ours, str):
        return ours == theirs
    (tag, content), = ours.items()
    if tag == "NULL":
        return theirs is None
    if tag == "BOOL":
        return content is theirs
    if tag == "N":
        return isinstance(theirs, Number) and content == str(theirs)
    if tag == "S":
        return content == theirs and not isinstance(theirs, Number)
    if tag == "L":
        return isinstance(theirs, list) and len(content) == len(theirs) and all(map(same, content, theirs))
    names = {repaired(name): value for name, value in theirs.items()}
    return content.keys() == names.keys() and all(same(content[name], names[name]) for name in content)


def main():
    count = disagreements = 0
    for line in sys.stdin.buffer:
        document, _, ours = line.rstrip(b"\n").partition(b"\t")
        document = bytes.fromhex(document.decode())
        count += 1
        try:
            theirs, accepted = python_value(document), True
        except ValueError:
            theirs, accepted = None, False
        if accepted != (ours != b"-") or accepted and not same(json.loads(ours), theirs):
            disagreements += 1
            print(f"{document!r}\n  here: {ours!r}\n  Python: {theirs!r}", file=sys.stderr)
    print(f"{count} documents, {disagreements} disagreements with Python's json")
    sys.exit(1 if disagreements or not count else 0)


main()
