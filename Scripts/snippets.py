#!/usr/bin/env python3
"""Compiles the Swift of the README, the articles, the examples' pages and documentation comments, and runs their commands.

The package must be built (`make build`). A block of Swift is type-checked against it as a user's file would be, with
Documentation/Snippets/Support.swift for what it does not declare. JSON and YAML are parsed. Every block names its language,
output and what cannot be checked `text`.

The commands of `lambda-streams` are run, in a folder with a template, events and built functions. A command that is to end
with another exit code than 0 says so at its end: `# exit code 3`. A block that begins with `# needs AWS` or the like is not
run: its syntax is checked, its `make` targets must exist, and its options must be in the help.

--readme makes the package of the README in a folder, from its own manifest, and runs its commands. --tutorial runs the
commands of the tutorial, from `lambda-streams init` to the archive.
"""

import functools
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
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)
IMPORTS = ["EventSourceMapping", "ExportReplay", "LambdaFunctionsJSON", "LambdaFunctionsStreaming", "LambdaStreamsAWS",
           "LambdaStreamsTesting", "RecordReplay", "RuntimeAPIServer", "StreamMetrics", "CoreMetrics", "Testing",
           "SnippetSupport"]
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
    if "--tutorial" in sys.argv[1:]:
        return follow_tutorial([block for block in found if block.page.endswith("/Tutorial.md")])
    commented = list(comment_blocks())
    problems = [*check_languages(found + commented), *check_data(found + commented), *check_commands(found),
                *check_swift(found + commented), *check_new_package(), *run_local_commands(found)]
    for problem in problems:
        print(f"snippets: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    count = sum(block.language == "swift" for block in found)
    print(f"snippets: {count} blocks of Swift and {len(commented)} of documentation comments compile, and "
          f"{len(found) - count} others run, parse or need AWS, and what init writes compiles")


def blocks():
    for page in ["README.md", *sorted(glob.glob("Documentation/LambdaStreams.docc/**/*.md", root_dir=ROOT, recursive=True)),
                 *sorted(glob.glob("Examples/*/README.md", root_dir=ROOT))]:
        with open(os.path.join(ROOT, page)) as file:
            text = file.read()
        for match in BLOCK.finditer(text):
            indent = match[1]
            lines = [line[len(indent):] if line.startswith(indent) else line for line in match[3].splitlines()]
            yield Block(page, text[:match.start()].count("\n") + 1, match[2], "\n".join(lines) + "\n")


# A block of code in a documentation comment.
COMMENT_BLOCK = re.compile(r"^( *)/// ```(\w*)\n((?:^ *///.*\n)*?)^ */// ```$", re.M)


def comment_blocks():
    for path in sorted(glob.glob("Sources/**/*.swift", root_dir=ROOT, recursive=True)):
        with open(os.path.join(ROOT, path)) as file:
            text = file.read()
        for match in COMMENT_BLOCK.finditer(text):
            lines = [line.strip().removeprefix("///").removeprefix(" ") for line in match[3].splitlines()]
            yield Block(path, text[:match.start()].count("\n") + 1, match[2], "\n".join(lines) + "\n")


# Data

def check_languages(found):
    for block in found:
        if block.language not in ("swift", "sh", "json", "yaml", "text"):
            yield f"{block.place}: a block of code names its language: swift, sh, json, yaml, or text for anything else"


# A document that is not whole, or of CloudFormation: its tags mean nothing here.
PARSE_YAML = """
import sys, yaml
yaml.SafeLoader.add_multi_constructor("!", lambda loader, suffix, node: None)
yaml.safe_load(sys.stdin)
"""


def check_data(found):
    for block in found:
        if block.language == "json" and "…" not in block.text:
            try:
                json.loads(block.text)
            except ValueError as error:
                yield f"{block.place}: {error}"
        elif block.language == "yaml":
            result = subprocess.run([os.path.join(ROOT, ".build", "venv", "bin", "python"), "-c", PARSE_YAML],
                                    input=block.text, capture_output=True, text=True)
            if result.returncode != 0:
                yield f"{block.place}: {result.stderr.strip().splitlines()[-1]}"


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
        if block.language != "swift" or block.text.startswith("// needs ") or "swift-tools-version" in block.text \
                or "@testable import" in block.text:
            continue
        path = os.path.join(WORK, f"Snippet{number}.swift")
        write_snippet(path, number, block)
        if FILE_LEVEL.search(block.text):
            yield from type_check([path], flags)
        else:
            together.append(path)
    yield from type_check(together, flags)


# SwiftPM generates this for a target with resources.
BUNDLE = "import Foundation\nextension Bundle { static var module: Bundle { .main } }\n"


def check_new_package():
    """Compiles what `lambda-streams init` writes. `make tutorial` builds and runs it, which takes minutes."""
    folder = os.path.join(WORK, "Orders")
    init = subprocess.run([COMMAND, "init", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if init.returncode != 0:
        yield f"lambda-streams init: {init.stdout}"
        return
    bundle = os.path.join(WORK, "Bundle.swift")
    with open(bundle, "w") as file:
        file.write(BUNDLE)
    flags = [*compiler_flags(), "-parse-as-library", "-warnings-as-errors"]
    for command in (["-emit-module", "-enable-testing", "-module-name", "Orders", "-emit-module-path", f"{WORK}/Orders.swiftmodule",
                     f"{folder}/Sources/Orders/Function.swift"],
                    ["-typecheck", "-module-name", "OrdersTests", "-I", WORK, bundle,
                     f"{folder}/Tests/OrdersTests/FunctionTests.swift"]):
        result = subprocess.run(["swiftc", *flags, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode != 0:
            yield f"the package of lambda-streams init does not compile:\n{result.stdout}"
            return


def write_snippet(path, number, block):
    """The block as a file, with its own lines in the compiler's messages."""
    lines = block.text.splitlines()
    own = [line for line in lines if line.startswith("import ")]
    # A function that migrates imports nothing else of this package: LambdaHandler has another meaning there.
    migrates = "import LambdaFunctionsMigration" in block.text
    imports = "".join(f"import {name}\n" for name in IMPORTS if not migrates or name == "SnippetSupport")
    if "Package.Dependency" in block.text or ": Target =" in block.text:
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
    maps += glob.glob(f"{ROOT}/Sources/*/module.modulemap")
    info = json.loads(subprocess.run(["swiftc", "-print-target-info"], check=True, capture_output=True, text=True).stdout)
    resources = info["paths"]["runtimeResourcePath"]
    return ["-swift-version", "6", "-I", f"{BUILD}/Modules", "-I", f"{resources}/pm/ManifestAPI", "-package-description-version", "6.2.0",
            "-plugin-path", f"{resources}/host/plugins/testing",
            *[word for path in maps for word in ("-Xcc", f"-fmodule-map-file={path}")]]


# Commands

def check_commands(found):
    targets = set()
    # This package's, and that of the package that `init` writes.
    for makefile in ["Makefile", "Sources/LambdaStreamsCommand/Init/Project/Makefile.mustache"]:
        with open(os.path.join(ROOT, makefile)) as file:
            targets |= set(re.findall(r"^([a-z-]+):", file.read(), re.M))
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


# What other checks run: `make readme` and `make tutorial` the README's and the tutorial's commands, `make test` and its like
# the builds, tests and archives.
RUN_ELSEWHERE = re.compile(r"^(swift (build|test|package)\b|make |apt-get |git |.*lambda-streams init )")
PAGES_RUN_ELSEWHERE = ("README.md", "Documentation/LambdaStreams.docc/Tutorial.md")


def run_local_commands(found):
    folder = os.path.join(WORK, "commands")
    os.makedirs(os.path.join(folder, ".build", "debug"))
    for name in ["OrderProjector", "HelloJSON", "StreamingHello"]:
        os.symlink(os.path.join(BUILD, name), os.path.join(folder, ".build", "debug", name))
    os.symlink(os.path.join(BUILD, "OrderProjector"), os.path.join(folder, ".build", "debug", "MyFunction"))
    shutil.copy(os.path.join(ROOT, "template.yaml"), folder)
    for name, text in example_files().items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    environment = dict(os.environ, PATH=f"{BUILD}:{os.environ['PATH']}")
    for block in found:
        if block.language != "sh" or block.page in PAGES_RUN_ELSEWHERE or block.text.startswith("# needs "):
            continue
        lines = block.text.replace("\\\n", " ").splitlines()
        yield from (f"{block.place}: {problem}" for line in lines for problem in missing_names(line))
        commands = "\n".join(line for line in lines if not RUN_ELSEWHERE.match(line))
        result = subprocess.run(["bash", "-euo", "pipefail", "-c", with_exit_codes(commands.replace("swift run ", ""))],
                                cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, timeout=120)
        if result.returncode != 0:
            yield f"{block.place}: the commands end with {result.returncode}:\n{result.stdout[-2000:]}"


def example_files():
    """What the commands of the documents read: ten orders of which the fifth cannot be handled, and items."""
    def generate(*options):
        return subprocess.run([COMMAND, "generate-event", "--lines", *options], check=True, capture_output=True,
                              text=True).stdout
    orders = generate("--count", "10").splitlines()
    orders[4] = orders[4].replace("OPEN", "EXPLODE")
    return {
        "orders.json": "\n".join(orders) + "\n",
        "failed.json": orders[4] + "\n",
        "old.json": '{"id":"o-1","total":12.5,"status":"OPEN","updatedAt":1767225600}',
        "new.json": '{"id":"o-1","total":12.5,"status":"PAID","updatedAt":1767225601}',
    }


def missing_names(line):
    for product in re.findall(r"^swift build .*--product (\w+)", line):
        if product != "MyFunction" and not os.path.exists(os.path.join(BUILD, product)):
            yield f"there is no product {product}"
    for suite in re.findall(r"^swift test --filter (\w+)", line):
        if suite not in suites():
            yield f"there is no suite {suite}"


@functools.cache
def suites():
    names = set()
    for pattern in ("Tests/**/*.swift", "Examples/**/*.swift"):
        for path in glob.glob(pattern, root_dir=ROOT, recursive=True):
            with open(os.path.join(ROOT, path)) as file:
                names.update(re.findall(r"^struct (\w+Tests)\b", file.read(), re.M))
    return names


def with_exit_codes(commands):
    return re.sub(r"^(.*?) +# exit code (\d+)$", r"status=0; \1 || status=$?; [ $status = \2 ]", commands, flags=re.M)


# Packages that use this one

CONSUMERS = os.path.join(ROOT, ".build", "consumers")


def build_readme(found):
    swift = [block.text for block in found if block.language == "swift"]
    manifest = next(text for text in swift if "swift-tools-version" in text)
    pinned = re.sub(r'\.package\(url: "<this repository>", from: "[^"]*"\)',
                    f'.package(name: "swift-lambda-streams", path: "{ROOT}")', manifest)
    if pinned == manifest:
        sys.exit("snippets: the README's manifest does not depend on this repository in the form that is replaced here")
    folder, kept = empty_folder("a folder of any name")
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
    if os.path.exists(kept):
        os.rename(kept, os.path.join(folder, ".build"))
    run_commands(next(block.text for block in found if block.language == "sh" and "swift test" in block.text), folder,
                 "README")
    print("snippets: the README's package builds, and its commands run as printed")


def follow_tutorial(found):
    """Runs the commands in one shell, in an empty folder. What needs AWS says so in its first line."""
    folder, kept = empty_folder("tutorial", package="Orders")
    commands = "\n".join(block.text for block in found
                         if block.language == "sh" and not block.text.startswith("# needs AWS"))
    clone = 'git clone "<this repository>" swift-lambda-streams\n'
    run = "swift run --package-path swift-lambda-streams lambda-streams"
    if clone not in commands or run not in commands:
        sys.exit("snippets: the tutorial does not begin with a clone in the form that is replaced here")
    # This folder stands for the clone.
    commands = commands.replace(clone, "").replace(run, COMMAND)
    if os.path.exists(kept):
        commands = commands.replace("cd Orders\n", f"cd Orders\nmv '{kept}' .build\n")
    output = run_commands(commands, folder, "tutorial")
    shown = [line for block in found if block.language == "text" for line in block.text.splitlines() if line != "…"]
    missing = [line for line in shown if line not in output]
    if missing or not shown:
        sys.exit(f"snippets: the tutorial's commands do not print what it shows: {missing}")
    if "--without-archive" not in sys.argv[1:] and not os.path.exists(os.path.join(folder, "Orders", "build", "Orders.zip")):
        sys.exit("snippets: the tutorial made no build/Orders.zip")
    print("snippets: the tutorial's commands run as printed, end with the exit codes that it names, and print what it shows")


def empty_folder(name, package="."):
    """The folder, and where the build of its package is kept meanwhile, if there is one of an earlier run.

    The build is valid in its own place alone, so it is moved back there once the package is written.
    """
    folder = os.path.join(CONSUMERS, name)
    build, kept = os.path.join(folder, package, ".build"), folder + ".build"
    if os.path.exists(build):
        shutil.rmtree(kept, ignore_errors=True)
        os.rename(build, kept)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder, kept


def run_commands(commands, folder, document):
    """Runs commands as printed, without their archive under --without-archive, and returns what they print."""
    if "--without-archive" in sys.argv[1:]:
        commands = "\n".join(line for line in commands.splitlines() if "archive" not in line)
    print(commands.rstrip(), flush=True)
    process = subprocess.Popen(["bash", "-euo", "pipefail", "-c", with_exit_codes(commands)], cwd=folder, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = []
    for line in process.stdout:
        print(line, end="", flush=True)
        output.append(line)
    if process.wait() != 0:
        sys.exit(f"snippets: the {document}'s commands end with {process.returncode} in {os.path.relpath(folder, ROOT)}")
    return "".join(output)


if __name__ == "__main__":
    main()
