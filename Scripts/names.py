#!/usr/bin/env python3
"""Checks that no target or product of this package has the name of one in a package that is used beside it.

SwiftPM refuses a package graph in which two packages have a target of the same name. The names are in Tests/PackageNames,
one file for each package or family of packages. With --build, SwiftPM itself is asked: a package that uses this one beside
packages with all of those names is resolved, built and run.
"""

import glob
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONSUMER = os.path.join(ROOT, ".build", "consumer")
# What the consumer imports of this package, and of the package that stands for AWS's own SDK.
OF_THIS = ["LambdaFunctions", "LambdaFunctionsJSON", "LambdaStreamsAWS", "StreamMetrics"]
OF_AWS = ["AWSLambda", "AWSDynamoDB", "AWSClientRuntime"]


def main():
    families = dict(read_families())
    problems = [f"{name} is also a name in {family}; Tests/PackageNames/{family}.txt says which packages those are"
                for name in sorted(own_names()) for family, names in families.items()
                # Files and module maps are looked up regardless of case on macOS.
                if name.lower() in {other.lower() for other in names}]
    for problem in problems:
        print(f"names: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"names: no clash with {sum(map(len, families.values()))} names of {len(families)} families of packages")
    if "--build" in sys.argv[1:]:
        build_consumer(families)


def read_families():
    for path in sorted(glob.glob(f"{ROOT}/Tests/PackageNames/*.txt")):
        with open(path) as file:
            lines = [line for line in file if not line.startswith("#")]
        yield os.path.basename(path)[:-4], " ".join(lines).split()


def own_names():
    manifest = json.loads(subprocess.run(["swift", "package", "--package-path", ROOT, "dump-package"],
                                         check=True, capture_output=True, text=True).stdout)
    return {item["name"] for kind in ("targets", "products") for item in manifest[kind]}


def build_consumer(families):
    for family, names in families.items():
        for name in names:
            write(f"{family}/Sources/{name}/{name}.swift", f"public let nameOf{name.replace('-', '_')} = \"{name}\"\n")
        write(f"{family}/Package.swift", f"""\
// swift-tools-version: 6.2
import PackageDescription
let names = {json.dumps(names)}
let package = Package(
    name: "{family}",
    products: names.map {{ .library(name: $0, targets: [$0]) }},
    targets: names.map {{ .target(name: $0) }}
)
""")
    dependencies = [f'.package(path: "{family}")' for family in families]
    products = ([f'.product(name: "{name}", package: "swift-lambda-streams")' for name in OF_THIS]
                + [f'.product(name: "{name}", package: "aws-sdk-swift")' for name in OF_AWS]
                + [f'.product(name: "{names[0]}", package: "{family}")' for family, names in families.items()])
    write("Package.swift", f"""\
// swift-tools-version: 6.2
import PackageDescription
let package = Package(
    name: "consumer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-lambda-streams", path: "../.."), {", ".join(dependencies)}],
    targets: [.executableTarget(name: "Consumer", dependencies: [{", ".join(dict.fromkeys(products))}])]
)
""")
    imports = "".join(f"import {name}\n" for name in OF_THIS + OF_AWS)
    write("Sources/Consumer/main.swift", f"""\
{imports}
print(LambdaContext.self, {", ".join(f"nameOf{name}" for name in OF_AWS)})
""")
    for command in (["swift", "build", "--package-path", CONSUMER], [f"{CONSUMER}/.build/debug/Consumer"]):
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode != 0:
            print(result.stdout, file=sys.stderr)
            sys.exit("names: a package that uses this one beside the others does not build; the reason is above.")
    print(f"names: a consumer of this package beside all of them builds, and runs: {result.stdout.strip()[:120]}")


def write(name, text):
    path = os.path.join(CONSUMER, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        with open(path) as file:
            if file.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path, "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
