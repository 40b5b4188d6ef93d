// Reading records from a file: an event, an array, JSON lines, or the output of GetRecords.

import DynamoDBStreamEvents
import EventSourceMapping
import Foundation
import JSONScanning

struct RecordFile {
    static let maximumByteCount = 2 << 30
    static let maximumRecordCount = 5_000_000
    private static let limits = JSONLimits(maximumByteCount: maximumByteCount)

    private let name: String
    private let text: [UInt8]

    init(_ path: String) throws(RecordError) {
        let file = InputFile(path)
        do throws(InputFileError) {
            self.init(name: file.name, text: [UInt8](try file.read(limit: Self.maximumByteCount)))
        } catch {
            throw .file(error)
        }
    }

    init(name: String, text: [UInt8]) {
        self.name = name
        // An editor may have put a byte order mark before it.
        self.text = text.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(text.dropFirst(3)) : text
    }

    func records() throws(RecordError) -> [RecordText] {
        var records: [RecordText] = []
        if isJSONLines {
            try forEachLine { (line, number) throws(RecordError) in
                try append(document(line, firstLine: number).root, "line \(number)", Shard(), to: &records)
            }
        } else if !text.allSatisfy(\.isJSONSpace) {
            try append(document(text, firstLine: 1).root, "the file", Shard(), to: &records)
        }
        guard !records.isEmpty else { throw .empty(file: name) }
        return records
    }

    /// Whether the first line is a document of its own and others follow it.
    private var isJSONLines: Bool {
        guard let start = text.firstIndex(where: { !$0.isJSONSpace }) else { return false }
        let end = text[start...].firstIndex(of: 0x0A) ?? text.endIndex
        guard text[end...].contains(where: { !$0.isJSONSpace }) else { return false }
        return (try? JSONDocument(Array(text[start..<end]), limits: Self.limits)) != nil
    }

    private func forEachLine(_ body: ([UInt8], Int) throws(RecordError) -> Void) throws(RecordError) {
        var number = 0
        var start = text.startIndex
        while start < text.endIndex {
            number += 1
            let end = text[start...].firstIndex(of: 0x0A) ?? text.endIndex
            if text[start..<end].contains(where: { !$0.isJSONSpace }) { try body(Array(text[start..<end]), number) }
            start = end + 1
        }
    }

    private func document(_ bytes: [UInt8], firstLine: Int) throws(RecordError) -> JSONDocument {
        do {
            return try JSONDocument(bytes, limits: Self.limits)
        } catch {
            guard case .malformed(let offset, let expected) = error else {
                throw .noRecord(file: name, place: "line \(firstLine)", found: "refused: \(error)")
            }
            let before = bytes.prefix(offset)
            let line = firstLine + before.count { $0 == 0x0A }
            let column = before.reversed().prefix { $0 != 0x0A }.count + 1
            throw .malformed(file: name, line: line, column: column, expected: expected.rawValue)
        }
    }

    // MARK: Records

    /// What stands beside a record.
    private struct Shard {
        var id: String?
        var parent: String?

        init() {}

        /// nil where no shard is named.
        init?(_ node: JSONNode, _ place: (file: String, record: String)) throws(RecordError) {
            guard let id = try Self.name("shardId", node, place) else { return nil }
            self.id = id
            parent = try Self.name("parentShardId", node, place)
        }

        /// DynamoDB's names of shards are 28 to 65 characters of ASCII ("Shard", DynamoDB Streams API Reference); the ones
        /// of a file written by hand may be shorter. In ASCII, no two names look alike and differ.
        private static func name(
            _ member: StaticString,
            _ node: JSONNode,
            _ place: (file: String, record: String)
        ) throws(RecordError) -> String? {
            guard let value = node[member], value.kind != .null else { return nil }
            guard let name = (try? value.string()) ?? nil, (1...65).contains(name.utf8.count),
                name.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { throw .noShard(file: place.file, place: place.record, member: "\(member)") }
            return name
        }
    }

    private func append(
        _ node: JSONNode,
        _ place: String,
        _ shard: Shard,
        to records: inout [RecordText]
    ) throws(RecordError) {
        if node.kind == .array {
            try append(node.elements, of: place, shard, to: &records)
            return
        }
        let ownShard = try Shard(node, (name, place)) ?? shard
        if let list = node["Records"], list.kind == .array {
            try append(list.elements, of: place, ownShard, to: &records)
        } else if let inner = node["record"], inner.kind == .object {
            // What a dead-letter sink kept, or a record with its shard beside it.
            try append(inner, place, ownShard, to: &records)
        } else {
            guard records.count < Self.maximumRecordCount else {
                throw .tooMany(file: name, limit: Self.maximumRecordCount)
            }
            records.append(try record(node, place, ownShard))
        }
    }

    private func append(
        _ elements: JSONElements,
        of place: String,
        _ shard: Shard,
        to records: inout [RecordText]
    ) throws(RecordError) {
        for (index, element) in elements.enumerated() {
            let own = "record \(index + 1)" + (place == "the file" ? "" : " of \(place)")
            guard element.kind == .object else {
                throw .noRecord(file: name, place: own, found: "\(element.kind)")
            }
            try append(element, own, shard, to: &records)
        }
    }

    private func record(_ node: JSONNode, _ place: String, _ shard: Shard) throws(RecordError) -> RecordText {
        guard node.kind == .object else { throw .noRecord(file: name, place: place, found: "\(node.kind)") }
        guard let change = node["dynamodb"], change.kind == .object else {
            let names = node.members.prefix(6).map(\.repairedName).joined(separator: ", ")
            throw .noRecord(file: name, place: place, found: "an object with \(names.isEmpty ? "no members" : names)")
        }
        guard let digits = change["SequenceNumber"]?.textBytes, SequenceNumber(digits) != nil else {
            throw .noSequenceNumber(file: name, place: place)
        }
        do throws(UnreadableTime) {
            _ = try UnreadableTime.checked(change)
        } catch {
            throw .unreadableTime(file: name, place: place, error)
        }
        return RecordText(
            place: place,
            shardID: shard.id,
            parentShardID: shard.parent,
            json: Self.withoutShard(node),
            sequenceNumber: String(decoding: digits, as: UTF8.self)
        )
    }

    /// Lambda's records have no `shardId`; a function should not see what was noted beside one.
    private static func withoutShard(_ node: JSONNode) -> [UInt8] {
        guard node["shardId"] != nil || node["parentShardId"] != nil else { return Array(node.jsonText) }
        var json: [UInt8] = [UInt8(ascii: "{")]
        for member in node.members where !member.isNamed("shardId") && !member.isNamed("parentShardId") {
            if json.count > 1 { json.append(UInt8(ascii: ",")) }
            json.appendJSONString(member.repairedName)
            json.append(UInt8(ascii: ":"))
            json.append(contentsOf: member.value.jsonText)
        }
        json.append(UInt8(ascii: "}"))
        return json
    }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
