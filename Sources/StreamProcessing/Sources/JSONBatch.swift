// What the events of queues and Kinesis streams have in common: `Records`, read as views.

internal import JSONScanning

/// The records of an event, each made as it is asked for.
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
                description: "the event is no \(source) event: it has no \"Records\"; check what invokes this function"
            )
        }
        places = list.elements.map(\.tapeIndex)
        self.make = make
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { places.count }

    /// - Precondition: `position` is a valid index, as in an array.
    public subscript(position: Int) -> Record { make(document.node(atTapeIndex: places[position])) }
}

/// An event that is not what its source sends.
public struct BatchEventError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
}

extension JSONNode {
    /// The text of a string that can be read.
    var text: String? { (try? string()) ?? nil }
}
