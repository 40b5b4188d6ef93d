// The event that Lambda sends to a function: a batch of records from one shard, scanned once.

public import JSONScanning

/// A DynamoDB Streams event.
///
/// The whole event is validated as JSON when it is created. Records are decoded when they are read. A record that
/// is malformed is therefore part of the event; its accessors or `StreamRecord.validate()` report the error.
///
/// ```swift
/// let event = try StreamEvent(request.body)
/// for record in event.records { print(record.sequenceNumber?.description ?? "no number") }
/// ```
public struct StreamEvent: Sendable {
    let document: JSONDocument
    /// The batch, in stream order.
    public let records: StreamRecords

    /// Scans an event as Lambda sends it, or the output of `GetRecords` of the Streams API.
    ///
    /// The bytes are kept and not copied.
    public init(_ bytes: [UInt8], limits: StreamEventLimits = StreamEventLimits()) throws(StreamEventError) {
        do throws(JSONError) {
            document = try JSONDocument(bytes, limits: limits.json)
        } catch {
            throw StreamEventError(error)
        }
        let root = document.root
        guard root.kind == .object else { throw .notAStreamEvent(.notAnObject) }
        // Of two lists of records one would be lost silently.
        guard root.firstRepeatedMember == nil else { throw .notAStreamEvent(.repeatedName) }
        guard let list = root["Records"] else { throw .notAStreamEvent(.noRecords) }
        guard list.kind == .array else { throw .notAStreamEvent(.recordsAreNoArray) }
        let limit = limits.maximumRecordCount
        guard let places = document.tapeIndices(ofElementsOf: list.place, limit: limit) else {
            throw .tooManyRecords(limit: limit)
        }
        records = StreamRecords(document: document, places: places)
    }

    /// The bytes of the event, unchanged.
    public var bytes: [UInt8] { document.bytes }

    /// An event of these records, each byte for byte unchanged, for replays.
    public static func json(of records: some Sequence<StreamRecord>) -> [UInt8] {
        var json: [UInt8] = []
        json.appendJSON("{\"Records\":")
        json.appendArray(Array(records)) { $0.append(contentsOf: $1.node.jsonText) }
        json.appendJSON("}")
        return json
    }
}

/// Bounds on an event.
///
/// ```swift
/// let limits = StreamEventLimits(maximumByteCount: 6_291_556, maximumRecordCount: 10_000)
/// let event = try StreamEvent(request.body, limits: limits)
/// ```
public struct StreamEventLimits: Hashable, Sendable {
    var json: JSONLimits
    /// The most records in a batch. An event source mapping sends at most 10,000.
    public var maximumRecordCount: Int

    /// - Parameters:
    ///   - maximumByteCount: Lambda's own limit is 6,291,556 for a synchronous invocation; events read from files or
    ///     from an on-failure destination may be larger, up to 268,435,455.
    ///   - maximumDepth: how many objects and arrays may be open at once, at most 512. DynamoDB nests documents 32
    ///     levels deep, which is two levels of JSON each.
    ///   - maximumRecordCount: the most records in a batch. An event with more is refused.
    public init(
        maximumByteCount: Int = JSONLimits.greatestByteCount,
        maximumDepth: Int = 128,
        maximumRecordCount: Int = .max
    ) {
        json = JSONLimits(maximumByteCount: maximumByteCount, maximumDepth: min(maximumDepth, 512))
        self.maximumRecordCount = maximumRecordCount
    }
}

/// The records of an event. Each is created when it is accessed.
///
/// ```swift
/// let removals = event.records.filter { $0.eventName == .remove }
/// print("\(removals.count) of \(event.records.count) records are removals")
/// ```
public struct StreamRecords: RandomAccessCollection, Sendable {
    let document: JSONDocument
    let places: [UInt32]

    public var startIndex: Int { 0 }
    public var endIndex: Int { places.count }

    /// - Precondition: `position` is a valid index, as in an array.
    public subscript(position: Int) -> StreamRecord {
        StreamRecord(document.node(atTapeIndex: places[position]))
    }
}
