// The reasons why a whole event could not be read.

public import JSONScanning

/// Why some bytes are not a stream event.
///
/// ```swift
/// do {
///     print(try StreamEvent(request.body).records.count)
/// } catch .notAStreamEvent(let shortcoming) {
///     print("The event does not come from a stream: \(shortcoming)")
/// }
/// ```
public enum StreamEventError: Error, Hashable, Sendable {
    /// The byte at `offset` is not valid there. An offset equal to the byte count means that the text ended early.
    case malformedJSON(offset: Int, expected: JSONExpectation)
    /// The event has more bytes than `limit`.
    case tooLarge(byteCount: Int, limit: Int)
    /// Arrays and objects are nested more than `limit` levels deep at `offset`, which counts bytes from 0.
    case tooDeep(offset: Int, limit: Int)
    /// The event has more records than `limit`.
    case tooManyRecords(limit: Int)
    /// The text is JSON, and not an event of a stream.
    case notAStreamEvent(Shortcoming)

    /// Why a JSON text is not a stream event.
    public enum Shortcoming: Hashable, Sendable {
        /// The document is not an object.
        case notAnObject
        /// The object has no member `Records`.
        case noRecords
        /// `Records` is not an array.
        case recordsAreNoArray
        /// The object has two members of one name, so that it is not clear which counts.
        case repeatedName
    }

    init(_ error: JSONError) {
        switch error {
        case .malformed(let offset, let expected): self = .malformedJSON(offset: offset, expected: expected)
        case .tooLarge(let byteCount, let limit): self = .tooLarge(byteCount: byteCount, limit: limit)
        case .tooDeep(let offset, let limit): self = .tooDeep(offset: offset, limit: limit)
        case .loneSurrogate(let offset): self = .malformedJSON(offset: offset, expected: .escape)
        }
    }
}

extension StreamEventError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformedJSON(let offset, let expected):
            "the event is not JSON: expected \(expected.rawValue) at byte \(offset)"
        case .tooLarge(let byteCount, let limit):
            "the event has \(byteCount) bytes, more than the limit of \(limit); raise StreamEventLimits.maximumByteCount "
                + "if it is meant to"
        case .tooDeep(let offset, let limit):
            "the event is nested more than \(limit) levels deep at byte \(offset), deeper than DynamoDB stores; raise "
                + "StreamEventLimits.maximumDepth if it is meant to be"
        case .tooManyRecords(let limit):
            "the event has more than \(limit) records; lower BatchSize of the event source mapping or raise "
                + "StreamEventLimits.maximumRecordCount"
        case .notAStreamEvent(let shortcoming):
            "the event is not a DynamoDB stream event: \(shortcoming.text); check the function's event source"
        }
    }
}

extension StreamEventError.Shortcoming {
    fileprivate var text: String {
        switch self {
        case .notAnObject: "it is not a JSON object"
        case .noRecords: "it has no \"Records\""
        case .repeatedName: "it has a member twice"
        case .recordsAreNoArray: "its \"Records\" are not an array"
        }
    }
}
