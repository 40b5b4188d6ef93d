// A value and its form: tagged, plain, or an element of a set.

import JSONScanning

/// How a value is written where it stands.
@usableFromInline
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

extension AttributeContent {
    /// The value in words, for messages.
    var found: String {
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
