// The text of an element in the small XML documents that SNS and S3 reply with.

/// A document that is searched for elements by name. Errors and message ids need no more of XML.
struct XMLText {
    private let bytes: ArraySlice<UInt8>

    /// - Parameter bytes: the document. Only its first 64 KiB are read.
    init(_ bytes: [UInt8]) { self.bytes = bytes.prefix(64 * 1024) }

    private init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The text of the first element of that name; nil if there is none.
    subscript(name: String) -> String? {
        contents(of: name, in: bytes).map { Self.unescaped(String(decoding: $0, as: UTF8.self)[...]) }
    }

    /// Every element of that name. Elements must not be nested.
    func all(_ name: String) -> [XMLText] {
        var elements: [XMLText] = []
        var rest = bytes
        while let content = contents(of: name, in: rest) {
            elements.append(XMLText(content))
            rest = rest[content.endIndex...]
        }
        return elements
    }

    private func contents(of name: String, in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let opening = Self.range(of: "<\(name)>", in: bytes),
            let closing = Self.range(of: "</\(name)>", in: bytes[opening.upperBound...])
        else { return nil }
        return bytes[opening.upperBound..<closing.lowerBound]
    }

    static func range(of text: String, in bytes: ArraySlice<UInt8>) -> Range<Int>? {
        let text = Array(text.utf8)
        var start = bytes.startIndex
        while start + text.count <= bytes.endIndex {
            if bytes[start] == text[0], bytes[start..<start + text.count].elementsEqual(text) {
                return start..<start + text.count
            }
            start += 1
        }
        return nil
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            rest = rest[start...]
            guard let end = rest.prefix(12).firstIndex(of: ";"),
                let character = character(rest[rest.index(after: start)..<end])
            else {
                result.append(rest.removeFirst())
                continue
            }
            result.unicodeScalars.append(character)
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func character(_ entity: Substring) -> Unicode.Scalar? {
        switch entity {
        case "amp": "&"
        case "lt": "<"
        case "gt": ">"
        case "quot": "\""
        case "apos": "'"
        case _ where entity.hasPrefix("#x"): UInt32(entity.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init)
        case _ where entity.hasPrefix("#"): UInt32(entity.dropFirst(1)).flatMap(Unicode.Scalar.init)
        default: nil
        }
    }
}
