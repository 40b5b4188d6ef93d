// Dead letters as messages of SQS or SNS.

internal import AWSServices
internal import LambdaStreams

/// Sends letters to a queue or a topic, those that come at the same time together.
struct DeadLetterMessages: Sendable {
    private let isFIFO: Bool
    private let limit: SizeLimit
    private let outbox: DeadLetterOutbox

    /// - Parameters:
    ///   - destination: the queue's URL or the topic's ARN, which end in `.fifo` where it keeps an order.
    ///   - send: sends messages there. It allows duplicates: a record that is kept twice is better than one that is lost.
    init(to destination: String, _ limit: SizeLimit, send: @escaping DeadLetterOutbox.Send) {
        isFIFO = destination.hasSuffix(".fifo")
        self.limit = limit
        outbox = DeadLetterOutbox(send: send)
    }

    func accept(_ letter: DeadLetter) async throws {
        let message = try await limit.stored(letter, size: \OutgoingMessage.byteCount) {
            OutgoingMessage(letter, json: $0, isFIFO: isFIFO)
        }
        try await outbox.store(message, of: letter)
    }
}

extension OutgoingMessage {
    /// - Parameter isFIFO: whether the queue or topic keeps an order. The records of one source keep theirs, and a record
    ///   that is sent twice within five minutes is one message.
    init(_ letter: DeadLetter, json: [UInt8], isFIFO: Bool) {
        self.init(
            String(decoding: json.escapingNoncharacters, as: UTF8.self),
            attributes: ["reason": letter.reason.rawValue],
            groupID: isFIFO ? String(letter.sourceName.prefix(128)) : nil,
            deduplicationID: isFIFO ? String(letter.uniqueName.suffix(128)) : nil
        )
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
