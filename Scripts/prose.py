#!/usr/bin/env python3
"""Checks that what people read contains none of the phrases below, and that the documents' links lead somewhere.

What people read is documents, comments, messages and help. Text is written as AWS's and Swift's documentation is: short declarative sentences, the subject first, standard terms.
"""

import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# A phrase, and what to write instead.
PHRASES = {
    r"in the place of": "instead of",
    r"in (its|their|his) (place|stead)": "instead",
    r"(is|are|was|were) told": "receives, learns",
    r"told of": "receives",
    r"(what|that|which) (is|are) none": "something else, contains no",
    r"(?<!there )(?<!nobody )is no (?!longer|more|less|need|reason|way|evidence)\w+": "is not a",
    r"are no (?!longer|more|less)(?<!there are no )\w+": "are not",
    r"of one's own": "custom",
    r"made up": "generated",
    r"draws? up": "builds",
    r"no one": "nobody",
    r"be (it|they) \w+": "whether",
    r"the (house|floors?|rooms?)": "architecture, layers, modules",
    r"g(i|a)ven? up": "discarded, stopped",
    r"halved": "bisected",
    r"capturingPoison\w*|PoisonSink|PoisonQueue": "deadLettered, DeadLetterSink",
    r"watermark\w*": "last applied sequence number",
    r"wh(at|o) came of": "the outcome of",
    r"at hand": "available, left",
    r"(?<!one )pass(ed|es|ing)? over": "skipped, ignored",
    r"as (it|they) came": "unchanged, as received",
    r"for good": "permanently",
    r"but for": "except for",
    r"answer(s|ed|ing)?": "response, reply, respond",
    r"cancelled": "canceled",
    r"colours?": "color",
    r"neighbours?": "neighbor",
    r"behaviours?": "behavior",
    r"(recogni|organi|reali|initiali|speciali)s(e|es|ed|ing)": "-ize",
    r"honour\w*": "honor",
    r"draws? (a|the) response": "builds",
    r"poisoned": "poison record, dead letter",
    r"of which (there )?(is|are) none": "which does not exist",
    r"is well": "healthy",
    r"lent": "passed",
}
PATTERN = re.compile("|".join(rf"(?P<p{index}>\b{phrase}\b)" for index, phrase in enumerate(PHRASES)), re.IGNORECASE)
# Where a phrase is somebody else's name or the thing that is described.
ALLOWED = re.compile(r"URLError\.cancelled|\.cancelled\b|`[^`]*`|XCTest|Scripts/prose\.py")
PAGES = ["*.md", "Documentation/**/*.md", "Examples/*/README.md", "Benchmarks/*.md", ".github/**/*.yml", "template.yaml",
         "Documentation/Deployment/*"]
SOURCES = ["Sources/**/*.swift", "Sources/**/*.h", "Sources/**/*.c", "Examples/**/*.swift", "Plugins/**/*.swift"]
# Comments, and the lines of a string literal, whether of one line or of several.
COMMENT = re.compile(r"//+ ?(.*)$")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def main():
    found = [*in_pages(), *in_sources(), *broken_links()]
    for path, line, phrase, instead in found:
        print(f"{path}:{line}: “{phrase}”: {instead}", file=sys.stderr)
    if found:
        sys.exit(f"prose: {len(found)} phrases to write anew")
    print("prose: the text has none of the phrases to avoid, and its links lead to files")


def files(patterns):
    return sorted({path for pattern in patterns for path in glob.glob(pattern, root_dir=ROOT, recursive=True)})


def in_pages():
    for path in files(PAGES):
        fenced = False
        for number, line in enumerate(read(path), 1):
            fenced ^= line.lstrip().startswith("```")
            if not fenced:
                yield from phrases(path, number, line)


def in_sources():
    for path in files(SOURCES):
        multiline = False
        for number, line in enumerate(read(path), 1):
            quotes = line.count('"""')
            if multiline:
                yield from phrases(path, number, line)
            elif comment := COMMENT.search(STRING.sub(lambda match: " " * len(match[0]), line)):
                yield from phrases(path, number, line[comment.start():])
            if not multiline and not quotes:
                for text in STRING.findall(line):
                    # A text of one word is a name.
                    if " " in text:
                        yield from phrases(path, number, text)
            multiline ^= quotes % 2 == 1


def broken_links():
    for path in files(PAGES):
        for number, line in enumerate(read(path), 1):
            # docc checks its own links.
            for target in re.findall(r"\]\((?!https?:|doc:|#|mailto:)([^)#]+)", line) if path.endswith(".md") else []:
                place = os.path.join(ROOT, os.path.dirname(path), target)
                if not os.path.exists(place) and ".docc/" not in path:
                    yield path, number, target, "a file that exists"


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read().splitlines()


def phrases(path, number, text):
    for match in PATTERN.finditer(ALLOWED.sub(" ", text)):
        instead = list(PHRASES.values())[int(match.lastgroup[1:])]
        yield path, number, match[0], instead


if __name__ == "__main__":
    main()
