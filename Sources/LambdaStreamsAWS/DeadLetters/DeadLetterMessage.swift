// A dead letter as a message, within the limits of the service that takes it.

internal import AWSServices
internal import LambdaStreams

/// The text and the attributes of a message.
struct DeadLetterMessage {
    let text: String
    let attributes: [String: String]
    /// The source's records keep their order under it.
    let groupID: String
    let deduplicationID: String

    init(_ letter: DeadLetter, limit: Int, of service: String) throws(DeadLetterTooLargeError) {
        let json = letter.json.escapingNoncharacters
        attributes = ["reason": letter.reason.rawValue]
        // Names, types and values of attributes count with the body.
        let size = attributes.reduce(json.count) { $0 + $1.key.utf8.count + "String".utf8.count + $1.value.utf8.count }
        guard size <= limit else {
            throw DeadLetterTooLargeError(
                service: service,
                byteCount: size,
                limit: limit,
                itemIdentifier: letter.identifier
            )
        }
        text = String(decoding: json, as: UTF8.self)
        groupID = String(letter.sourceName.prefix(128))
        deduplicationID = String(letter.uniqueName.suffix(128))
    }
}

/// A record that is larger, as a message, than the service takes. It counts as failed: write such records to S3.
public struct DeadLetterTooLargeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `SQS` or `SNS`
    public let service: String
    /// The size of the message with its attributes.
    public let byteCount: Int
    /// The most that the service takes.
    public let limit: Int
    /// The record's sequence number or message id.
    public let itemIdentifier: String

    public var description: String {
        """
        the record \(itemIdentifier) makes a message of \(byteCount) bytes, and \(service) takes \(limit): send such \
        records to an S3DeadLetterBucket
        """
    }
}

extension [UInt8] {
    /// U+FFFE and U+FFFF as JSON escapes: SQS takes the characters of XML 1.0 only. They can only stand in strings.
    fileprivate var escapingNoncharacters: [UInt8] {
        guard contains(0xEF) else { return self }
        var escaped: [UInt8] = []
        escaped.reserveCapacity(count)
        var rest = self[...]
        while let byte = rest.popFirst() {
            let next = rest.prefix(2)
            if byte == 0xEF, next.first == 0xBF, let last = next.last, last == 0xBE || last == 0xBF, next.count == 2 {
                escaped += last == 0xBE ? Array(#"\ufffe"#.utf8) : Array(#"\uffff"#.utf8)
                rest = rest.dropFirst(2)
            } else {
                escaped.append(byte)
            }
        }
        return escaped
    }
}
