"""Random JSON texts in every spelling that JSON has, to compare with what others make of them."""

import json
import math
import struct


def random_text(generator):
    alphabets = ["abcXYZ019 _-", "\u00e9\u00df\u0130\u03a3\u03c3\u03c2\u01c4\u212a\u0391\u0416", "\"\\/\b\f\n\r\t\0\x1f\x7f\x80",
                 "\u2028\u2029\ufffe\uffff\ud7ff\ue000", "\U0001f600\U00010000\U0010ffff\U00010400", "\ud800\udfff"]
    text = "".join(generator.choice(generator.choice(alphabets)) for _ in range(generator.randint(0, 8)))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def random_number(generator):
    """The text of a number, in any spelling that JSON has."""
    match generator.randint(0, 5):
        case 0: return str(generator.randint(-20, 20))
        case 1: return str(generator.choice([-1, 1]) * generator.getrandbits(generator.randint(1, 130)))
        case 2:
            while True:
                value = struct.unpack("<d", generator.randbytes(8))[0]
                if math.isfinite(value): return repr(value)
        case 3:
            places = generator.randint(1, 20)
            return f"{generator.choice(['', '-'])}{generator.getrandbits(60)}.{generator.getrandbits(60):0{places}d}"
        case 4:
            sign = generator.choice(["", "+", "-"])
            return f"{generator.randint(-99, 99)}{generator.choice('eE')}{sign}{generator.randint(0, 330)}"
        case _: return generator.choice(["-0", "-0.0", "0.0", "1e-7", "1e21", "1e16", "1e15", "0.0001", "1E400", "5e-324",
                                         "9007199254740993", "0.1", "100.0", "1.0", "123456789012345680.0"])


def random_json(generator, depth=0):
    """JSON text, with white space and escapes as they please."""
    choice = generator.randint(0, 7 if depth < 4 else 4)
    space = lambda: generator.choice(["", "", " ", "\n\t"])  # noqa: E731
    if choice <= 1: return random_number(generator)
    if choice == 2: return generator.choice(["null", "true", "false"])
    if choice <= 4:
        text = random_text(generator)
        # Text with half of a pair can only be sent escaped.
        return json.dumps(text, ensure_ascii=generator.random() < 0.5 or any(0xD800 <= ord(c) < 0xE000 for c in text))
    count = generator.randint(0, 5)
    if choice == 5: return "[" + ",".join(space() + random_json(generator, depth + 1) + space() for _ in range(count)) + "]"
    names = [generator.choice(["a", "B", "b", "__proto__", "2", "10", "01", "4294967294", "4294967295", "\u03a3", "\u03c3",
                               random_text(generator), random_text(generator)]) for _ in range(count)]
    return "{" + ",".join(f"{space()}{json.dumps(name)}{space()}:{random_json(generator, depth + 1)}" for name in names) + "}"
