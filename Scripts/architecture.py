#!/usr/bin/env python3
"""Draws the modules and their dependency rules from Package.swift, and checks the rules.

Checked are: a module depends on modules of lower layers only; what is deployed depends on nothing that is not; a file
imports only what its module lists; ARCHITECTURE.md names every module with its layer and its imports. With --write, the
picture and those columns are written anew.
"""

import json
import os
import re
import subprocess
import sys
from html import escape

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "ARCHITECTURE.md")
PICTURE = os.path.join(ROOT, "Documentation", "Images", "modules.svg")
LAYER = re.compile(r"^\s*// (Never deployed: l|L)ayer (\d+)$")
TARGET = re.compile(r'^\s*\.(?:target|executableTarget|systemLibrary|macro)\($|^\s*\.(?:target|macro)\(name: "(\w+)"')
NAME = re.compile(r'^\s*name: "(\w+)"')
ROW = re.compile(r"^\| (\d+) \| `(\w+)` \| (.*?) \|([^|]*)\|$")
IMPORT = re.compile(r"^(?:@\w+(?:\(.*?\))? )*(?:public |internal |package |private |fileprivate )?import (?:struct )?(\w+)", re.M)


class Module:
    def __init__(self, name, layer, deployed):
        self.name, self.layer, self.deployed = name, layer, deployed
        self.own, self.others, self.kind = [], [], "regular"


def main():
    modules = read_layers()
    read_dependencies(modules)
    problems = broken_rules(modules)
    picture, page = draw(modules), table(modules, problems)
    if "--write" in sys.argv[1:]:
        os.makedirs(os.path.dirname(PICTURE), exist_ok=True)
        write(PICTURE, picture)
        write(PAGE, page)
    else:
        problems += [f"{os.path.relpath(path, ROOT)} is not what Package.swift makes of it; run Scripts/architecture.py --write"
                     for path, text in ((PICTURE, picture), (PAGE, page)) if read(path) != text]
    for problem in problems:
        print(f"architecture: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"architecture: {len(modules)} modules in {len({module.layer for module in modules.values()})} layers keep the rules")


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return ""


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def read_layers():
    """The modules by the comments of Package.swift that begin a layer."""
    modules, layer, deployed, expects_name = {}, None, True, False
    for line in read(os.path.join(ROOT, "Package.swift")).splitlines():
        if begun := LAYER.match(line):
            layer, deployed = int(begun[2]), begun[1] == "L"
        elif line.strip() in ("// Examples", "// Examples."):
            break
        elif layer is not None and (target := TARGET.match(line)):
            expects_name = target[1] is None
            if target[1]:
                modules[target[1]] = Module(target[1], layer, deployed)
        elif expects_name and (name := NAME.match(line)):
            modules[name[1]] = Module(name[1], layer, deployed)
            expects_name = False
    return modules


def read_dependencies(modules):
    manifest = json.loads(subprocess.run(["swift", "package", "--package-path", ROOT, "dump-package"],
                                         check=True, capture_output=True, text=True).stdout)
    for target in manifest["targets"]:
        if target["name"] not in modules:
            continue
        module = modules[target["name"]]
        module.kind = target["type"]
        for dependency in target["dependencies"]:
            name = next(iter(dependency.values()))[0]
            (module.own if name in modules else module.others).append(name)


def broken_rules(modules):
    problems = []
    for folder in sorted(os.listdir(os.path.join(ROOT, "Sources"))):
        if folder not in modules:
            problems.append(f"Sources/{folder} is in no layer of Package.swift")
    for module in modules.values():
        for name in module.own:
            other = modules[name]
            if other.layer >= module.layer:
                problems.append(f"{module.name} of layer {module.layer} depends on {name} of layer {other.layer}")
            # A macro runs in the compiler; nothing of it is linked.
            if module.deployed and not other.deployed and other.kind != "macro":
                problems.append(f"{module.name} is deployed and depends on {name}, which is not")
        for path, name in imports(module):
            if name in modules and name not in module.own:
                problems.append(f"{path} imports {name}, which {module.name} does not list in Package.swift")
    return problems


def imports(module):
    for folder, _, files in os.walk(os.path.join(ROOT, "Sources", module.name)):
        for file in files:
            if file.endswith(".swift"):
                path = os.path.join(folder, file)
                for name in IMPORT.findall(read(path)):
                    yield os.path.relpath(path, ROOT), name


def table(modules, problems):
    """ARCHITECTURE.md with the layers and imports of Package.swift in its rows."""
    lines, named = [], set()
    for line in read(PAGE).splitlines():
        row = ROW.match(line)
        if row and row[2] in modules:
            module = modules[row[2]]
            named.add(module.name)
            line = f"| {module.layer} | `{module.name}` | {row[3]} | {', '.join(module.own) or 'none'} |"
        elif row:
            problems.append(f"ARCHITECTURE.md has a row for {row[2]}, which Package.swift does not have")
        lines.append(line)
    problems += [f"ARCHITECTURE.md has no row for {name}: | {module.layer} | `{name}` | what it contains | |"
                 for name, module in modules.items() if name not in named]
    return "\n".join(lines) + "\n"


# The picture.

BOX_HEIGHT, GAP, ROW_HEIGHT, MARGIN, CHARACTER = 30, 20, 92, 20, 7.5


def draw(modules):
    rows = {}
    for module in modules.values():
        rows.setdefault(module.layer, []).append(module)
    places = place(rows, modules)
    width = max(x + w for x, _, w in places.values()) + MARGIN
    height = max(y for _, y, _ in places.values()) + BOX_HEIGHT + 50
    lines = []
    for module in modules.values():
        for name in nearest(module, modules):
            lines.append(edge(places[module.name], places[name]))
    boxes = [box(module, *places[module.name]) for module in modules.values()]
    layers = [f'<text class="layer" x="{MARGIN}" y="{y + 19}">{layer}</text>'
              for layer, y in sorted({module.layer: places[module.name][1] for module in modules.values()}.items())]
    legend = height - 18
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="12">
<title>The modules by layer. A line leads from a module down to one that it depends on.</title>
<style>.deployed{{fill:#e8f0fe;stroke:#3367d6}} .local{{fill:#fef3e2;stroke:#c77700}} .layer{{fill:#80868b}} path{{fill:none;stroke:#9aa0a6}}</style>
<rect width="100%" height="100%" fill="#ffffff"/>
{chr(10).join(lines)}
{chr(10).join(boxes)}
{chr(10).join(layers)}
<rect class="deployed" x="{MARGIN}" y="{legend - 11}" width="14" height="14"/><text x="{MARGIN + 20}" y="{legend}">may be linked into a deployed function</text>
<rect class="local" x="{MARGIN + 260}" y="{legend - 11}" width="14" height="14"/><text x="{MARGIN + 280}" y="{legend}">never deployed</text>
<text x="{MARGIN + 390}" y="{legend}" fill="#80868b">Lines that follow from others are left out. Drawn by Scripts/architecture.py.</text>
</svg>
"""


def place(rows, modules):
    """Where each module's box is: its left edge, its top and its width. Modules stand above what they depend on."""
    top, places = max(rows), {}
    for layer in sorted(rows):
        row = rows[layer]
        centers = {module.name: center(module, places) for module in row}
        x = MARGIN + 30
        for module in sorted(row, key=lambda module: (not module.deployed, centers[module.name])):
            w = len(module.name) * CHARACTER + 16
            x = max(x, centers[module.name] - w / 2)
            places[module.name] = (x, MARGIN + (top - layer) * ROW_HEIGHT, w)
            x += w + GAP
    return places


def center(module, places):
    below = [places[name][0] + places[name][2] / 2 for name in module.own if name in places]
    return sum(below) / len(below) if below else 0


def nearest(module, modules):
    """What it depends on and does not reach through another of its dependencies."""
    def reached(name):
        return set(modules[name].own).union(*(reached(other) for other in modules[name].own))
    far = set().union(*(reached(name) for name in module.own)) if module.own else set()
    return [name for name in module.own if name not in far]


def edge(one, other):
    x1, y1 = one[0] + one[2] / 2, one[1] + BOX_HEIGHT
    x2, y2 = other[0] + other[2] / 2, other[1]
    bend = max(20, (y2 - y1) / 2)
    return f'<path d="M{x1:.0f} {y1}C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2}"/>'


def box(module, x, y, w):
    kind = "deployed" if module.deployed else "local"
    return (f'<rect class="{kind}" x="{x:.0f}" y="{y}" width="{w:.0f}" height="{BOX_HEIGHT}" rx="4"/>'
            f'<text x="{x + w / 2:.0f}" y="{y + 19}" text-anchor="middle">{escape(module.name)}</text>')


if __name__ == "__main__":
    main()
