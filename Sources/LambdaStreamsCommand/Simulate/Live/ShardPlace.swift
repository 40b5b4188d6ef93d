// The position of a live run in a shard, as the checkpoint file has it.

import DynamoDBStreamEvents
import EventSourceMapping
import JSONScanning

/// The position of a shard, and the window that is open there.
struct ShardPlace: Sendable {
    enum Position: Sendable {
        /// The last record that is done: `"4491…"`.
        case after(SequenceNumber)
        /// The first record that was read, and is not done: `{"at":"4491…"}`.
        case at(SequenceNumber)
        /// Where the shard was when it was first seen, without records since:
        /// `{"latest":"<iterator>","since":"<time>"}`.
        case latest(iterator: String, since: MappingInstant)
        /// Closed before the mapping began, and so never read: `{"skipped":true}`.
        case skipped
        /// Not read yet.
        case beginning
    }

    var position = Position.beginning
    /// Closed, and every record of it resolved.
    var hasEnded = false
    var window: OpenWindow?

    init() {}

    init?(_ node: JSONNode, shardID: String) {
        if node.kind == .string {
            guard let number = Self.number(node) else { return nil }
            position = .after(number)
            return
        }
        guard node.kind == .object else { return nil }
        if let after = node["after"] {
            guard let number = Self.number(after) else { return nil }
            position = .after(number)
        } else if let first = node["at"] {
            guard let number = Self.number(first) else { return nil }
            position = .at(number)
        } else if let latest = node["latest"] {
            guard let iterator = try? latest.string(), let since = Self.time(node["since"]) else { return nil }
            position = .latest(iterator: iterator, since: since)
        } else if node["skipped"]?.bool == true {
            position = .skipped
        }
        hasEnded = node["ended"]?.bool == true
        guard let window = node["window"] else { return }
        guard let start = Self.time(window["start"]), let end = Self.time(window["end"]),
            let lastArrival = Self.time(window["lastArrival"]), let state = window["state"]
        else { return nil }
        self.window = OpenWindow(
            shardID: shardID,
            start: start,
            end: end,
            state: Array(state.jsonText),
            lastArrival: lastArrival
        )
    }

    private static func number(_ node: JSONNode) -> SequenceNumber? { node.textBytes.flatMap { SequenceNumber($0) } }

    private static func time(_ node: JSONNode?) -> MappingInstant? {
        node.flatMap { try? $0.string() }.flatMap { MappingInstant(iso8601: $0) }
    }

    func append(to json: inout [UInt8]) {
        if case .after(let number) = position, !hasEnded, window == nil {
            json.appendJSONString(number.description)
            return
        }
        json.appendJSON("{")
        switch position {
        case .after(let number):
            json.appendJSON(#""after":"#)
            json.appendJSONString(number.description)
        case .at(let number):
            json.appendJSON(#""at":"#)
            json.appendJSONString(number.description)
        case .latest(let iterator, let since):
            json.appendJSON(#""latest":"#)
            json.appendJSONString(iterator)
            json.appendJSON(#","since":"#)
            json.appendJSONString(since.description)
        case .skipped: json.appendJSON(#""skipped":true"#)
        case .beginning: json.appendJSON(#""beginning":true"#)
        }
        if hasEnded { json.appendJSON(#","ended":true"#) }
        if let window {
            json.appendJSON(#","window":{"start":"#)
            json.appendJSONString(window.start.description)
            json.appendJSON(#","end":"#)
            json.appendJSONString(window.end.description)
            json.appendJSON(#","lastArrival":"#)
            json.appendJSONString(window.lastArrival.description)
            json.appendJSON(#","state":"#)
            json.append(contentsOf: window.state)
            json.appendJSON("}")
        }
        json.appendJSON("}")
    }
}
