// The events of `invoke`, read from files: a document, one on each line, or records alone.

import JSONScanning

enum EventFile {
    /// Lambda's limit is 6 MB for an event. A file may contain many.
    private static let maximumSize = 256 * 1024 * 1024
    private static let emptyEvent = Array(#"{"Records":[]}"#.utf8)

    /// The events of all files, in their order.
    static func events(of paths: [String]) throws -> [[UInt8]] {
        guard !paths.isEmpty else { return [emptyEvent] }
        return try paths.flatMap { path in
            let file = InputFile(path)
            return try events(in: InputText(file.name, Array(file.read(limit: maximumSize)), limit: maximumSize))
        }
    }

    /// A file with one document is one event, and otherwise each line is one. Records without an event around them, in an
    /// array or on lines, are one event: that of a batch. Text that is not JSON is refused, as Lambda's Invoke refuses it.
    static func events(in text: InputText) throws -> [[UInt8]] {
        guard !text.isBlank else { throw EventFileError.empty(file: text.name) }
        guard text.isJSONLines else {
            return [try document(text, text.bytes).flatMap { event(of: $0.root) } ?? text.bytes]
        }
        var events: [[UInt8]] = []
        var records: [[UInt8]] = []
        try text.forEachLine { line, number in
            let root = try document(text, line, firstLine: number)?.root
            records += (root.flatMap(record) ?? nil).map { [Array($0)] } ?? []
            events.append(root.flatMap(event) ?? line)
        }
        return records.count == events.count ? [event(of: records)] : events
    }

    /// - Returns: nil for JSON that is too deep for this package, which a function may read all the same.
    private static func document(
        _ text: InputText,
        _ piece: [UInt8],
        firstLine: Int = 1
    ) throws(InputTextError) -> JSONDocument? {
        do {
            return try text.document(piece, firstLine: firstLine)
        } catch {
            if case .refused = error { return nil }
            throw error
        }
    }

    // MARK: Records alone

    /// - Returns: nil for what is not a record, nor an array of records.
    private static func event(of root: JSONNode) -> [UInt8]? {
        if let record = record(root) { return event(of: [Array(record)]) }
        guard root.kind == .array else { return nil }
        var records: [[UInt8]] = []
        for element in root.elements {
            guard let record = record(element) else { return nil }
            records.append(Array(record))
        }
        return records.isEmpty ? nil : event(of: records)
    }

    private static func event(of records: [[UInt8]]) -> [UInt8] {
        Array(#"{"Records":["#.utf8) + Array(records.joined(separator: [UInt8(ascii: ",")])) + Array("]}".utf8)
    }

    /// The sources whose events are lists of records. Other sources have records of other names, or none.
    private static let sources: Set<String> = ["aws:dynamodb", "aws:kinesis", "aws:sqs"]

    /// - Returns: the record's JSON; of a line that a dead-letter sink wrote, that of the record in it.
    private static func record(_ node: JSONNode) -> ArraySlice<UInt8>? {
        guard node.kind == .object, node["Records"] == nil else { return nil }
        if let inner = node["record"] { return record(inner) }
        if node["dynamodb"]?.kind == .object, node["detail"] == nil { return node.jsonText }
        let source = node["eventSource"].flatMap { try? $0.string() }
        return source.map(sources.contains) == true ? node.jsonText : nil
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
