#!/usr/bin/env python3
"""Makes the zip that is deployed to Lambda of one executable of a Swift package."""

import argparse
import glob
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import bundle  # noqa: E402
from package_graph import PackageError, PackageGraph  # noqa: E402

SCRIPTS = os.path.dirname(os.path.abspath(__file__))
LAUNCHER = os.path.join(os.path.dirname(SCRIPTS), "bootstrap")

# Whatever depends on this target calls AWS, and so needs TLS.
TARGET_THAT_CALLS_AWS = "AWSServices"

# The names of Unicode's scalars are 0.5 MB of tables, 0.24 MB of every zip, which the linker keeps because the whole
# standard library is one section. Only code that names one of these reads them: the property, or a regular expression.
READERS_OF_SCALAR_NAMES = [b"$ss7UnicodeO6ScalarV10PropertiesV4nameSSSgvg", b"17_StringProcessing"]
WITHOUT_SCALAR_NAMES = ["-Xlinker", "--wrap=_swift_stdlib_getScalarName"]

# What makes the Swift runtime call the backtracer. The other presets print registers and the memory that they point to.
SWIFT_BACKTRACE = ("enable=yes,color=no,interactive=no,preset=friendly,"
                   f"swift-backtrace={bundle.TASK_ROOT}/swift-backtrace")

EXAMPLES = """\
examples:
  make archive FUNCTION=OrderProjector
  swift package --allow-writing-to-package-directory archive --product OrderProjector
  Scripts/archive.py --product OrderProjector --dynamic
  Scripts/archive.py --package-path ../my-function --product MyFunction --output /tmp/function.zip
"""


class ArchiveError(Exception):
    """Says what went wrong and what to do next."""


class StaticImpossible(Exception):
    """Why no static executable can be made here."""


def main():
    options = parse_arguments()
    try:
        archive(options)
    except (ArchiveError, PackageError, ValueError) as error:
        sys.exit(f"archive: {error}")


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="archive", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--product", help="the executable; may be left out where there is only one")
    parser.add_argument("--package-path", default=".", help="the package that has it (default: this folder)")
    parser.add_argument("--output", help="the zip to write (default: build/PRODUCT.zip in the package)")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--static", action="store_true", help="a static bootstrap or nothing: never fall back")
    shape.add_argument("--dynamic", action="store_true", help="a bundle with the loader and its shared libraries")
    parser.add_argument("--libcurl", choices=["plain", "openssl"],
                        help="with or without TLS (default: with TLS where the executable calls AWS)")
    parser.add_argument("--with-backtrace", action="store_true",
                        help="add Swift's backtracer, symbols and line numbers: a crash leaves a stack trace in the log")
    parser.add_argument("--static-curl-cache", help="where to keep the static libcurls (default: .build/static-curl)")
    parser.add_argument("--scratch-path", help="where to build (default: .build/archive)")
    return parser.parse_args()


def archive(options):
    package = os.path.abspath(options.package_path)
    scratch = os.path.abspath(options.scratch_path or os.path.join(package, ".build", "archive"))
    cache = os.path.abspath(options.static_curl_cache or os.path.join(package, ".build", "static-curl"))
    graph = PackageGraph(package, os.path.join(scratch, "graph"))
    product, target = choose_executable(graph, options.product)
    output = os.path.abspath(options.output or os.path.join(package, "build", f"{product}.zip"))

    if not options.dynamic:
        try:
            flavour = options.libcurl or choose_libcurl(graph, target)
            executable = build_static(package, scratch, cache, product, flavour, keeps_symbols=options.with_backtrace)
            entries = list(bundle.static_entries(executable))
            if options.with_backtrace:
                entries += bundle.backtracer_entries(static_backtracer(), scratch)
            bundle.write_zip(output, entries)
            summarize(output, product, f"static, one file named bootstrap ({megabytes(executable)} MB unpacked)",
                      f"its own, {'with' if flavour == 'openssl' else 'without'} TLS")
            if options.with_backtrace:
                say(f"set the function's variable SWIFT_BACKTRACE to {SWIFT_BACKTRACE}")
            return
        except StaticImpossible as reason:
            if options.static:
                raise ArchiveError(f"no static executable can be made: {reason}") from reason
            say(f"no static executable can be made: {reason}")
            say("making a dynamic bundle instead")

    if options.with_backtrace:
        say("a dynamic bundle has no backtracer: --with-backtrace is for static ones")
    executable = build_dynamic(package, scratch, product)
    bundle.write_zip(output, bundle.dynamic_entries(executable, product, LAUNCHER))
    summarize(output, product, "dynamic: launcher, executable, loader and shared libraries", "the distribution's")
    say("a dynamic bundle costs about 30 ms more than a static one at each cold start")


def choose_executable(graph, wanted):
    executables = graph.executables()
    names = ", ".join(sorted(executables)) or "none"
    if wanted is None and len(executables) == 1:
        wanted = next(iter(executables))
    if wanted is None:
        raise ArchiveError(f"which executable? Say --product NAME. This package has: {names}.")
    if wanted not in executables:
        raise ArchiveError(f"there is no executable named '{wanted}'. This package has: {names}.")
    return wanted, executables[wanted]


def choose_libcurl(graph, target):
    return "openssl" if TARGET_THAT_CALLS_AWS in graph.reachable_targets(target) else "plain"


def build_static(package, scratch, cache, product, flavour, keeps_symbols=False):
    if platform.system() != "Linux":
        raise ArchiveError("a Lambda function is a Linux executable: run this on Linux, or in a Swift container image.")
    if not static_standard_library():
        raise StaticImpossible("this Swift toolchain has no static standard library")
    pkg_config = static_libcurl(flavour, cache)
    scratch = os.path.join(scratch, f"static-{flavour}")
    arguments = [
        "--static-swift-stdlib",
        "-Xswiftc", "-static-executable",
        # A section for each function, and none kept only for being public: what nothing refers to, the linker drops.
        "-Xswiftc", "-Xfrontend", "-Xswiftc", "-function-sections",
        "-Xswiftc", "-Xfrontend", "-Xswiftc", "-internalize-at-link",
        # lld comes with every toolchain; gold, Swift's default on some, is no longer in newer distributions.
        "-Xswiftc", "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "-O2",
        # A backtrace names functions by the symbol table, and lines by what debug information is kept for them.
        *(["-Xswiftc", "-gline-tables-only"] if keeps_symbols else ["-Xlinker", "-s"]),
        # What is done before Swift starts, and why: static-start.c.
        "-Xlinker", "--wrap=__register_frame_info", "-Xlinker", "--wrap=__deregister_frame_info",
        "-Xlinker", "--wrap=sysconf", "-Xlinker", "--wrap=fopen",
        "-Xlinker", "--eh-frame-hdr",
        "-Xlinker", start_object(scratch),
        # What every start runs, side by side, so that it takes few pages: startup-order.sh.
        "-Xlinker", "--symbol-ordering-file=" + os.path.join(SCRIPTS, "startup-order.txt"),
        "-Xlinker", "--no-warn-symbol-ordering",
    ]
    environment = {"PKG_CONFIG_PATH": pkg_config}
    executable = swift_build(package, scratch, product, arguments + WITHOUT_SCALAR_NAMES, environment)
    if reads_scalar_names(executable):
        say(f"{product} reads the names of Unicode scalars or has regular expressions, and gets their tables")
        executable = swift_build(package, scratch, product, arguments, environment)
    if bundle.loader_of(executable):
        raise StaticImpossible("the linker made a dynamic executable")
    return executable


def reads_scalar_names(executable):
    with open(executable + ".product/Objects.LinkFileList", encoding="utf-8") as file:
        objects = shlex.split(file.read())
    for path in objects:
        with open(path, "rb") as file:
            content = file.read()
        if any(name in content for name in READERS_OF_SCALAR_NAMES):
            return True
    return False


def start_object(scratch):
    os.makedirs(scratch, exist_ok=True)
    compiler = shutil.which("clang") or shutil.which("cc")
    if compiler is None:
        raise StaticImpossible("there is no C compiler. Run Scripts/setup.sh")
    output = os.path.join(scratch, "static-start.o")
    subprocess.run([compiler, "-O2", "-c", os.path.join(SCRIPTS, "static-start.c"), "-o", output], check=True)
    return output


def static_libcurl(flavour, cache):
    command = [os.path.join(SCRIPTS, "static-curl.sh"), flavour, "--cache", cache]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise StaticImpossible("a static libcurl could not be built (see above)")
    return result.stdout.strip()


def static_backtracer():
    compiler = shutil.which("swift")
    folder = os.path.dirname(os.path.dirname(os.path.realpath(compiler))) if compiler else ""
    path = os.path.join(folder, "libexec", "swift", "linux", "swift-backtrace-static")
    if not os.path.exists(path):
        raise ArchiveError(f"this Swift toolchain has no static backtracer: there is no {path}.")
    return path


def static_standard_library():
    result = subprocess.run(["swift", "-print-target-info", "-static-stdlib"], capture_output=True, text=True)
    if result.returncode != 0:
        raise ArchiveError("`swift` does not run here: install a Swift toolchain (https://www.swift.org/install/linux).")
    # `runtimeResourcePath` ends in …/swift_static in either case; what counts is the library itself.
    paths = json.loads(result.stdout)["paths"]["runtimeLibraryPaths"]
    return any(os.path.exists(os.path.join(path, "libswiftCore.a")) for path in paths)


def build_dynamic(package, scratch, product):
    if platform.system() != "Linux":
        raise ArchiveError("a Lambda function is a Linux executable: run this on Linux, or in a Swift container image.")
    arguments = ["-Xlinker", "--gc-sections", "-Xlinker", "-s"]
    if static_standard_library():
        arguments.append("--static-swift-stdlib")
    try:
        return swift_build(package, os.path.join(scratch, "dynamic"), product, arguments, {})
    except StaticImpossible as reason:
        raise ArchiveError(f"the executable could not be linked: {reason}") from reason


def swift_build(package, scratch, product, arguments, environment):
    # Folder names reach a binary through #filePath and assertions; mapped away, two clones build the same bytes.
    same_everywhere = ["-Xswiftc", "-file-prefix-map", "-Xswiftc", f"{scratch}=scratch",
                       "-Xswiftc", "-file-prefix-map", "-Xswiftc", f"{package}=package",
                       "-Xcc", f"-ffile-prefix-map={scratch}=scratch", "-Xcc", f"-ffile-prefix-map={package}=package"]
    command = ["swift", "build", "--package-path", package, "--scratch-path", scratch,
               "--configuration", "release", "--product", product, *arguments, *same_everywhere,
               "-Xlinker", "--build-id=none"]
    say(f"building {product} ({os.path.basename(scratch)})")
    # From scratch each time: SwiftPM does not rebuild a target when a module that its dependency re-exports has changed,
    # and what is deployed must not be half of yesterday.
    for release in glob.glob(os.path.join(glob.escape(scratch), "*", "release")):
        shutil.rmtree(release)
    result = subprocess.run(command, env={**os.environ, **environment}, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        print(result.stdout, file=sys.stderr)
        if "link command failed" in result.stdout or "undefined symbol" in result.stdout:
            raise StaticImpossible("it could not be linked (see above)")
        raise ArchiveError(f"{product} does not build; the compiler's messages are above.")
    folder = subprocess.run(command[:command.index("--product")] + ["--show-bin-path"], check=True,
                            capture_output=True, text=True, env={**os.environ, **environment}).stdout.strip()
    executable = os.path.join(folder, product)
    # A hash of each module's compiler arguments, folder names among them; only incremental builds read it.
    bundle.blank_section(executable, ".swift_modhash")
    return executable


def summarize(output, product, shape, libcurl):
    architecture = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    say(f"wrote {os.path.relpath(output)}")
    for name, value in [("size", f"{megabytes(output)} MB"), ("shape", shape), ("libcurl", libcurl),
                        ("deploy", f"Runtime provided.al2023, Handler {product}, Architectures [{architecture}]")]:
        print(f"  {name:8} {value}")


def megabytes(path):
    return f"{os.path.getsize(path) / 1e6:.2f}"


def say(text):
    print(f"archive: {text}", flush=True)


if __name__ == "__main__":
    main()
