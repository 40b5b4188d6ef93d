// The parts of a 64-bit ELF executable that an archive reads or changes.

import Foundation

struct ELFFile {
    private struct Segment {
        let kind: UInt32
        let offset, address, length: Int
    }

    private static let load: UInt32 = 1, dynamic: UInt32 = 2, interpreter: UInt32 = 3
    private static let stringTable = 5, runPaths = [15, 29], runPath = 15

    private var bytes: Data
    private let path: URL

    init(_ path: URL) throws {
        self.path = path
        bytes = try Data(contentsOf: path)
        guard bytes.count >= 64, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2]) else {
            throw ArchiveError("\(path.path) is not a 64-bit ELF executable.")
        }
    }

    /// The dynamic loader that the executable asks for; nil if it is static.
    var loader: String? {
        get throws {
            try segments().first { $0.kind == Self.interpreter }.map { try text(at: $0.offset) }
        }
    }

    /// Makes a dynamic executable start with `loader` and look for its libraries in `libraries` before anywhere else.
    static func bind(_ path: URL, toLoader loader: String, libraries: String) throws {
        var file = try ELFFile(path)
        let segments = try file.segments()
        guard let interpreter = segments.first(where: { $0.kind == Self.interpreter }),
            let table = segments.first(where: { $0.kind == dynamic })
        else { throw ArchiveError("\(path.path) is not a dynamic executable.") }
        try file.overwrite(at: interpreter.offset, room: interpreter.length, with: loader)
        let entries = try stride(from: table.offset, to: table.offset + table.length, by: 16).map {
            (offset: $0, tag: try file.integer(UInt64.self, at: $0), value: try file.integer(UInt64.self, at: $0 + 8))
        }
        guard let names = entries.first(where: { $0.tag == stringTable })?.value,
            let segment = segments.first(where: { $0.kind == load && ($0.address..<$0.address + $0.length) ~= names }),
            let entry = entries.first(where: { runPaths.contains($0.tag) })
        else { throw ArchiveError("\(path.path) has no search path for libraries that could be changed.") }
        let start = names - segment.address + segment.offset + entry.value
        try file.overwrite(at: start, room: file.text(at: start).utf8.count + 1, with: libraries)
        // RPATH: Lambda's LD_LIBRARY_PATH, with the machine's own folders first, takes precedence over RUNPATH.
        file.bytes[entry.offset] = UInt8(runPath)
        try file.bytes.write(to: path)
    }

    /// Overwrites a section that nothing reads at run time with zeros.
    static func blankSection(_ name: String, of path: URL) throws {
        var file = try ELFFile(path)
        let table = try file.integer(UInt64.self, at: 40), size = try file.integer(UInt16.self, at: 58)
        let count = try file.integer(UInt16.self, at: 60)
        let names = try file.integer(UInt64.self, at: table + file.integer(UInt16.self, at: 62) * size + 24)
        for section in stride(from: table, to: table + count * size, by: max(size, 1)) {
            guard try file.text(at: names + file.integer(UInt32.self, at: section)) == name else { continue }
            let offset = try file.integer(UInt64.self, at: section + 24)
            let length = try file.integer(UInt64.self, at: section + 32)
            try file.check(offset, length)
            file.bytes.replaceSubrange(offset..<offset + length, with: Data(count: length))
            // In place: the file keeps its permissions.
            let handle = try FileHandle(forUpdating: path)
            try handle.seek(toOffset: UInt64(offset))
            try handle.write(contentsOf: Data(count: length))
            try handle.close()
        }
    }

    private func segments() throws -> [Segment] {
        let table = try integer(UInt64.self, at: 32), size = try integer(UInt16.self, at: 54)
        return try (0..<integer(UInt16.self, at: 56)).map { index in
            let header = table + index * size
            return Segment(
                kind: UInt32(try integer(UInt32.self, at: header)),
                offset: try integer(UInt64.self, at: header + 8),
                address: try integer(UInt64.self, at: header + 16),
                length: try integer(UInt64.self, at: header + 32)
            )
        }
    }

    private func integer<Integer: FixedWidthInteger>(_: Integer.Type, at offset: Int) throws -> Int {
        try check(offset, MemoryLayout<Integer>.size)
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Integer.self) }
        guard let number = Int(exactly: Integer(littleEndian: value)) else { throw damaged }
        return number
    }

    private func text(at offset: Int) throws -> String {
        try check(offset, 1)
        return String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
    }

    private mutating func overwrite(at offset: Int, room: Int, with text: String) throws {
        try check(offset, room)
        guard text.utf8.count < room else { throw ArchiveError("\(path.path) has no room for the path \(text).") }
        let padding = [UInt8](repeating: 0, count: room - text.utf8.count)
        bytes.replaceSubrange(offset..<offset + room, with: Array(text.utf8) + padding)
    }

    private func check(_ offset: Int, _ length: Int) throws {
        guard offset >= 0, length >= 0, offset <= bytes.count - length else { throw damaged }
    }

    private var damaged: ArchiveError { ArchiveError("\(path.path) is a damaged ELF file.") }
}
