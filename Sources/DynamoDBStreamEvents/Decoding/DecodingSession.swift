// One call of a decoder: the strategies, the place it began at, and the reading of values that all containers share.

import JSONScanning

/// How a value is written where it stands.
enum AttributeForm: UInt8 {
    /// `{"S":"text"}`
    case tagged
    /// An item, or the inside of an `M`: attributes without a tag around them.
    case map
    /// JSON as everyone writes it.
    case plain
    /// Elements of sets, which have no tags of their own.
    case inStringSet, inNumberSet, inBinarySet
}

/// A value with its tag taken off.
struct AttributeContent {
    enum Kind {
        case string, number, binary, bool, null, list, map, stringSet, numberSet, binarySet
        /// No value that makes sense.
        case malformed
    }

    let kind: Kind
    let node: JSONNode

    init(_ node: JSONNode, form: AttributeForm) {
        switch form {
        case .tagged:
            if let tagged = TaggedNode(node) {
                self.init(Kind(tagged.tag), tagged.content)
            } else {
                self.init(.malformed, node)
            }
        case .map: self.init(.map, node)
        case .plain: self.init(Kind(node.kind), node)
        case .inStringSet: self.init(.string, node)
        case .inNumberSet: self.init(.number, node)
        case .inBinarySet: self.init(.binary, node)
        }
    }

    private init(_ kind: Kind, _ node: JSONNode) {
        self.kind = kind
        self.node = node
    }

    /// How the elements of this list or set are written.
    func elementForm(inPlainJSON isPlain: Bool) -> AttributeForm {
        switch kind {
        case .stringSet: .inStringSet
        case .numberSet: .inNumberSet
        case .binarySet: .inBinarySet
        default: isPlain ? .plain : .tagged
        }
    }
}

extension AttributeContent.Kind {
    fileprivate init(_ tag: AttributeTag) {
        switch tag {
        case .string: self = .string
        case .number: self = .number
        case .binary: self = .binary
        case .bool: self = .bool
        case .null: self = .null
        case .list: self = .list
        case .map: self = .map
        case .stringSet: self = .stringSet
        case .numberSet: self = .numberSet
        case .binarySet: self = .binarySet
        }
    }

    fileprivate init(_ kind: JSONKind) {
        switch kind {
        case .null: self = .null
        case .bool: self = .bool
        case .number: self = .number
        case .string: self = .string
        case .array: self = .list
        case .object: self = .map
        }
    }
}

final class DecodingSession {
    let strategies: AttributeValueDecoder
    let root: JSONNode
    let isPlain: Bool
    /// Where the last name was found, for the next one mostly follows it.
    var lastFound: (object: UInt32, cursor: UInt32) = (JSONNode.notIndexed, 0)
    let document: JSONDocument

    init(_ strategies: AttributeValueDecoder, root: JSONNode, form: AttributeForm) {
        self.strategies = strategies
        // Paths begin inside the value: its tag is no step of them.
        self.root = form == .tagged ? TaggedNode(root)?.content ?? root : root
        document = root.document
        isPlain = form == .plain
    }

    // MARK: Any type

    /// Whether a type is one of those that are read in their own way is settled before its `init(from:)` is called.
    func decode<Value: Decodable>(_ type: Value.Type, at node: JSONNode, form: AttributeForm) throws -> Value {
        if let special = try decodeSpecially(type, at: node, form: form) { return special }
        return try Value(from: AttributeDecoder(self, node, form))
    }

    private func decodeSpecially<Value: Decodable>(
        _ type: Value.Type,
        at node: JSONNode,
        form: AttributeForm
    ) throws -> Value? {
        if type == String.self { return try string(at: node, form: form) as? Value }
        if type == [UInt8].self { return try bytes(at: node, form: form) as? Value }
        if let foundation = FoundationType(type) {
            return try foundation.decode(type, at: node, form: form, in: self)
        }
        if let type = type as? any AttributeDecodable.Type {
            return try type.init(from: AttributeReader(node, form, self)) as? Value
        }
        return nil
    }

    // MARK: Scalars

    func isNull(_ node: JSONNode, form: AttributeForm) -> Bool {
        AttributeContent(node, form: form).kind == .null
    }

    func string(at node: JSONNode, form: AttributeForm) throws -> String {
        if form == .tagged, let text = node.plainTaggedText(UInt8(ascii: "S")) {
            return String(decoding: text, as: UTF8.self)
        }
        let content = AttributeContent(node, form: form)
        guard content.kind == .string, content.node.kind == .string else {
            throw mismatch(String.self, "a string", node, form)
        }
        do {
            return try content.node.string() ?? ""
        } catch {
            throw corrupted("the string has half of a surrogate pair", content.node)
        }
    }

    func bool(at node: JSONNode, form: AttributeForm) throws -> Bool {
        let content = AttributeContent(node, form: form)
        guard content.kind == .bool, let value = content.node.bool else {
            throw mismatch(Bool.self, "a Boolean", node, form)
        }
        return value
    }

    func integer<Integer: FixedWidthInteger>(at node: JSONNode, form: AttributeForm) throws -> Integer {
        let text = try numberText(Integer.self, "an integer", at: node, form: form)
        if let short = Int64(plainDigits: text), let value = Integer(exactly: short) { return value }
        guard let decimal = DecimalText(text) else { throw notANumber(text, node) }
        guard let value = decimal.exactly(Integer.self) else {
            let found = String(decoding: text, as: UTF8.self)
            throw decimal.scale < 0
                ? corrupted("expected an integer, found \(found)", node)
                : corrupted("\(found) does not fit into \(Integer.self)", node)
        }
        return value
    }

    func double(at node: JSONNode, form: AttributeForm) throws -> Double {
        let text = try numberText(Double.self, "a number", at: node, form: form)
        guard DecimalText(text) != nil, let value = Double(String(decoding: text, as: UTF8.self)) else {
            throw notANumber(text, node)
        }
        guard value.isFinite else {
            throw corrupted("\(String(decoding: text, as: UTF8.self)) does not fit into Double", node)
        }
        return value
    }

    func float(at node: JSONNode, form: AttributeForm) throws -> Float {
        let text = try numberText(Float.self, "a number", at: node, form: form)
        guard DecimalText(text) != nil, let value = Float(String(decoding: text, as: UTF8.self)) else {
            throw notANumber(text, node)
        }
        guard value.isFinite else {
            throw corrupted("\(String(decoding: text, as: UTF8.self)) does not fit into Float", node)
        }
        return value
    }

    func decimal(_ type: Any.Type, at node: JSONNode, form: AttributeForm) throws -> DecimalText<ArraySlice<UInt8>> {
        let text = try numberText(type, "a number", at: node, form: form)
        guard let decimal = DecimalText(text) else { throw notANumber(text, node) }
        return decimal
    }

    func number(at node: JSONNode, form: AttributeForm) throws -> AttributeNumber {
        let text = try numberText(AttributeNumber.self, "a number", at: node, form: form)
        guard DecimalText(text) != nil else { throw notANumber(text, node) }
        return AttributeNumber(checked: String(decoding: text, as: UTF8.self))
    }

    /// The bytes of a `B`, of a list of numbers, and in plain JSON of a base64 string.
    func bytes(at node: JSONNode, form: AttributeForm) throws -> [UInt8] {
        let content = AttributeContent(node, form: form)
        switch content.kind {
        case .binary,
            .string where form == .plain:
            guard let bytes = [UInt8](base64: content.node) else { throw corrupted("the value is not base64", node) }
            return bytes
        case .list, .numberSet:
            guard content.node.kind == .array else { fallthrough }
            let elementForm = content.elementForm(inPlainJSON: isPlain)
            return try content.node.elements.map { try integer(at: $0, form: elementForm) }
        default: throw mismatch([UInt8].self, "binary data", node, form)
        }
    }

    private func numberText(
        _ type: Any.Type,
        _ expected: String,
        at node: JSONNode,
        form: AttributeForm
    ) throws -> ArraySlice<UInt8> {
        if form == .tagged, let text = node.plainTaggedText(UInt8(ascii: "N")) { return text }
        let content = AttributeContent(node, form: form)
        // Keys of dictionaries and raw values aside, a number is never taken from an S: "007" is not 7.
        guard content.kind == .number, content.node.kind == (isPlain ? .number : .string),
            let text = content.node.textBytes
        else { throw mismatch(type, expected, node, form) }
        return text
    }

    // MARK: Errors

    func path(to node: JSONNode) -> [any CodingKey] {
        DocumentPath(from: root, to: node.offset, isTyped: !isPlain).steps
    }

    func mismatch(_ type: Any.Type, _ expected: String, _ node: JSONNode, _ form: AttributeForm) -> DecodingError {
        let content = AttributeContent(node, form: form)
        let found = content.found
        let context = DecodingError.Context(
            codingPath: path(to: content.node),
            debugDescription: "expected \(expected), found \(found)"
        )
        return content.kind == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    func corrupted(_ reason: String, _ node: JSONNode) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: path(to: node), debugDescription: reason))
    }

    private func notANumber(_ text: ArraySlice<UInt8>, _ node: JSONNode) -> DecodingError {
        corrupted("\"\(String(decoding: text, as: UTF8.self))\" is not a number", node)
    }
}

extension AttributeContent {
    /// The value in words, for messages.
    fileprivate var found: String {
        switch kind {
        case .string: "a string"
        case .number: "a number"
        case .binary: "binary data"
        case .bool: "a Boolean"
        case .null: "NULL"
        case .list: "a list"
        case .map: "a map"
        case .stringSet: "a string set"
        case .numberSet: "a number set"
        case .binarySet: "a binary set"
        case .malformed: ImageDefect.first(inValue: node)?.reason ?? node.kind.phrase
        }
    }
}

extension Int64 {
    /// Short runs of digits, which most numbers are: no sign but a minus, no point, nothing that could overflow.
    fileprivate init?(plainDigits text: ArraySlice<UInt8>) {
        var digits = text
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        guard (1...18).contains(digits.count) else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard digit &- 0x30 < 10 else { return nil }
            value = value &* 10 &+ Int64(digit &- 0x30)
        }
        self = isNegative ? -value : value
    }
}
