#!/usr/bin/env python3
"""Makes an archive of a package that uses this one in a container, by an engine that runs a clean Debian root instead.

What is tested is the command that runs inside, from a machine without anything to a zip that answers: the root has Debian's
minimal system and the toolchain, no compiler, no Python. Needs root, debootstrap and unshare.
"""

import json
import os
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import scenarios  # noqa: E402
from emulator import ROOT, Emulator  # noqa: E402

FOLDER = os.path.join(ROOT, ".build", "container")
CONSUMER = os.path.join(FOLDER, "my-function")
ARCHIVE = os.path.join(CONSUMER, "build", "MyFunction.zip")
ENGINE_LOG = os.path.join(FOLDER, "engine.log")
# Not root, which the command is in a container.
OWNER = 12345
OTHER = {"x86_64": "arm64", "aarch64": "x86_64"}[os.uname().machine]

MANIFEST = f"""\
// swift-tools-version: 6.2
import PackageDescription
let package = Package(
    name: "my-function",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-lambda-streams", path: "{ROOT}")],
    targets: [
        .executableTarget(
            name: "MyFunction",
            dependencies: [.product(name: "LambdaFunctions", package: "swift-lambda-streams")]
        )
    ]
)
"""
FUNCTION = """\
import LambdaFunctions

@main
struct MyFunction {
    static func main() async throws {
        try await LambdaRuntime { (payload: [UInt8], _: LambdaContext) in payload.reversed() }.run()
    }
}
"""


def archive(*options, path=None):
    """Runs the plugin of the package; its status, and what it printed."""
    environment = {**os.environ, "DEBIAN_ROOT": os.path.join(ROOT, ".build", "debian-root"), "ENGINE_LOG": ENGINE_LOG,
                   "PATH": path or f"{ROOT}/Tests/ContainerEngine:{os.environ['PATH']}"}
    result = subprocess.run(
        ["swift", "package", "--package-path", CONSUMER, "--allow-writing-to-package-directory", "archive", *options],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return result.returncode, result.stdout


def path_without_engines(but=None):
    """A PATH with everything that is on this one but docker, podman and container; one of them may fail in its place."""
    folder = os.path.join(FOLDER, "path")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for directory in os.environ["PATH"].split(":"):
        for name in os.listdir(directory) if os.path.isdir(directory) else []:
            if name not in ("docker", "podman", "container", "swift") and not os.path.lexists(f"{folder}/{name}"):
                os.symlink(os.path.join(directory, name), f"{folder}/{name}")
    if but:
        with open(f"{folder}/{but}", "w") as engine:
            engine.write('#!/bin/sh\necho "$0 $*" >>"$ENGINE_LOG"\nexit 1\n')
        os.chmod(f"{folder}/{but}", 0o755)
    return f"{os.path.dirname(os.path.realpath(shutil.which('swift')))}:{folder}"


def cases():
    """Archives made in a container"""
    status, output = archive("--architecture", OTHER, path=path_without_engines())
    yield "without an engine, a message that says what to install", (
        status != 0 and "no docker, podman or container on the PATH" in output), output

    for engine, option in (("podman", "--platform linux/"), ("container", "--arch ")):
        status, output = archive("--architecture", OTHER, path=path_without_engines(but=engine))
        with open(ENGINE_LOG) as file:
            ran = file.read()
        yield f"{engine} runs it where it is the only one, and its failure is one", (
            status != 0 and f"/{engine} run --rm " in ran and option + {"x86_64": "amd64"}.get(OTHER, OTHER) in ran), output

    began = time.monotonic()
    status, output = archive("--container", "--static")
    yield f"an archive is made in a clean Debian root ({time.monotonic() - began:.0f} s)", status == 0, output
    with open(ENGINE_LOG) as file:
        ran = file.read()
    yield "in a named image, for a named platform", (
        " docker.io/library/swift:" in ran and "--platform linux/" in ran), ran
    with open(ARCHIVE[:-4] + ".json") as file:
        manifest = json.load(file)
    yield "its manifest says its architecture", manifest["architecture"] != OTHER, manifest
    yield "and both belong to the package's owner", {os.stat(path).st_uid for path in (ARCHIVE, ARCHIVE[:-4] + ".json")} == {
        OWNER}, os.stat(ARCHIVE)
    with Emulator(ARCHIVE, "MyFunction") as function:
        answer = function.invoke(b"abc")
        yield "it answers under the emulator", answer.body == b"cba", answer.body

    began = time.monotonic()
    status, output = archive("--container", "--static", "--incremental")
    took = time.monotonic() - began
    yield f"a second run uses what the first has kept ({took:.0f} s)", (
        status == 0 and "fetching the distribution's source" not in output), output

    # The engine runs this machine's architecture, as docker does for another one without emulation of it.
    status, output = archive("--architecture", OTHER, "--dynamic")
    yield "an archive of another architecture than was asked for is refused", (
        status != 0 and f"not {OTHER}" in output), output


def main():
    missing = [tool for tool in ("debootstrap", "unshare") if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin")]
    if os.geteuid() != 0 or missing:
        sys.exit(f"container: needs root{' and ' + ', '.join(missing) if missing else ''}: apt-get install debootstrap")
    for path, text in (("Package.swift", MANIFEST), ("Sources/MyFunction/MyFunction.swift", FUNCTION)):
        os.makedirs(os.path.dirname(os.path.join(CONSUMER, path)), exist_ok=True)
        with open(os.path.join(CONSUMER, path), "w") as file:
            file.write(text)
    os.chown(CONSUMER, OWNER, OWNER)
    open(ENGINE_LOG, "w").close()
    scenarios.run(cases)


if __name__ == "__main__":
    main()
