// What goes into a deployment zip, written so that the same input gives the same bytes.

import Foundation

enum ZipContents {
    /// The folder in which Lambda unpacks a zip, and in it the one of the backtracer's loader and libraries.
    static let taskRoot = "/var/task"
    private static let backtracerLibraries = "backtrace"

    struct Entry {
        let name: String
        let file: URL
        var isExecutable = true
    }

    static func staticEntries(_ executable: URL) throws -> [Entry] {
        [Entry(name: "bootstrap", file: executable)] + resources(beside: executable, prefix: "")
    }

    static func dynamicEntries(_ executable: URL, name: String, launcher: URL) throws -> [Entry] {
        var entries = [Entry(name: "bootstrap", file: launcher), Entry(name: "bin/\(name)", file: executable)]
        for (name, file) in try sharedLibraries(of: executable) {
            entries.append(Entry(name: "lib/\(name)", file: file))
        }
        // The kernel runs the bundled loader, so Foundation looks for resources next to it and not in bin/.
        return entries + resources(beside: executable, prefix: "lib/")
    }

    /// Swift's backtracer, with the loader and the libraries that it was linked for.
    ///
    /// The toolchain's static backtracer still needs the C library, and Amazon Linux may have an older one.
    static func backtracerEntries(scratch: URL) throws -> [Entry] {
        guard let compiler = Command.path(of: "swift").map({ URL(filePath: $0).resolvingSymlinksInPath() }) else {
            throw ArchiveError("there is no swift on the PATH.")
        }
        let tools = compiler.deletingLastPathComponent()
        let original = tools.deletingLastPathComponent().appending(path: "libexec/swift/linux/swift-backtrace-static")
        guard FileManager.default.fileExists(atPath: original.path) else {
            throw ArchiveError("this Swift toolchain has no static backtracer: there is no \(original.path).")
        }
        let executable = scratch.appending(path: "swift-backtrace")
        try? FileManager.default.removeItem(at: executable)
        try FileManager.default.copyItem(at: original, to: executable)
        let strip = tools.appending(path: "llvm-objcopy").path
        if FileManager.default.fileExists(atPath: strip) {
            _ = try Command([strip, "--strip-all", executable.path]).output()
        }
        var entries = [Entry(name: "swift-backtrace", file: executable)]
        if let loader = try ELFFile(executable).loader {
            for (name, file) in try sharedLibraries(of: original) {
                let isLoader = name == URL(filePath: loader).lastPathComponent
                entries.append(Entry(name: "\(backtracerLibraries)/\(isLoader ? "ld.so" : name)", file: file))
            }
            try ELFFile.bind(
                executable,
                toLoader: "\(taskRoot)/\(backtracerLibraries)/ld.so",
                libraries: "$ORIGIN/\(backtracerLibraries)"
            )
        }
        return entries
    }

    /// Soname and file of the loader and of everything it would load.
    private static func sharedLibraries(of executable: URL) throws -> [(String, URL)] {
        guard let loader = try ELFFile(executable).loader.map({ URL(filePath: $0) }) else { return [] }
        var libraries = [loader.lastPathComponent: loader]
        for line in try Command(["ldd", executable.path]).output().split(separator: "\n") {
            if line.contains("not found") { throw ArchiveError("a shared library is missing here: \(line)") }
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 3, words[1] == "=>", words[2].hasPrefix("/") else { continue }
            libraries[String(words[0])] = URL(filePath: String(words[2]))
        }
        return libraries.map { ($0, $1.resolvingSymlinksInPath()) }
    }

    /// The resource bundles that SwiftPM put next to an executable.
    private static func resources(beside executable: URL, prefix: String) -> [Entry] {
        let folder = executable.deletingLastPathComponent()
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
        return names.compactMap { name in
            let file = folder.appending(path: name)
            var isFolder: ObjCBool = false
            guard name.split(separator: "/").first?.hasSuffix(".resources") == true,
                FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue
            else { return nil }
            let isExecutable = FileManager.default.isExecutableFile(atPath: file.path)
            return Entry(name: prefix + name, file: file, isExecutable: isExecutable)
        }
    }

    /// Copies with a fixed time and fixed permissions are zipped in the order of their names.
    static func write(_ entries: [Entry], to output: URL, scratch: URL) throws {
        guard let zip = Command.path(of: "zip") else {
            throw ArchiveError("there is no `zip` on the PATH. Install it (apt-get install zip), then try again.")
        }
        let files = FileManager.default
        let staging = scratch.appending(path: "zip")
        try? files.removeItem(at: staging)
        for entry in entries {
            let copy = staging.appending(path: entry.name)
            try files.createDirectory(at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
            try files.copyItem(at: entry.file.resolvingSymlinksInPath(), to: copy)
            let attributes: [FileAttributeKey: Any] = [
                // The earliest time that a zip can hold.
                .modificationDate: Date(timeIntervalSince1970: 315_532_800),
                .posixPermissions: entry.isExecutable ? 0o755 : 0o644,
            ]
            try files.setAttributes(attributes, ofItemAtPath: copy.path)
        }
        let zipped = staging.appending(path: "archive.zip")
        let names = entries.map(\.name).sorted().joined(separator: "\n")
        let command = "cd \"$0\" && TZ=UTC exec \"$1\" -q -9 -X -D archive.zip -@"
        _ = try Command(["sh", "-c", command, staging.path, zip]).output(input: names + "\n")
        // In one step, so that a deployment never finds half an archive.
        try files.createDirectory(at: output.deletingLastPathComponent(), withIntermediateDirectories: true)
        let partial = output.appendingPathExtension("partial")
        try? files.removeItem(at: partial)
        try files.copyItem(at: zipped, to: partial)
        guard rename(partial.path, output.path) == 0 else { throw ArchiveError("\(output.path) cannot be written.") }
        try files.removeItem(at: staging)
    }
}
