// The way from an item to a byte in it, worked out only when something is wrong there.
//
// Keeping a path while decoding would cost every value that is sound. The index is searched instead, and what a search
// learns of a container is kept, so that a type which tries one form of each element after another stays linear.

import JSONScanning

/// Finds the names and positions that lead to places below one value.
struct DocumentPaths {
    private let root: JSONNode
    /// Whether values are tagged, so that `{"M":{…}}` is one step and not two.
    private let isTyped: Bool
    /// The places of the keys or elements of the containers that were looked into, by the container's own.
    private var children: [UInt32: [UInt32]] = [:]
    /// How many children were looked at.
    private(set) var visits = 0

    init(from root: JSONNode, isTyped: Bool) {
        self.root = root
        self.isTyped = isTyped
    }

    /// The way to the last value that begins at `offset` or before it.
    mutating func steps(to offset: Int) -> [PathStep] {
        var steps: [PathStep] = []
        var place = root
        while true {
            guard let (step, value) = child(of: place, at: offset) else { return steps }
            steps.append(step)
            place = value
            if isTyped, let tagged = TaggedNode(place) {
                guard tagged.content.offset <= offset else { return steps }
                place = tagged.content
            }
        }
    }

    private mutating func child(of container: JSONNode, at offset: Int) -> (PathStep, JSONNode)? {
        if let member = container.singleMember {
            return member.keyOffset <= offset ? (PathStep(stringValue: member.repairedName), member.value) : nil
        }
        guard container.kind == .object || container.kind == .array else { return nil }
        let document = container.document
        let all = children(of: container)
        guard let position = Self.lastPosition(in: all, of: document, beginningAt: offset) else { return nil }
        if container.kind == .array {
            return (PathStep(intValue: position), document.node(atTapeIndex: all[position]))
        }
        let member = document.member(atTapeIndex: all[position])
        return (PathStep(stringValue: member.repairedName), member.value)
    }

    private mutating func children(of container: JSONNode) -> [UInt32] {
        if let known = children[container.tapeIndex] { return known }
        let document = container.document
        let all =
            container.kind == .object
            ? document.tapeIndices(ofKeysOf: container.place)
            : document.tapeIndices(ofElementsOf: container.place, limit: .max) ?? []
        visits += all.count
        children[container.tapeIndex] = all
        return all
    }

    /// The position of the last child that begins at `offset` or before it. Children are in the document's order.
    private static func lastPosition(in all: [UInt32], of document: JSONDocument, beginningAt offset: Int) -> Int? {
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if document.node(atTapeIndex: all[middle]).offset <= offset { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }
}

extension String {
    func appending(path: [any CodingKey]) -> String {
        var text = self
        for step in path {
            if let position = step.intValue {
                text += "[\(position)]"
            } else {
                text += text.isEmpty ? step.stringValue : ".\(step.stringValue)"
            }
        }
        return text
    }
}

/// A name or a position on a path.
struct PathStep: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = String(intValue)
        self.intValue = intValue
    }
}
