// DynamoDB's type tags, and taking a tagged value apart.

import JSONScanning

enum AttributeTag: String {
    case string = "S"
    case number = "N"
    case binary = "B"
    case bool = "BOOL"
    case null = "NULL"
    case list = "L"
    case map = "M"
    case stringSet = "SS"
    case numberSet = "NS"
    case binarySet = "BS"

    init?(_ member: JSONMember) {
        if let byte = member.singleByteName {
            switch byte {
            case UInt8(ascii: "S"): self = .string
            case UInt8(ascii: "N"): self = .number
            case UInt8(ascii: "B"): self = .binary
            case UInt8(ascii: "L"): self = .list
            case UInt8(ascii: "M"): self = .map
            default: return nil
            }
            return
        }
        if member.isNamed("BOOL") {
            self = .bool
        } else if member.isNamed("NULL") {
            self = .null
        } else if member.isNamed("SS") {
            self = .stringSet
        } else if member.isNamed("NS") {
            self = .numberSet
        } else if member.isNamed("BS") {
            self = .binarySet
        } else {
            // A name with escapes in it, perhaps.
            self.init(rawValue: member.repairedName)
        }
    }
}

/// A value and its tag, before anything is known of whether they suit each other.
struct TaggedNode {
    let tag: AttributeTag
    let content: JSONNode

    /// - Returns: nil unless the node is an object of exactly one member whose name is a tag.
    init?(_ node: JSONNode) {
        guard let member = node.singleMember, let tag = AttributeTag(member) else { return nil }
        self.tag = tag
        content = member.value
    }
}
