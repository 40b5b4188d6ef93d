// This package's own keys: the text itself where it can be read, else a digest of one form for all spellings.

internal import DynamoDBStreamEvents
internal import JSONScanning

enum PlainKeyText: CanonicalDialect {
    /// A key of more bytes is hashed. With the prefix it stays well below what DynamoDB lets a sort key have, 1024.
    static let longestReadable = 512

    /// The payload as text, when it consists of text only and is short. Different payloads have different texts: `\` and
    /// `|` within a part are written with a `\` before them.
    static func readable(_ payload: KeyPayload) throws(KeyError) -> String? {
        guard let parts = try texts(of: payload) else { return nil }
        var text: [UInt8] = []
        text.appendList(parts, separator: "|") { text, part in
            for byte in part.utf8 {
                if byte == UInt8(ascii: "|") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
                text.append(byte)
            }
        }
        // What begins like a digest is hashed too, so that no text is taken for one.
        let isLikeDigest = KeyStrategy.Digest.allCases.contains { text.starts(with: $0.mark.utf8) }
        return text.count > longestReadable || isLikeDigest ? nil : String(decoding: text, as: UTF8.self)
    }

    private static func texts(of payload: KeyPayload) throws(KeyError) -> [String]? {
        switch payload.content {
        case .absent: return nil
        case .text(let text): return [text]
        case .node(let node):
            guard node.kind == .string, let text = try? node.string() else { return nil }
            return [text]
        case .parts(let parts):
            var texts: [String] = []
            for part in parts {
                if case .parts = part.content { return nil }
                guard let text = try self.texts(of: part)?.first else { return nil }
                texts.append(text)
            }
            return texts
        }
    }

    static func ordered(_ members: [CanonicalMember]) -> [CanonicalMember] { members.sortedByCodePoint }

    /// Significant digits and a power of ten: one spelling for each value, exact whatever its length.
    static func appendNumber(_ node: JSONNode, to text: inout [UInt8]) {
        guard let decimal = DecimalText(node.textBytes ?? []), !decimal.isZero else { return text.appendJSON("0") }
        if decimal.isNegative { text.appendJSON("-") }
        text.append(contentsOf: decimal.digits.map { $0 + UInt8(ascii: "0") })
        if decimal.scale != 0 {
            text.appendJSON("e")
            text.appendJSONInteger(decimal.scale)
        }
    }
}
