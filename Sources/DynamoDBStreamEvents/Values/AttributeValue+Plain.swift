// Values whose type is known at run time only, in JSON without type tags: what JSON has no kind for is marked.

import JSONScanning

/// `{"$B":"AQID"}`, `{"$SS":["a"]}`, `{"$NS":["1"]}`, `{"$BS":["AQID"]}`; `{"$M":{…}}` around a map that would read as one
/// of these.
private enum PlainMark: String {
    case binary = "$B"
    case stringSet = "$SS"
    case numberSet = "$NS"
    case binarySet = "$BS"
    case map = "$M"

    /// The tag that DynamoDB has for the same content.
    var tag: AttributeTag {
        switch self {
        case .binary: .binary
        case .stringSet: .stringSet
        case .numberSet: .numberSet
        case .binarySet: .binarySet
        case .map: .map
        }
    }
}

extension AttributeValue {
    /// The value with marks where JSON has no kind for it, so that it reads back as it was.
    var markedForPlainJSON: AttributeValue {
        func marked(_ mark: PlainMark, _ content: AttributeValue) -> AttributeValue { .map([mark.rawValue: content]) }
        return switch self {
        case .binary(let bytes): marked(.binary, .string(String(base64Of: bytes)))
        case .stringSet(let elements): marked(.stringSet, .list(elements.map(AttributeValue.string)))
        case .numberSet(let elements): marked(.numberSet, .list(elements.map { .string($0.text) }))
        case .binarySet(let elements): marked(.binarySet, .list(elements.map { .string(String(base64Of: $0)) }))
        case .list(let elements): .list(elements.map(\.markedForPlainJSON))
        case .map(let item): item.markedForPlainJSON
        case .string, .number, .bool, .null, .unknown: self
        }
    }

    /// From JSON without type tags.
    init(plain node: JSONNode) {
        switch node.kind {
        case .null: self = .null
        case .bool: self = .bool(node.bool ?? false)
        case .number: self = .number(AttributeNumber(checked: node.numberText ?? "0"))
        case .string: self = node.text.map(AttributeValue.string) ?? .unknown(node)
        case .array: self = .list(node.elements.map { AttributeValue(plain: $0) })
        case .object:
            self =
                AttributeValue(marked: node)
                ?? .map(Item(node.members.map { ($0.repairedName, AttributeValue(plain: $0.value)) }))
        }
    }

    /// From an object that is a mark; nil for any other.
    private init?(marked node: JSONNode) {
        var members = node.members
        guard let member = members.next(), members.isAtEnd, let mark = PlainMark(rawValue: member.repairedName) else {
            return nil
        }
        if mark == .map {
            guard member.value.kind == .object else { return nil }
            self = .map(Item(member.value.members.map { ($0.repairedName, AttributeValue(plain: $0.value)) }))
        } else {
            self.init(mark.tag, member.value)
        }
    }
}

extension Item {
    /// The item as a value, with marks as ``AttributeValue/markedForPlainJSON`` has them.
    var markedForPlainJSON: AttributeValue {
        let marked = Item(map { ($0.name, $0.value.markedForPlainJSON) })
        let names = marked.names
        let readsAsMark = names.count == 1 && names.first.flatMap(PlainMark.init(rawValue:)) != nil
        return .map(readsAsMark ? [PlainMark.map.rawValue: .map(marked)] : marked)
    }
}
