// Whether a payload is empty in the sense of each key strategy.

internal import JSONScanning

extension KeyStrategy {
    /// Whether the payload is missing by the strategy's rule, so that no key is made of it.
    public func isMissing(_ payload: KeyPayload) throws(KeyError) -> Bool {
        switch (dialect, payload.content) {
        case (_, .absent): return true
        case (.plain, .parts(let parts)):
            for part in parts where try isMissing(part) { return true }
            return parts.isEmpty
        case (.plain, .text(let text)), (.python, .text(let text)), (.dotNet, .text(let text)): return text.isEmpty
        case (.typeScript, .text), (.java, .text): return false
        case (_, .node(let node)): return isMissing(node)
        case (_, .parts): return isMissing(try payload.node())
        }
    }

    private func isMissing(_ node: JSONNode) -> Bool {
        switch node.kind {
        case .null: return true
        case .bool, .number: return false
        case .string:
            let isEmpty = node.textBytes?.isEmpty ?? true
            return isEmpty && dialect != .typeScript && dialect != .java
        case .array:
            return saysNothing && node.elements.allSatisfy(\.isNull)
        case .object:
            // Of a name that comes twice the last value counts.
            return saysNothing && node.canonicalMembers.allSatisfy(\.value.isNull)
        }
    }

    /// Whether a container of nothing but `null` says nothing.
    private var saysNothing: Bool {
        switch dialect {
        case .plain, .python, .java: true
        case .typeScript, .dotNet: false
        }
    }
}
