#!/usr/bin/env python3
"""Compiles the Swift of the README, the articles and the examples' pages as printed, and checks their commands.

The package must be built (`make build`). A block of Swift is type-checked against it as a user's file would be, with
Documentation/Snippets/Support.swift for what it does not declare. Of the commands, `make` targets must exist and the
options of `lambda-streams` be in its help.

--readme makes the package of the README in a folder, from its own manifest, and runs its commands.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, ".build", "debug")
WORK = os.path.join(ROOT, ".build", "snippets")
COMMAND = os.path.join(BUILD, "lambda-streams")
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.M | re.S)
IMPORTS = ["EventSourceMapping", "LambdaFunctionsJSON", "LambdaFunctionsStreaming", "LambdaStreamsAWS",
           "LambdaStreamsTesting", "RuntimeAPIServer", "StreamMetrics", "CoreMetrics", "Testing", "SnippetSupport"]
# What cannot stand within a function.
FILE_LEVEL = re.compile(r"^(@main|@Test|extension |protocol |@testable )", re.M)


class Block:
    def __init__(self, page, line, language, text):
        self.page, self.line, self.language, self.text = page, line, language, text

    @property
    def place(self):
        return f"{self.page}:{self.line}"


def main():
    found = list(blocks())
    if "--readme" in sys.argv[1:]:
        return build_readme([block for block in found if block.page == "README.md"])
    problems = list(check_commands(found)) + list(check_swift(found))
    for problem in problems:
        print(f"snippets: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    count = sum(block.language == "swift" for block in found)
    print(f"snippets: {count} blocks of Swift compile, and {len(found) - count} others are as they should be")


def blocks():
    for page in ["README.md", *sorted(glob.glob("Documentation/LambdaStreams.docc/**/*.md", root_dir=ROOT, recursive=True)),
                 *sorted(glob.glob("Examples/*/README.md", root_dir=ROOT))]:
        with open(os.path.join(ROOT, page)) as file:
            text = file.read()
        for match in BLOCK.finditer(text):
            indent = match[1]
            lines = [line[len(indent):] if line.startswith(indent) else line for line in match[3].splitlines()]
            yield Block(page, text[:match.start()].count("\n") + 1, match[2], "\n".join(lines) + "\n")


# Swift

def check_swift(found):
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    flags = compiler_flags()
    support = subprocess.run(["swiftc", "-emit-module", "-parse-as-library", "-module-name", "SnippetSupport", *flags,
                              "-enable-upcoming-feature", "InternalImportsByDefault",
                              "-emit-module-path", f"{WORK}/SnippetSupport.swiftmodule",
                              os.path.join(ROOT, "Documentation", "Snippets", "Support.swift")],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if support.returncode != 0:
        yield f"Documentation/Snippets/Support.swift does not compile:\n{support.stdout}"
        return
    together = []
    for number, block in enumerate(found):
        if block.language != "swift" or "swift-tools-version" in block.text or "@testable import" in block.text:
            continue
        path = os.path.join(WORK, f"Snippet{number}.swift")
        write_snippet(path, number, block)
        if FILE_LEVEL.search(block.text):
            yield from type_check([path], flags)
        else:
            together.append(path)
    yield from type_check(together, flags)


def write_snippet(path, number, block):
    """The block as a file, with its own lines in the compiler's messages."""
    lines = block.text.splitlines()
    own = [line for line in lines if line.startswith("import ")]
    imports = "".join(f"import {name}\n" for name in IMPORTS)
    if "Package.Dependency" in block.text:
        imports = "import PackageDescription\n"
    body = "\n".join("" if line.startswith("import ") else line for line in lines)
    if not FILE_LEVEL.search(block.text):
        body = f"func snippet{number}() async throws {{\n{body}\n}}"
    first = block.line if not FILE_LEVEL.search(block.text) else block.line + 1
    with open(path, "w") as file:
        file.write(f"{chr(10).join(own)}\n{imports}#sourceLocation(file: \"{block.page}\", line: {first})\n{body}\n"
                   "#sourceLocation()\n")


def type_check(paths, flags):
    if not paths:
        return
    result = subprocess.run(["swiftc", "-typecheck", "-parse-as-library", "-module-name", "Snippets", "-suppress-warnings",
                             "-continue-building-after-errors",
                             *flags, "-I", WORK, *paths], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        yield "\n".join(line for line in result.stdout.splitlines() if not line.startswith("#"))


def compiler_flags():
    maps = glob.glob(f"{BUILD}/*.build/module.modulemap")
    known = {os.path.basename(os.path.dirname(path))[:-len(".build")] for path in maps}
    maps += [path for path in glob.glob(f"{ROOT}/.build/checkouts/*/Sources/*/include/module.modulemap")
             if path.split("/")[-3] not in known]
    maps.append(f"{ROOT}/Sources/CCurl/module.modulemap")
    info = json.loads(subprocess.run(["swiftc", "-print-target-info"], check=True, capture_output=True, text=True).stdout)
    resources = info["paths"]["runtimeResourcePath"]
    return ["-swift-version", "6", "-I", f"{BUILD}/Modules", "-I", f"{resources}/pm/ManifestAPI", "-package-description-version", "6.2.0",
            "-plugin-path", f"{resources}/host/plugins/testing",
            *[word for path in maps for word in ("-Xcc", f"-fmodule-map-file={path}")]]


# Commands

def check_commands(found):
    with open(os.path.join(ROOT, "Makefile")) as file:
        targets = set(re.findall(r"^([a-z-]+):", file.read(), re.M))
    helps = {}
    for block in found:
        if block.language not in ("sh", "bash"):
            continue
        result = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
        if result.returncode != 0:
            yield f"{block.place}: {result.stderr.strip()}"
        for line in block.text.replace("\\\n", " ").splitlines():
            line = line.split(" #")[0]
            for target in re.findall(r"(?:^|&& )make ([a-z-]+)", line):
                if target not in targets:
                    yield f"{block.place}: make {target} does not exist"
            # What stands behind ` -- ` belongs to the function.
            for call in re.findall(r"lambda-streams ([a-z-]+)((?:(?! -- )[^|])*)", line):
                subcommand, options = call
                if subcommand not in helps:
                    helps[subcommand] = subprocess.run([COMMAND, subcommand, "--help"], capture_output=True, text=True).stdout
                for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", options):
                    if not re.search(re.escape(option) + r"(?![a-z-])", helps[subcommand]):
                        yield f"{block.place}: lambda-streams {subcommand} has no {option}"


# The README's package

def build_readme(found):
    folder = os.path.join(ROOT, ".build", "readme", "a folder of any name")
    swift = [block.text for block in found if block.language == "swift"]
    manifest = next(text for text in swift if "swift-tools-version" in text)
    pinned = re.sub(r'\.package\(url: "<this repository>", from: "[^"]*"\)',
                    f'.package(name: "swift-lambda-streams", path: "{ROOT}")', manifest)
    if pinned == manifest:
        sys.exit("snippets: the README's manifest does not depend on this repository in the form that is replaced here")
    files = {
        "Package.swift": pinned,
        "Sources/MyFunction/MyFunction.swift": next(text for text in swift if "@main" in text),
        "Tests/MyFunctionTests/MyFunctionTests.swift": next(text for text in swift if "@testable" in text),
    }
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    commands = next(block.text for block in found if block.language == "sh" and "swift test" in block.text)
    if "--without-archive" in sys.argv[1:]:
        commands = "\n".join(line for line in commands.splitlines() if " archive " not in line)
    print(commands.rstrip(), flush=True)
    result = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=folder)
    if result.returncode != 0:
        sys.exit(f"snippets: the README's commands end with {result.returncode} in {os.path.relpath(folder, ROOT)}")
    print("snippets: the README's package builds, and its commands run as printed")


if __name__ == "__main__":
    main()
