// The beginning of a file in a zip archive, without reading the rest ("APPNOTE.TXT - .ZIP File Format Specification").

import Foundation
import GzipDecoding

struct ZipArchive {
    private let handle: FileHandle
    /// The central directory, which lists the files.
    private let directory: [UInt8]

    /// More than the largest archive of Lambda needs.
    private static let maximumDirectorySize = 16 << 20
    /// The record at the end is 22 bytes and a comment of up to 65,535.
    private static let endSize = 22 + 65_535

    /// - Returns: nil for a file that is not a zip archive.
    init?(_ handle: FileHandle) {
        self.handle = handle
        guard let size = try? handle.seekToEnd(), size >= 22 else { return nil }
        let tailStart = size - min(size, UInt64(Self.endSize))
        guard let tail = Self.read(handle, at: tailStart, count: Self.endSize) else { return nil }
        let end = tail.indices.reversed().first {
            tail[$0...].starts(with: [0x50, 0x4B, 0x05, 0x06]) && tail.count - $0 >= 22
        }
        guard let end else { return nil }
        let (count, offset) = (tail.number(at: end + 12, 4), tail.number(at: end + 16, 4))
        guard count <= Self.maximumDirectorySize, let bytes = Self.read(handle, at: UInt64(offset), count: count),
            bytes.count == count
        else { return nil }
        directory = bytes
    }

    /// - Returns: the first bytes of a file, or all of them if it is shorter; nil if the archive does not contain the
    ///   file.
    func start(of name: String, count: Int) -> [UInt8]? {
        var position = 0
        while position + 46 <= directory.count, directory[position...].starts(with: [0x50, 0x4B, 0x01, 0x02]) {
            let nameCount = directory.number(at: position + 28, 2)
            let next =
                position + 46 + nameCount + directory.number(at: position + 30, 2)
                + directory.number(at: position + 32, 2)
            guard position + 46 + nameCount <= directory.count else { return nil }
            let entry = directory[(position + 46)..<(position + 46 + nameCount)]
            if entry.elementsEqual(name.utf8) || entry.elementsEqual("./\(name)".utf8) {
                return content(
                    at: UInt64(directory.number(at: position + 42, 4)),
                    method: directory.number(at: position + 10, 2),
                    count: count
                )
            }
            position = next
        }
        return nil
    }

    private func content(at offset: UInt64, method: Int, count: Int) -> [UInt8]? {
        guard let header = Self.read(handle, at: offset, count: 30), header.count == 30,
            header.starts(with: [0x50, 0x4B, 0x03, 0x04])
        else { return nil }
        let start = offset + 30 + UInt64(header.number(at: 26, 2)) + UInt64(header.number(at: 28, 2))
        // The tables of a block have a few hundred bytes at most and precede the data.
        guard let bytes = Self.read(handle, at: start, count: 64 << 10) else { return nil }
        switch method {
        case 0: return Array(bytes.prefix(count))
        case 8:
            var decompressor = Decompressor(.deflate)
            var start: [UInt8] = []
            return (try? decompressor.append(bytes[...], limit: count, to: &start)) == nil ? nil : start
        default: return nil
        }
    }

    private static func read(_ handle: FileHandle, at offset: UInt64, count: Int) -> [UInt8]? {
        guard (try? handle.seek(toOffset: offset)) != nil else { return nil }
        return (try? handle.read(upToCount: count)).map { [UInt8]($0) }
    }
}

extension [UInt8] {
    /// A little-endian number; 0 if there are too few bytes.
    fileprivate func number(at index: Int, _ count: Int) -> Int {
        guard index >= 0, index + count <= self.count else { return 0 }
        return (0..<count).reduce(0) { $0 | Int(self[index + $1]) << (8 * $1) }
    }
}
