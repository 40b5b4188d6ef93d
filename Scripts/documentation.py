#!/usr/bin/env python3
"""Builds the articles and the API reference with the toolchain's docc into .build/documentation; a warning is an error.

Public symbols without documentation and those that throw without saying what are errors, too. --list shows these, and the
types without an example, and builds no site. --base-path NAME is for a host that serves the site below /NAME. The package
is built first.
"""

import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, ".build", "debug")
CATALOGUE = os.path.join(ROOT, "Documentation", "LambdaStreams.docc")
GRAPHS = os.path.join(ROOT, ".build", "symbol-graphs")
SITE = os.path.join(ROOT, ".build", "documentation")
# What a library product of this package exports, by itself or through an umbrella.
MODULES = [
    "AWSServices", "DynamoDBStreamEvents", "EventSourceMapping", "HTTPTransfers", "Idempotency", "IdempotencyDynamoDB",
    "LambdaFunctions", "LambdaFunctionsJSON", "LambdaFunctionsMigration", "LambdaFunctionsStreaming", "LambdaStreams",
    "ExportReplay", "LambdaStreamsAWS", "LambdaStreamsIdempotency", "LambdaStreamsTesting", "RecordReplay",
    "RuntimeAPIServer", "StreamMetrics", "StreamProcessing",
]
# What a requirement of the standard library or of this package says already.
INHERITED = re.compile(
    r"^(description|debugDescription|hash\(into:\)|encode\(to:\)|init\(from:\)|[=<>!]=?\(_:_:\)|init\(\)|id|rawValue|"
    r"init\(rawValue:\)|failureKind|contentFreeDescription|lambdaErrorType|init\(\w*Literal:\)|advanced\(by:\)|"
    r"duration\(to:\)|sleep\(until:tolerance:\)|log\(event:\)|(make|destroy)(Counter|Meter|Recorder|Timer)\(.*\)|"
    r"startIndex|endIndex|subscript\(_:\)|makeIterator\(\)|next\(\)|count|Iterator|Element|Index)$"
)
PROBLEMS = {"undocumented": "has no documentation", "throws unsaid": "throws, and its documentation does not say what"}


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--list", action="store_true", help="show what is not documented")
    options.add_argument("--base-path", default="", help="the path below which the site is served")
    options.add_argument("--skip-build", action="store_true", help="use what is built")
    arguments = options.parse_args()
    if not arguments.skip_build:
        run(["swift", "build", "--package-path", ROOT, "-Xswiftc", "-warnings-as-errors"], "the package does not build")
    extract()
    undocumented = list(missing())
    if arguments.list:
        for kind, place, name in undocumented:
            print(f"{kind:15} {place}: {name}")
        return
    problems = [f"{place}: {name} {PROBLEMS[kind]}" for kind, place, name in undocumented if kind in PROBLEMS]
    for problem in problems:
        print(problem, file=sys.stderr)
    convert(arguments.base_path)
    if problems:
        sys.exit(f"documentation: {len(problems)} public symbols to document are listed above")
    print(f"documentation: {os.path.relpath(SITE, ROOT)} has the articles and {len(MODULES)} modules")


def run(command, failure):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        print(result.stdout, file=sys.stderr)
        sys.exit(f"documentation: {failure}; the reason is above")
    return result.stdout


def extract():
    """Writes the public symbols of each module as docc reads them."""
    shutil.rmtree(GRAPHS, ignore_errors=True)
    os.makedirs(GRAPHS)
    maps = glob.glob(f"{BUILD}/*.build/module.modulemap")
    known = {os.path.basename(os.path.dirname(path))[:-len(".build")] for path in maps}
    maps += [path for path in glob.glob(f"{ROOT}/.build/checkouts/*/Sources/*/include/module.modulemap")
             if path.split("/")[-3] not in known]
    maps += glob.glob(f"{ROOT}/Sources/*/module.modulemap")
    clang = [word for path in maps for word in ("-Xcc", f"-fmodule-map-file={path}")]
    target = json.loads(run(["swift", "-print-target-info"], "swift does not start"))["target"]["unversionedTriple"]
    for module in MODULES:
        run(["swift", "symbolgraph-extract", "-module-name", module, "-minimum-access-level", "public",
             "-skip-inherited-docs", "-skip-synthesized-members", "-emit-extension-block-symbols",
             "-I", f"{BUILD}/Modules", "-target", target, "-output-dir", GRAPHS, *clang],
            f"the symbols of {module} cannot be read")


def missing():
    graphs = []
    for path in sorted(glob.glob(f"{GRAPHS}/*.json")):
        with open(path) as file:
            graphs.append(json.load(file))
    # What is documented where it is required need not be documented where it is implemented.
    requirements = {edge["source"] for graph in graphs for edge in graph["relationships"]
                    if edge["kind"] in ("requirementOf", "optionalRequirementOf")}
    documented = {symbol["names"]["title"] for graph in graphs for symbol in graph["symbols"]
                  if symbol["identifier"]["precise"] in requirements and "docComment" in symbol}
    for graph in graphs:
        of_protocol = {edge["source"] for edge in graph["relationships"] if edge["kind"] == "defaultImplementationOf"}
        for symbol in graph["symbols"]:
            if symbol["kind"]["identifier"] == "swift.extension" or "location" not in symbol:
                continue
            name = symbol["names"]["title"].split(".")[-1]
            lines = [line["text"] for line in symbol.get("docComment", {}).get("lines", [])]
            place = "{}:{}".format(os.path.relpath(symbol["location"]["uri"].removeprefix("file://"), ROOT),
                                   symbol["location"]["position"]["line"] + 1)
            title = ".".join(symbol["pathComponents"])
            text = "\n".join(lines)
            if not lines:
                if not INHERITED.match(name) and name not in documented \
                        and symbol["identifier"]["precise"] not in of_protocol:
                    kind = symbol["kind"]["displayName"]
                    yield "undocumented", place, f"{title} ({kind})"
                continue
            declaration = "".join(part["spelling"] for part in symbol.get("declarationFragments", []))
            # A closure's throws is not the symbol's, and typed throws say what is thrown.
            if re.search(r"\bthrows\b(?!\()", outside_parentheses(declaration)) and "Throws:" not in text and "- throws" not in text.lower():
                yield "throws unsaid", place, title
            if symbol["kind"]["identifier"] in ("swift.struct", "swift.class", "swift.protocol") and "```" not in text \
                    and len(symbol["pathComponents"]) == 1 and not title.endswith("Error"):
                yield "no example", place, title


def outside_parentheses(declaration):
    depth, text = 0, ""
    for character in declaration:
        depth -= character == ")"
        if depth == 0:
            text += character
        depth += character == "("
    return text


def convert(base_path):
    shutil.rmtree(SITE, ignore_errors=True)
    command = ["docc", "convert", CATALOGUE, "--additional-symbol-graph-dir", GRAPHS, "--output-path", SITE,
               "--fallback-display-name", "swift-lambda-streams", "--fallback-bundle-identifier", "swift-lambda-streams",
               "--warnings-as-errors", "--transform-for-static-hosting"]
    if base_path:
        command += ["--hosting-base-path", base_path]
    run(command, "docc has something to say")


if __name__ == "__main__":
    main()
