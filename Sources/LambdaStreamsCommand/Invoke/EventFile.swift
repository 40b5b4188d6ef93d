// The events of `invoke`, read from files: a document, or one on each line.

import Foundation
import JSONScanning

enum EventFile {
    /// Lambda's limit is 6 MB for an event. A file may contain many.
    private static let maximumSize = 256 * 1024 * 1024
    private static let emptyEvent = Array(#"{"Records":[]}"#.utf8)

    /// The events of all files, in their order.
    static func events(of paths: [String]) throws -> [[UInt8]] {
        guard !paths.isEmpty else { return [emptyEvent] }
        var events: [[UInt8]] = []
        for path in paths {
            let file = InputFile(path)
            let found = try Self.events(in: Array(file.read(limit: maximumSize)), of: file.name)
            events += found
        }
        return events
    }

    /// A file with one document is one event; otherwise each line is one. Other content is sent unchanged, because a
    /// function must handle malformed events too.
    static func events(in text: [UInt8], of name: String) throws(EventFileError) -> [[UInt8]] {
        guard text.contains(where: { !$0.isSpace }) else { throw .empty(file: name) }
        guard (try? JSONDocument(text)) == nil else { return [text] }
        let lines = text.split(separator: UInt8(ascii: "\n")).filter { line in line.contains { !$0.isSpace } }
        guard lines.count > 1, (try? JSONDocument(Array(lines[0]))) != nil else { return [text] }
        return lines.map { Array($0) }
    }
}

enum EventFileError: UserFacingError, Equatable {
    case empty(file: String)

    var description: String {
        switch self {
        case .empty(let file): "\(file) is empty: lambda-streams generate-event makes an event."
        }
    }
}

extension UInt8 {
    fileprivate var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
