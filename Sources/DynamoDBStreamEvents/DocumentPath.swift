// The way from an item to a byte in it, worked out only when something is wrong there.
//
// Keeping a path while decoding would cost every value that is fine; the index can be walked again instead.

import JSONScanning

/// The names and positions that lead to a place.
struct DocumentPath {
    private(set) var steps: [PathStep] = []

    /// - Parameter isTyped: whether values are tagged, so that `{"M":{…}}` is one step and not two.
    init(from root: JSONNode, to offset: Int, isTyped: Bool) {
        var place = root
        while true {
            switch place.kind {
            case .object:
                guard let member = place.members.last(before: offset) else { return }
                steps.append(PathStep(stringValue: member.repairedName))
                place = member.value
            case .array:
                guard let (position, element) = place.elements.last(before: offset) else { return }
                steps.append(PathStep(intValue: position))
                place = element
            default: return
            }
            if isTyped, let tagged = TaggedNode(place) {
                guard tagged.content.offset <= offset else { return }
                place = tagged.content
            }
        }
    }

    /// The path as people write it: `NewImage.lines[2].price`.
    func text(root: String) -> String { root.appending(path: steps) }
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

extension JSONMembers {
    fileprivate func last(before offset: Int) -> JSONMember? {
        var last: JSONMember?
        for member in self {
            guard member.keyOffset <= offset else { break }
            last = member
        }
        return last
    }
}

extension JSONElements {
    fileprivate func last(before offset: Int) -> (position: Int, element: JSONNode)? {
        var last: (Int, JSONNode)?
        for (position, element) in enumerated() {
            guard element.offset <= offset else { break }
            last = (position, element)
        }
        return last
    }
}
