// The common part of events of queues and Kinesis streams: `Records`, read as views.

internal import JSONScanning

/// The records of an event, each made as it is asked for.
///
/// ```swift
/// let event = try SQSEvent(payload: request.body)
/// let bodies = event.records.compactMap(\.body)
/// print("\(bodies.count) of \(event.records.count) messages have a body")
/// ```
public struct JSONRecords<Record: Sendable>: RandomAccessCollection, Sendable {
    private let document: JSONDocument
    private let places: [UInt32]
    private let make: @Sendable (JSONNode) -> Record

    init(_ payload: [UInt8], source: String, _ make: @escaping @Sendable (JSONNode) -> Record) throws(BatchEventError) {
        do {
            document = try JSONDocument(payload)
        } catch {
            throw BatchEventError(description: "the event is not JSON: \(error)")
        }
        guard let list = document.root["Records"], list.kind == .array else {
            throw BatchEventError(
                description:
                    "the event is not an event of \(source): it has no \"Records\"; check what invokes this function"
            )
        }
        let first = list.elements.first { _ in true }
        let found = (first?["eventSource"] ?? first?["EventSource"])?.text
        guard found == nil || found == source else { throw BatchEventError(from: found, wanted: source) }
        places = list.elements.map(\.tapeIndex)
        self.make = make
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { places.count }

    /// - Precondition: `position` is a valid index, as in an array.
    public subscript(position: Int) -> Record { make(document.node(atTapeIndex: places[position])) }
}

/// An event that is not what its source sends.
///
/// ```swift
/// do {
///     print(try SQSEvent(payload: request.body).records.count)
/// } catch let error as BatchEventError {
///     print(error)  // the event comes from aws:dynamodb, and this function handles events of aws:sqs: …
/// }
/// ```
public struct BatchEventError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(description: String) {
        self.description = description
    }

    /// The event of another source than the processor's.
    init(from found: String?, wanted: String) {
        // The source's name comes from outside.
        let name = found.map { String($0.prefix(64)) } ?? "nowhere"
        description = """
            the event comes from \(name), and this function handles events of \(wanted): check what invokes it, or have its \
            closure take \(Self.inputs[name] ?? "what that source sends")
            """
    }

    private static let inputs = [
        "aws:dynamodb": "an ItemChange or a StreamRecord", "aws:sqs": "an SQSMessage",
        "aws:kinesis": "a KinesisRecord",
    ]
}

extension JSONNode {
    /// The text of a string that can be read.
    var text: String? { (try? string()) ?? nil }
}
