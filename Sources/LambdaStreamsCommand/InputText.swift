// The text of a file that the user named, as JSON: one document, or one on each line.

import JSONScanning

struct InputText {
    let name: String
    let bytes: [UInt8]
    private let limits: JSONLimits

    /// - Parameter limit: the most bytes of a document.
    init(_ name: String, _ bytes: [UInt8], limit: Int) {
        self.name = name
        // An editor may have put a byte order mark before it.
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        limits = JSONLimits(maximumByteCount: limit)
    }

    var isBlank: Bool { bytes.allSatisfy(\.isJSONSpace) }

    /// Whether the first line is a document of its own and others follow it.
    var isJSONLines: Bool {
        guard let start = bytes.firstIndex(where: { !$0.isJSONSpace }) else { return false }
        let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.endIndex
        guard bytes[end...].contains(where: { !$0.isJSONSpace }) else { return false }
        do throws(InputTextError) {
            _ = try document(Array(bytes[start..<end]))
            return true
        } catch {
            if case .refused = error { return true }
            return false
        }
    }

    /// Calls `body` with each line that is not blank, and its number from 1.
    func forEachLine<Failure>(_ body: ([UInt8], Int) throws(Failure) -> Void) throws(Failure) {
        var number = 0
        var start = bytes.startIndex
        while start < bytes.endIndex {
            number += 1
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.endIndex
            if bytes[start..<end].contains(where: { !$0.isJSONSpace }) { try body(Array(bytes[start..<end]), number) }
            start = end + 1
        }
    }

    /// The whole text as one document.
    func document() throws(InputTextError) -> JSONDocument { try document(bytes) }

    /// - Parameter firstLine: the line of the file in which the piece begins.
    func document(_ piece: [UInt8], firstLine: Int = 1) throws(InputTextError) -> JSONDocument {
        do {
            return try JSONDocument(piece, limits: limits)
        } catch {
            guard case .malformed(let offset, let expected) = error else {
                throw .refused(file: name, line: firstLine, reason: "\(error)")
            }
            let before = piece.prefix(offset)
            let line = firstLine + before.count { $0 == 0x0A }
            let column = before.reversed().prefix { $0 != 0x0A }.count + 1
            throw .malformed(file: name, line: line, column: column, expected: expected.rawValue)
        }
    }
}

enum InputTextError: UserFacingError, Equatable {
    /// Line and column, in bytes, count from 1.
    case malformed(file: String, line: Int, column: Int, expected: String)
    /// JSON beyond the limits of this package.
    case refused(file: String, line: Int, reason: String)

    var description: String {
        switch self {
        case .malformed(let file, let line, let column, let expected):
            "\(file):\(line):\(column): this is not JSON; expected \(expected)."
        case .refused(let file, let line, let reason): "\(file):\(line): this JSON cannot be read: \(reason)."
        }
    }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
