// A dead letter as a message of SQS or SNS.

internal import AWSServices
internal import LambdaStreams

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
