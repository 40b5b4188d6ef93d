// One filter pattern, parsed into the tests of each place.

internal import JSONScanning

/// A pattern in disjunctive form: a record matches when it has all fields of one of the alternatives.
struct FilterPattern: Sendable {
    let alternatives: [[FilterField]]

    /// EventBridge refuses more combinations of `$or` than that.
    private static let maximumAlternatives = 1_000

    init(_ text: String) throws(FilterPatternError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(Array(text.utf8), limits: JSONLimits(maximumDepth: 64))
        } catch {
            throw FilterPatternError("it is not JSON: \(error)")
        }
        guard document.root.kind == .object else { throw FilterPatternError("it is not an object") }
        alternatives = try Self.alternatives(of: document.root, below: [])
    }

    private static func alternatives(
        of object: JSONNode,
        below path: [String]
    ) throws(FilterPatternError) -> [[FilterField]] {
        var names: [ExactText] = []
        var values: [ExactText: JSONNode] = [:]
        for member in object.members {
            let name = ExactText(member.repairedName)
            // Of a name that comes twice the last one counts.
            if values.updateValue(member.value, forKey: name) == nil { names.append(name) }
        }
        guard !names.isEmpty else { throw FilterPatternError("\(place(path)) is an empty object") }
        var combined: [[FilterField]] = [[]]
        for name in names {
            guard let value = values[name] else { continue }
            let choices: [[FilterField]]
            if name.text == "$or", isChoice(value) {
                var collected: [[FilterField]] = []
                for element in value.elements { collected += try alternatives(of: element, below: path) }
                choices = collected
            } else {
                choices = try self.choices(for: value, at: path + name.text.pathComponents)
            }
            guard combined.count * choices.count <= maximumAlternatives else {
                throw FilterPatternError("$or makes more than \(maximumAlternatives) combinations")
            }
            combined = combined.flatMap { fields in choices.map { fields + $0 } }
        }
        return combined
    }

    private static func choices(
        for value: JSONNode,
        at path: [String]
    ) throws(FilterPatternError) -> [[FilterField]] {
        switch value.kind {
        case .object: return try alternatives(of: value, below: path)
        case .array:
            var tests: [ValueTest] = []
            for element in value.elements {
                do {
                    tests.append(try ValueTest(element))
                } catch {
                    throw FilterPatternError("\(place(path)): \(error.reason)")
                }
            }
            guard !tests.isEmpty else { throw FilterPatternError("the list at \(place(path)) is empty") }
            return [[FilterField(path: path, tests: tests)]]
        default: throw FilterPatternError("the value at \(place(path)) must stand in a list")
        }
    }

    private static func place(_ path: [String]) -> String {
        path.isEmpty ? "the pattern" : path.joined(separator: ".")
    }

    /// Whether a member named `$or` is the operator. With anything else in it, it is a field of that name.
    private static func isChoice(_ value: JSONNode) -> Bool {
        let elements = Array(value.elements)
        return elements.count >= 2
            && elements.allSatisfy { element in
                element.kind == .object && !element.members.contains { isReserved($0.repairedName) }
            }
    }

    private static func isReserved(_ name: String) -> Bool {
        let words: Set<String> = [
            "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric",
            "cidr",
            "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "in-date-range",
        ]
        return words.contains(name) || name.hasPrefix("date-") || name.hasPrefix("ip-address-")
    }

    func matches(_ record: JSONNode) -> Bool {
        alternatives.contains { FilterField.all($0[...], match: record, within: []) }
    }
}

extension String {
    /// A dot in a name is the same as a step into an object.
    fileprivate var pathComponents: [String] {
        utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }
}
