// Matches the value at one place of a record against a pattern.

internal import JSONScanning

/// A place, and the tests of which a value there must pass one.
struct FilterField: Sendable {
    /// The names that lead to the place, none of them with a dot.
    let path: [String]
    let tests: [ValueTest]
    /// For each step the names it may have in the record: one step, or several joined by dots.
    private let names: [[String]]
    private let isContentWithAbsence: Bool

    init(path: [String], tests: [ValueTest]) {
        self.path = path
        self.tests = tests
        names = path.indices.map { start in
            (start..<path.count).map { path[start...$0].joined(separator: ".") }
        }
        isContentWithAbsence = tests.contains { if case .absent = $0 { true } else { false } }
    }

    /// Which element of which array a value lies in. Arrays are looked through as if they were not there, except that
    /// the values of two fields never come from two elements of one array.
    struct Membership: Equatable {
        let array: UInt32
        let element: Int
    }

    /// Whether every field is matched by a value that goes together with those before it.
    static func all(_ fields: ArraySlice<FilterField>, match record: JSONNode, within taken: [Membership]) -> Bool {
        guard let field = fields.first else { return true }
        let rest = fields.dropFirst()
        var found: [[Membership]] = []
        var isPresent = false
        field.walk(record, step: 0, memberships: []) { value, memberships in
            isPresent = true
            // Values outside of every array all say the same, so one is enough.
            if found.first?.isEmpty != true, field.tests.contains(where: { $0.matches(value) }) {
                found.append(memberships)
            }
        }
        if !isPresent, field.isContentWithAbsence { return all(rest, match: record, within: taken) }
        return found.contains { memberships in
            let isConsistent = memberships.allSatisfy { membership in
                !taken.contains { $0.array == membership.array && $0.element != membership.element }
            }
            return isConsistent && all(rest, match: record, within: taken + memberships)
        }
    }

    /// Passes on every value at the place that is not an object.
    private func walk(
        _ node: JSONNode,
        step: Int,
        memberships: [Membership],
        _ body: (JSONNode, [Membership]) -> Void
    ) {
        switch node.kind {
        case .array:
            for (index, element) in node.elements.enumerated() {
                let membership = Membership(array: node.tapeIndex, element: index)
                walk(element, step: step, memberships: memberships + [membership], body)
            }
        case .object:
            guard step < path.count else { return }
            for (distance, name) in names[step].enumerated() {
                guard let value = node.member(named: name) else { continue }
                walk(value, step: step + distance + 1, memberships: memberships, body)
            }
        default:
            if step == path.count { body(node, memberships) }
        }
    }
}
