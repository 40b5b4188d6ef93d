// The data of the report's script: rows of numbers, and each text once.

import DynamoDBStreamEvents
import EventSourceMapping
import JSONScanning

struct ReportData {
    private let trace: RunTrace
    private var texts = TextTable()
    private var windows = TextTable()
    private(set) var json: [UInt8] = []

    /// Writes the JSON. It is part of a script element, so `<` appears only as an escape.
    init(_ trace: RunTrace) {
        self.trace = trace
        let worst = trace.shards.indices.max {
            trace.shards[$0].troubleCount < trace.shards[$1].troubleCount
                // The first of equal ones, which max would skip.
                || (trace.shards[$0].troubleCount == trace.shards[$1].troubleCount && $0 > $1)
        }
        let start = trace.shards.compactMap { $0.invocations.first?.at }.min()
        json.appendJSON(#"{"start":"#)
        json.appendJSONInteger(start?.milliseconds ?? 0)
        json.appendJSON(#","worst":"#)
        json.appendJSONInteger(worst ?? 0)
        json.appendJSON(#","stream":"#)
        json.appendJSONString(trace.mapping.eventSourceARN)
        json.appendJSON(#","shards":["#)
        for (index, shard) in trace.shards.enumerated() {
            if index > 0 { json.appendJSON(",") }
            append(shard)
        }
        json.appendJSON(#"],"windows":["#)
        json.appendList(windows.texts) { $0.append(contentsOf: $1) }
        json.appendJSON(#"],"texts":["#)
        json.appendList(texts.texts) { $0.appendJSONString(String(decoding: $1, as: UTF8.self)) }
        json.appendJSON("]}")
        json = json.withoutMarkup
    }

    private mutating func append(_ shard: ShardTrace) {
        json.appendJSON(#"{"id":"#)
        json.appendJSONString(shard.id)
        json.appendJSON(#","sequences":["#)
        json.appendList(shard.sequenceNumbers) { $0.appendJSONString($1.description) }
        json.appendJSON(#"],"fates":"#)
        json.appendJSONString(String(shard.fates.map(\.letter)))
        json.appendJSON(#","keys":{"#)
        json.appendList(shard.bodies.sorted { $0.key < $1.key }) { json, body in
            json.appendJSON("\"")
            json.appendJSONInteger(body.key)
            json.appendJSON("\":")
            json.appendJSONString(Self.keyText(body.value))
        }
        json.appendJSON(#"},"bodies":{"#)
        json.appendList(shard.bodies.sorted { $0.key < $1.key }) { json, body in
            json.appendJSON("\"")
            json.appendJSONInteger(body.key)
            json.appendJSON("\":")
            json.appendJSONString(String(decoding: body.value, as: UTF8.self))
        }
        json.appendJSON(#"},"invocations":["#)
        var requestIDs = TextTable()
        for (index, invocation) in shard.invocations.enumerated() {
            if index > 0 { json.appendJSON(",") }
            append(invocation, requestID: requestIDs.index(of: Array(invocation.requestID.utf8)))
        }
        json.appendJSON(#"],"requestIds":["#)
        json.appendList(requestIDs.texts) { $0.appendJSONString(String(decoding: $1, as: UTF8.self)) }
        json.appendJSON(#"],"picked":{"#)
        let picked = shard.invocations.enumerated().compactMap { index, one in one.records.picked.map { (index, $0) } }
        json.appendList(picked) { json, entry in
            json.appendJSON("\"")
            json.appendJSONInteger(entry.0)
            json.appendJSON("\":[")
            json.appendList(entry.1) { $0.appendJSONInteger($1) }
            json.appendJSON("]")
        }
        json.appendJSON(#"},"checkpoints":["#)
        json.appendList(shard.checkpoints) { $0.appendNumbers([$1.after, $1.position]) }
        json.appendJSON(#"],"messages":["#)
        for (index, loss) in shard.losses.enumerated() {
            if index > 0 { json.appendJSON(",") }
            let message = loss.message.map { texts.index(of: $0) } ?? -1
            let reason = texts.index(of: Array(loss.reason.utf8))
            let first = loss.records.isEmpty ? -1 : loss.records.first
            json.appendNumbers([loss.after, first, loss.records.last, reason, message, loss.hasMessage ? 1 : 0])
        }
        json.appendJSON("]}")
    }

    /// The same order as `Invocation` in the page's script.
    private mutating func append(_ one: TracedInvocation, requestID: Int) {
        let outcome =
            switch one.outcome {
            case .success: 0
            case .partial: 1
            case .failed, .throttled: 2
            }
        json.appendNumbers([
            Int(one.at.milliseconds), one.concurrentBatch, one.attempt, one.records.first, one.records.count, outcome,
            one.failed ?? -1, one.origin.rawValue, one.parent ?? -1, one.depth, index(one.next),
            one.window.map { windows.index(of: window($0)) } ?? -1, one.response.map { texts.index(of: $0) } ?? -1,
            one.error.map { index($0) } ?? -1, requestID, one.outcome == .throttled ? 1 : 0,
        ])
    }

    private mutating func index(_ text: String) -> Int { text.isEmpty ? -1 : texts.index(of: Array(text.utf8)) }

    private mutating func window(_ window: WindowInvocation) -> [UInt8] {
        var json: [UInt8] = []
        json.appendJSON(#"{"start":"#)
        json.appendJSONString(window.start.iso8601Seconds)
        json.appendJSON(#","end":"#)
        json.appendJSONString(window.end.iso8601Seconds)
        json.appendJSON(#","state":"#)
        json.appendJSONInteger(texts.index(of: window.state))
        json.appendJSON(window.isFinalInvokeForWindow ? #","isFinal":true"# : #","isFinal":false"#)
        json.appendJSON(window.isWindowTerminatedEarly ? #","isEarly":true}"# : #","isEarly":false}"#)
        return json
    }

    /// The item's key values, for people: `o-1`, `eu 17`.
    private static func keyText(_ record: [UInt8]) -> String {
        guard let keys = (try? JSONDocument(record))?.root["dynamodb"]?["Keys"] else { return "" }
        let values = keys.members.prefix(2).map { member in
            member.value.singleMember.flatMap { $0.value.textBytes }.map {
                String(decoding: $0.prefix(60), as: UTF8.self)
            }
        }
        return values.compactMap { $0 }.joined(separator: " ")
    }
}

extension ShardTrace {
    fileprivate var troubleCount: Int { invocations.count { $0.outcome != .success } + losses.count * 1000 }
}

/// Numbered texts without duplicates.
private struct TextTable {
    private(set) var texts: [[UInt8]] = []
    private var indices: [[UInt8]: Int] = [:]

    mutating func index(of text: [UInt8]) -> Int {
        if let index = indices[text] { return index }
        indices[text] = texts.count
        texts.append(text)
        return texts.count - 1
    }
}

extension [UInt8] {
    fileprivate mutating func appendList<Item>(
        _ list: some Sequence<Item>,
        _ append: (inout [UInt8], Item) -> Void
    ) {
        for (index, element) in list.enumerated() {
            if index > 0 { appendJSON(",") }
            append(&self, element)
        }
    }

    fileprivate mutating func appendNumbers(_ numbers: [Int]) {
        appendJSON("[")
        appendList(numbers) { $0.appendJSONInteger($1) }
        appendJSON("]")
    }

    /// `<` appears only in strings, where `\u003c` is equivalent. `</script>` would end the element, and `<!--` would
    /// change how it is read.
    fileprivate var withoutMarkup: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        for byte in self {
            if byte == UInt8(ascii: "<") { result.append(contentsOf: #"\u003c"#.utf8) } else { result.append(byte) }
        }
        return result
    }
}
