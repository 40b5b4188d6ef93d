// The text of a fixture, in whichever form it was saved, made into an event.

internal import JSONScanning

struct FixtureText {
    private let file: String
    private let text: [UInt8]

    init(_ file: String, _ text: [UInt8]) {
        self.file = file
        // An editor may have put a byte order mark before it.
        self.text = text.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(text.dropFirst(3)) : text
    }

    /// - Returns: the text itself when it is an event, else an event of the records in it.
    func event() throws(FixtureError) -> [UInt8] {
        guard text.contains(where: { !$0.isJSONSpace }) else { throw error(.empty) }
        let document: JSONDocument
        do {
            document = try JSONDocument(text)
        } catch {
            guard let records = try recordsOfLines() else { throw failure(error, at: text[...]) }
            return event(of: records)
        }
        return try event(of: document.root)
    }

    private func event(of root: JSONNode) throws(FixtureError) -> [UInt8] {
        switch root.kind {
        case .object where root["Records"] != nil:
            return text
        case .array:
            var records: [ArraySlice<UInt8>] = []
            for (index, element) in root.elements.enumerated() {
                records.append(try record(element, "element \(index) of the array"))
            }
            return event(of: records)
        default:
            return event(of: [try record(root, "the file's value")])
        }
    }

    /// - Returns: nil when the text is not JSON lines.
    private func recordsOfLines() throws(FixtureError) -> [ArraySlice<UInt8>]? {
        var records: [ArraySlice<UInt8>] = []
        for (index, line) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { !$0.isJSONSpace }) else { continue }
            let document: JSONDocument
            do {
                document = try JSONDocument(Array(line))
            } catch {
                // A first line that is not JSON on its own belongs to a document of several lines.
                guard !records.isEmpty else { return nil }
                throw failure(error, at: line)
            }
            records.append(try record(document.root, "line \(index + 1)"))
        }
        return records
    }

    private func record(_ node: JSONNode, _ place: String) throws(FixtureError) -> ArraySlice<UInt8> {
        guard node.kind == .object else { throw error(.noRecord(place: place, found: .notAnObject)) }
        // A dead-letter sink's line; stream records have no member of that name.
        if let record = node["record"], record.kind == .object { return record.jsonText }
        let marks: [StaticString] = ["dynamodb", "eventName", "eventID", "messageId", "kinesis", "eventSource"]
        guard marks.contains(where: { node[$0] != nil }) else {
            let names = node.members.map(\.repairedName)
            throw error(.noRecord(place: place, found: .object(members: names)))
        }
        return node.jsonText
    }

    private func event(of records: [ArraySlice<UInt8>]) -> [UInt8] {
        Array("{\"Records\":[".utf8) + records.joined(separator: [UInt8(ascii: ",")]) + Array("]}".utf8)
    }

    private func error(_ problem: FixtureError.Problem) -> FixtureError { FixtureError(file, problem) }

    /// Says where in the file a piece of it is not JSON.
    private func failure(_ error: JSONError, at piece: ArraySlice<UInt8>) -> FixtureError {
        guard case .malformed(let offset, let expected) = error else {
            return self.error(.refused(reason: "\(error)"))
        }
        let before = text.prefix(piece.startIndex + offset)
        let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
        let column = before.reversed().prefix { $0 != 0x0A }.count + 1
        return self.error(.malformed(line: line, column: column, expected: expected.rawValue))
    }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
