"""What a Swift package says of itself: its executables, and every target that an executable reaches."""

import json
import subprocess
import sys


class PackageError(Exception):
    """SwiftPM could not describe the package; the message is SwiftPM's own."""


class PackageGraph:
    def __init__(self, root, scratch):
        self.root = root
        self.scratch = scratch
        self._manifests = {}
        self._packages = None

    def executables(self):
        """Product name to its target: declared products, and the ones SwiftPM makes of executable targets."""
        manifest = self._manifest(self.root)
        kinds = {target["name"]: target["type"] for target in manifest["targets"]}
        named = {name: name for name, kind in kinds.items() if kind == "executable"}
        for product in manifest["products"]:
            if "executable" in product["type"]:
                executable = [target for target in product["targets"] if kinds.get(target) == "executable"]
                named[product["name"]] = (executable or product["targets"])[0]
        return named

    def reachable_targets(self, target):
        """The names of all targets that `target` depends on, through every package."""
        seen = set()
        self._visit(self.root, target, seen)
        return {name for _, name in seen}

    def _visit(self, package, name, seen):
        if (package, name) in seen:
            return
        seen.add((package, name))
        for target in self._manifest(package)["targets"]:
            if target["name"] != name:
                continue
            for dependency in target["dependencies"]:
                for next_package, next_target in self._resolve(package, dependency):
                    self._visit(next_package, next_target, seen)

    def _resolve(self, package, dependency):
        kind, value = next(iter(dependency.items()))
        name = value[0]
        local = {target["name"] for target in self._manifest(package)["targets"]}
        if kind == "target" or (kind == "byName" and name in local):
            return [(package, name)]
        identity = (value[1] or "").lower() if kind == "product" and isinstance(value[1], str) else ""
        others = self._all_packages()
        # The named package first: two packages may have a product of the same name.
        for path in sorted(others, key=lambda path: others[path] != identity):
            for product in self._manifest(path)["products"]:
                if product["name"] == name:
                    return [(path, target) for target in product["targets"]]
        return []

    def _all_packages(self):
        if self._packages is None:
            self._packages = {}
            self._collect(self._swift_package(self.root, "show-dependencies", "--format", "json")["dependencies"])
        return self._packages

    def _collect(self, dependencies):
        for dependency in dependencies:
            self._packages[dependency["path"]] = dependency["identity"].lower()
            self._collect(dependency["dependencies"])

    def _manifest(self, path):
        if path not in self._manifests:
            self._manifests[path] = self._swift_package(path, "dump-package")
        return self._manifests[path]

    def _swift_package(self, path, *arguments):
        # A scratch path of our own: the plugin runs while SwiftPM holds the lock of the usual one.
        command = ["swift", "package", "--package-path", path, "--scratch-path", self.scratch, *arguments]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            raise PackageError(result.stderr.strip() or f"`{' '.join(command)}` failed")
        # SwiftPM may print a line or two before the JSON.
        return json.loads(result.stdout[result.stdout.index("{"):])


if __name__ == "__main__":
    graph = PackageGraph(sys.argv[1], sys.argv[1] + "/.build/archive/graph")
    for product, target in graph.executables().items():
        print(product, sorted(graph.reachable_targets(target)))
