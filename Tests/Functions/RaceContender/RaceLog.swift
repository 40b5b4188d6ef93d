// The observer: a file to which every process appends lines, each in one write, so that their order is that of events.

import SharedState

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

struct RaceLog: Sendable {
    private let descriptor: Int32

    init(path: String) { descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644) }

    func append(_ line: String) {
        var line = line + "\n"
        line.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
    }
}

/// How far this process knows each key to be.
final class Progress: Sendable {
    let keys: Int
    private let next: Guarded<[Int]>

    /// A process that follows upon a dead one goes on where others are.
    init(keys: Int, log path: String) {
        self.keys = keys
        var next = [Int](repeating: 1, count: keys)
        if let file = fopen(path, "r") {
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 512)
            while fgets(&line, Int32(line.count), file) != nil {
                let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                    .split(whereSeparator: { $0 == " " || $0 == "-" || $0 == "\n" })
                guard words.count > 2, words[0] == "C", let key = Int(words[1].dropFirst()), key < keys,
                    let number = Int(words[2])
                else { continue }
                next[key] = max(next[key], number + 1)
            }
        }
        self.next = Guarded(next)
    }

    func next(of key: Int) -> Int { next.withLock { $0[key] } }

    func pass(_ piece: Piece) { next.withLock { $0[piece.key] = max($0[piece.key], piece.number + 1) } }
}
