// Reading records from a file: an event, an array, JSON lines, or the output of GetRecords.

import DynamoDBStreamEvents
import EventSourceMapping
import Foundation
import JSONScanning

struct RecordFile {
    static let maximumByteCount = 2 << 30
    static let maximumRecordCount = 5_000_000

    private let text: InputText
    /// The images that the mapping's stream has; nil where that is not known.
    private let view: StreamView?

    init(_ path: String, view: StreamView? = nil) throws(RecordError) {
        let file = InputFile(path)
        do throws(InputFileError) {
            self.init(name: file.name, text: [UInt8](try file.read(limit: Self.maximumByteCount)), view: view)
        } catch {
            throw .file(error)
        }
    }

    init(name: String, text: [UInt8], view: StreamView? = nil) {
        self.text = InputText(name, text, limit: Self.maximumByteCount)
        self.view = view
    }

    private var name: String { text.name }

    func records() throws(RecordError) -> [RecordText] {
        var records: [RecordText] = []
        if text.isJSONLines {
            try text.forEachLine { (line, number) throws(RecordError) in
                try append(document(line, firstLine: number).root, "line \(number)", Shard(), to: &records)
            }
        } else if !text.isBlank {
            try append(document(text.bytes, firstLine: 1).root, "the file", Shard(), to: &records)
        }
        guard !records.isEmpty else { throw .empty(file: name) }
        return records
    }

    private func document(_ bytes: [UInt8], firstLine: Int) throws(RecordError) -> JSONDocument {
        do throws(InputTextError) {
            return try text.document(bytes, firstLine: firstLine)
        } catch {
            throw .text(error)
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
        let missing = view?.missingImages.filter { image in change.members.contains { $0.repairedName == image } } ?? []
        return RecordText(
            place: place,
            shardID: shard.id,
            parentShardID: shard.parent,
            json: Self.delivered(node, view: missing.isEmpty ? nil : view),
            sequenceNumber: String(decoding: digits, as: UTF8.self),
            hasLeftOutImage: !missing.isEmpty
        )
    }

    /// Lambda's records have no `shardId`; a function should not see what was noted beside one.
    ///
    /// - Parameter view: leaves out the images that a stream of this view type does not have.
    private static func delivered(_ node: JSONNode, view: StreamView?) -> [UInt8] {
        guard view != nil || node["shardId"] != nil || node["parentShardId"] != nil else { return Array(node.jsonText) }
        return object(of: node, without: ["shardId", "parentShardId"]) { member in
            guard let view, member.isNamed("dynamodb") else { return Array(member.value.jsonText) }
            return object(of: member.value, without: view.missingImages) { change in
                change.isNamed("StreamViewType") ? Array("\"\(view.rawValue)\"".utf8) : Array(change.value.jsonText)
            }
        }
    }

    private static func object(
        of node: JSONNode,
        without names: Set<String>,
        _ value: (JSONMember) -> [UInt8]
    ) -> [UInt8] {
        var json: [UInt8] = [UInt8(ascii: "{")]
        for member in node.members {
            let name = member.repairedName
            guard !names.contains(name) else { continue }
            if json.count > 1 { json.append(UInt8(ascii: ",")) }
            json.appendJSONString(name)
            json.append(UInt8(ascii: ":"))
            json.append(contentsOf: value(member))
        }
        json.append(UInt8(ascii: "}"))
        return json
    }
}
