// Looking at the whole of a record, strictly.

import JSONScanning

extension StreamRecord {
    /// Checks the whole record: required members exist, every value matches its type tag, no name appears twice.
    ///
    /// Unknown members are accepted, because AWS may add some. Decoding does not need this check: it reports what is
    /// wrong with the values that it reads.
    public func validate() throws(StreamRecordError) {
        let envelope = try RecordEnvelope(node, members)
        let images = [("Keys", envelope.keys), ("NewImage", envelope.newImage), ("OldImage", envelope.oldImage)]
        for case (let name, let place?) in images {
            let image = JSONNode(place, in: node.document)
            if let defect = ImageDefect.first(in: image) {
                var paths = DocumentPaths(from: image, isTyped: true)
                let path = name.appending(path: paths.steps(to: defect.offset))
                throw .malformed(path: path, reason: defect.reason)
            }
        }
    }
}

/// Something in an image that DynamoDB would not have written.
struct ImageDefect {
    let offset: Int
    let reason: String

    init(_ offset: Int, _ reason: String) {
        self.offset = offset
        self.reason = reason
    }

    /// The first defect in a map of attributes. The recursion is bounded by the depth that the scanner allowed.
    static func first(in map: JSONNode) -> ImageDefect? {
        if let twice = map.firstRepeatedMember {
            return ImageDefect(twice.keyOffset, "the attribute is there twice")
        }
        for member in map.members {
            if member.name.text == nil {
                return ImageDefect(member.keyOffset, "the name has half of a surrogate pair")
            }
            if let defect = first(inValue: member.value) { return defect }
        }
        return nil
    }

    static func first(inValue node: JSONNode) -> ImageDefect? {
        guard let tagged = TaggedNode(node) else { return tagDefect(of: node) }
        let content = tagged.content
        let offset = content.offset
        switch tagged.tag {
        case .string: return textDefect(of: content)
        case .number: return numberDefect(of: content)
        case .binary: return binaryDefect(of: content)
        case .bool: return content.kind == .bool ? nil : ImageDefect(offset, "BOOL is neither true nor false")
        case .null: return content.bool == true ? nil : ImageDefect(offset, "NULL is not true")
        case .map: return content.kind == .object ? first(in: content) : ImageDefect(offset, "M is not an object")
        case .list:
            guard content.kind == .array else { return ImageDefect(offset, "L is not an array") }
            return content.elements.firstDefect(first(inValue:))
        case .stringSet, .numberSet, .binarySet:
            guard content.kind == .array else { return ImageDefect(offset, "\(tagged.tag.rawValue) is not an array") }
            return content.elements.firstDefect { element in
                switch tagged.tag {
                case .numberSet: numberDefect(of: element)
                case .binarySet: binaryDefect(of: element)
                default: textDefect(of: element)
                }
            }
        }
    }

    private static func tagDefect(of node: JSONNode) -> ImageDefect? {
        guard node.kind == .object else {
            return ImageDefect(node.offset, "expected a typed value like {\"S\":\"text\"}, found \(node.kind.phrase)")
        }
        guard let member = node.singleMember else {
            let tags = node.members.map(\.repairedName).joined(separator: ", ")
            return ImageDefect(
                node.offset,
                tags.isEmpty ? "the value has no type tag" : "the value has more than one type tag: \(tags)"
            )
        }
        return ImageDefect(node.offset, "the type tag \"\(member.repairedName)\" is not known")
    }

    private static func textDefect(of node: JSONNode) -> ImageDefect? {
        guard node.kind == .string else { return ImageDefect(node.offset, "S is not a string") }
        return node.text == nil ? ImageDefect(node.offset, "the string has half of a surrogate pair") : nil
    }

    private static func numberDefect(of node: JSONNode) -> ImageDefect? {
        guard node.kind == .string, let text = node.textBytes else {
            return ImageDefect(node.offset, "N is not a string")
        }
        return DecimalText(text) == nil ? ImageDefect(node.offset, "N is not a number") : nil
    }

    private static func binaryDefect(of node: JSONNode) -> ImageDefect? {
        guard node.kind == .string else { return ImageDefect(node.offset, "B is not a string") }
        return [UInt8](base64: node) == nil ? ImageDefect(node.offset, "the value is not base64") : nil
    }
}

extension JSONElements {
    fileprivate func firstDefect(_ defect: (JSONNode) -> ImageDefect?) -> ImageDefect? {
        for element in self {
            if let defect = defect(element) { return defect }
        }
        return nil
    }
}

extension JSONKind {
    /// The kind with its article, for messages.
    var phrase: String {
        switch self {
        case .null: "null"
        case .bool: "a Boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
