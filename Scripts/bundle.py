"""What goes into a deployment zip, and how it is written so that the same input gives the same bytes."""

import os
import re
import shutil
import struct
import subprocess
import zipfile

# The earliest time that a zip can hold: a real one would make every archive differ.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NULL, DT_STRTAB, DT_RPATH, DT_RUNPATH = 0, 5, 15, 29
# Where Lambda unpacks a zip, and where in it the backtracer's loader and libraries are.
TASK_ROOT, BACKTRACER_LIBRARIES = "/var/task", "backtrace"
EXECUTABLE, READABLE = 0o755, 0o644


def write_zip(path, entries):
    """Writes `entries` (name in the zip, file, mode) to `path`, in the order of their names."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = path + ".partial"
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, file, mode in sorted(entries):
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.create_system = 3  # Unix: Lambda takes the executable bit from the attributes below.
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            with open(file, "rb") as source:
                archive.writestr(entry, source.read(), compresslevel=9)
    # In one step, so that a deployment never meets half an archive.
    os.replace(partial, path)


def loader_of(executable):
    """The dynamic loader that an ELF file asks for; None when it is static."""
    with open(executable, "rb") as file:
        for kind, start, _, length in segments(executable, file):
            if kind == PT_INTERP:
                file.seek(start)
                return file.read(length).rstrip(b"\0").decode()
    return None


def segments(executable, file):
    """Kind, offset, address and length of each program header of an open ELF file."""
    header = file.read(64)
    if header[:5] != b"\x7fELF\x02":
        raise ValueError(f"{executable} is not a 64-bit ELF executable")
    offset, = struct.unpack_from("<Q", header, 32)
    size, count = struct.unpack_from("<HH", header, 54)
    found = []
    for index in range(count):
        file.seek(offset + index * size)
        kind, _, start, address, _, length = struct.unpack("<IIQQQQ", file.read(40))
        found.append((kind, start, address, length))
    return found


def bind_to_libraries(executable, loader, folder):
    """Makes a dynamic executable start with `loader` and look for its libraries in `folder`, before anywhere else."""
    with open(executable, "r+b") as file:
        headers = segments(executable, file)

        def overwrite(start, room, text):
            if len(text) >= room:
                raise ValueError(f"{executable} has no room for the path {text}")
            file.seek(start)
            file.write(text.encode().ljust(room, b"\0"))

        def read(start, length):
            file.seek(start)
            return file.read(length)

        start, _, length = next(header[1:] for header in headers if header[0] == PT_INTERP)
        overwrite(start, length, loader)
        start, _, length = next(header[1:] for header in headers if header[0] == PT_DYNAMIC)
        entries = list(struct.iter_unpack("<QQ", read(start, length)))
        names = dict(entries)[DT_STRTAB]
        names += next(start - address for kind, start, address, length in headers
                      if kind == PT_LOAD and address <= names < address + length)
        for index, (tag, value) in enumerate(entries):
            if tag == DT_NULL:
                break
            if tag in (DT_RPATH, DT_RUNPATH):
                overwrite(names + value, read(names + value, 4096).index(b"\0") + 1, folder)
                # RPATH: Lambda's LD_LIBRARY_PATH, with the machine's own folders first, comes before RUNPATH.
                file.seek(start + index * 16)
                file.write(struct.pack("<Q", DT_RPATH))
                return
    raise ValueError(f"{executable} has no search path for libraries that could be changed")


def blank_section(executable, name):
    """Overwrites a section that nothing reads at run time with zeros."""
    with open(executable, "r+b") as file:
        header = file.read(64)
        table, = struct.unpack_from("<Q", header, 40)
        size, count, names_index = struct.unpack_from("<HHH", header, 58)
        file.seek(table)
        sections = [struct.unpack("<IIQQQQ", file.read(size)[:40]) for _ in range(count)]
        file.seek(sections[names_index][4])
        names = file.read(sections[names_index][5])
        for offset_of_name, _, _, _, offset, length in sections:
            if names[offset_of_name:].split(b"\0", 1)[0].decode() == name:
                file.seek(offset)
                file.write(bytes(length))


def shared_libraries(executable):
    """Soname to file, for the loader and everything that it would load."""
    loader = loader_of(executable)
    libraries = {os.path.basename(loader): loader}
    listing = subprocess.run(["ldd", executable], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        if "not found" in line:
            raise ValueError(f"a shared library is missing here: {line.strip()}")
        match = re.match(r"\s*(\S+) => (/\S+)", line)
        if match:
            libraries[os.path.basename(match[1])] = match[2]
    return libraries


def resource_entries(folder, prefix=""):
    """The resource bundles that SwiftPM put beside an executable, as zip entries under `prefix`."""
    entries = []
    for bundle in sorted(os.listdir(folder)):
        if not bundle.endswith(".resources"):
            continue
        for parent, _, files in os.walk(os.path.join(folder, bundle)):
            for name in files:
                file = os.path.join(parent, name)
                mode = EXECUTABLE if os.access(file, os.X_OK) else READABLE
                entries.append((prefix + os.path.relpath(file, folder), file, mode))
    return entries


def static_entries(executable):
    return [("bootstrap", executable, EXECUTABLE)] + resource_entries(os.path.dirname(executable))


def dynamic_entries(executable, name, launcher):
    entries = [("bootstrap", launcher, EXECUTABLE), (f"bin/{name}", executable, EXECUTABLE)]
    for soname, file in shared_libraries(executable).items():
        entries.append((f"lib/{soname}", os.path.realpath(file), EXECUTABLE))
    # A bundled loader is what the kernel runs, so Foundation looks for resources beside it and not beside bin/.
    return entries + resource_entries(os.path.dirname(executable), "lib/")


def backtracer_entries(backtracer, scratch):
    """Swift's backtracer, with the loader and the libraries that it was linked for.

    The toolchain's static one is static but for the C library, and that of Amazon Linux may be older than it asks for.
    """
    executable = os.path.join(scratch, "swift-backtrace")
    shutil.copyfile(backtracer, executable)
    strip = os.path.join(os.path.dirname(os.path.realpath(shutil.which("swift"))), "llvm-objcopy")
    if os.path.exists(strip):
        subprocess.run([strip, "--strip-all", executable], check=True)
    loader = loader_of(executable)
    libraries = []
    if loader:
        libraries = [("ld.so" if file == loader else soname, file)
                     for soname, file in shared_libraries(backtracer).items()]
        bind_to_libraries(executable, f"{TASK_ROOT}/{BACKTRACER_LIBRARIES}/ld.so", f"$ORIGIN/{BACKTRACER_LIBRARIES}")
    return [("swift-backtrace", executable, EXECUTABLE)] + [
        (f"{BACKTRACER_LIBRARIES}/{name}", os.path.realpath(file), EXECUTABLE) for name, file in libraries]
