// One record on its way through a replay.

public import DynamoDBStreamEvents
internal import EventSourceMapping
package import JSONScanning

/// A record that is to be handled again, or for the first time, as Lambda delivers it.
///
/// ```swift
/// guard case .records(let records) = try FailureDocument(event.bytes).content else { return }
/// for record in records {
///     let orderID = record.streamRecord?.keys?["id"]?.string
///     print(record.sequenceNumber, orderID ?? "a whole event")
/// }
/// ```
public struct ReplayRecord: Sendable {
    /// The record of the event: Lambda's member names and order, the stream's ARN at its end.
    public let json: [UInt8]
    /// What the function reports the record by.
    public let sequenceNumber: SequenceNumber
    /// The same for the records of one item, and hardly ever for those of two. Records that share it stay in order.
    public let itemHash: UInt64
    /// Whether ``json`` is a whole event, which is handled alone: the last one of a tumbling window, with its state.
    public let isWholeEvent: Bool

    /// A record of a custom source.
    ///
    /// - Parameters:
    ///   - record: a record as an event or the Streams API has it.
    ///   - streamARN: what a record without an `eventSourceARN` receives; that of a record stays.
    /// - Throws: ``ReplayRecordError`` for what no function could report by a sequence number.
    public init(_ record: StreamRecord, streamARN: String) throws(ReplayRecordError) {
        try self.init(record.node, streamARN: streamARN)
    }

    /// Reads a record as an event, the Streams API or a dead letter has it.
    ///
    /// - Parameter streamARN: what a record without an `eventSourceARN` receives; that of a record stays.
    /// - Throws: ``ReplayRecordError`` for what no function could report by a sequence number.
    package init(_ node: JSONNode, streamARN: String) throws(ReplayRecordError) {
        guard node.kind == .object, let change = node["dynamodb"], change.kind == .object else {
            throw .notARecord
        }
        guard let number = change["SequenceNumber"]?.textBytes.flatMap({ SequenceNumber($0) }) else {
            throw .noSequenceNumber
        }
        var document = RecordDocument(streamARN: streamARN)
        var json: [UInt8] = []
        json.reserveCapacity(node.jsonText.count + 96)
        if document.append(node, to: &json) { json += document.ending }
        self.json = json
        sequenceNumber = number
        itemHash = ItemKeyHash.hash(ofKeysOf: node, seed: 0)
        isWholeEvent = false
    }

    /// A whole event, handled as it is.
    package init(wholeEvent: [UInt8], sequenceNumber: SequenceNumber) {
        json = wholeEvent
        self.sequenceNumber = sequenceNumber
        // FNV-1a: another event is another item, so that it is neither a repetition of this one nor held back behind it.
        itemHash = wholeEvent.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        isWholeEvent = true
    }

    /// The record as a view, for what a filter or a selection asks; nil for a whole event.
    public var streamRecord: StreamRecord? {
        guard !isWholeEvent else { return nil }
        var event: [UInt8] = []
        event.reserveCapacity(json.count + 14)
        event.appendJSON(#"{"Records":["#)
        event += json
        event.appendJSON("]}")
        return try? StreamEvent(event).records.first
    }
}

/// Why a JSON value cannot be replayed as a record of a DynamoDB stream.
public enum ReplayRecordError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The value has no object `dynamodb`.
    case notARecord
    /// The record has no sequence number, by which a function reports a record.
    case noSequenceNumber

    public var description: String {
        switch self {
        case .notARecord: "it is not a record of a DynamoDB stream: it has no object \"dynamodb\""
        case .noSequenceNumber: "it has no dynamodb.SequenceNumber, by which a function reports a record"
        }
    }
}
