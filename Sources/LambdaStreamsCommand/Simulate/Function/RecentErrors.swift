// The last errors in the function's log, which explain why records failed if the log is not kept.

import RuntimeAPIServer
import SharedState

final class RecentErrors: Sendable {
    private static let maximumCount = 3
    private static let maximumLength = 300
    /// Of Lambda's text and JSON formats, of Swift's traps, and of Python's and Node's exceptions.
    private static let signs = ["ERROR", "FATAL", "CRITICAL", "Fatal error", "Error: "].map { Array($0.utf8) }

    private let recent = Guarded<[String]>([])

    var lines: [String] { recent.withLock { $0 } }

    /// Called from the server's threads.
    func note(_ line: LogLine) {
        guard line.source != .platform, Self.isError(line.bytes) else { return }
        // Lambda's text format has tabs, which are of no use to a reader.
        let text = line.text.replacing("\t", with: "  ")
        recent.withLock { recent in
            if recent.count == Self.maximumCount { recent.removeFirst() }
            recent.append(text.count > Self.maximumLength ? text.prefix(Self.maximumLength) + "…" : text)
        }
    }

    /// Compares bytes, starting at capitals only, because a function may log a line for each record.
    private static func isError(_ line: [UInt8]) -> Bool {
        line.indices.contains { index in
            (0x41...0x5A).contains(line[index]) && signs.contains { line[index...].starts(with: $0) }
        }
    }
}
