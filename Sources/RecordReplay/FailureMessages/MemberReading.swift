// Reading the members of a document that came from outside, each with an error that names it.

internal import DynamoDBStreamEvents
internal import EventSourceMapping
internal import JSONScanning

/// An object whose members are read by their names.
struct MemberReader {
    let node: JSONNode
    /// Where the object is, for errors.
    let place: String

    init(_ node: JSONNode, in place: String) {
        self.node = node
        self.place = place
    }

    private func full(_ name: StaticString) -> String { "\(name)" }

    private func wrong(_ name: StaticString, _ expected: String) -> FailureMessageError {
        FailureMessageError(.wrong(member: full(name), expected: expected), in: place)
    }

    /// The value of a member; nil when it is not there or null.
    func value(_ name: StaticString) -> JSONNode? {
        node[name].flatMap { $0.isNull ? nil : $0 }
    }

    func text(_ name: StaticString) throws(FailureMessageError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.textIfString else { throw wrong(name, "a string") }
        return text
    }

    /// A text of at most 2,048 bytes that is not empty, as ARNs and names are.
    func name(_ name: StaticString) throws(FailureMessageError) -> String {
        guard let text = try text(name) else {
            throw FailureMessageError(.missing(member: full(name)), in: place)
        }
        guard (1...2048).contains(text.utf8.count) else { throw wrong(name, "a text of 1 to 2,048 bytes") }
        return text
    }

    func object(_ name: StaticString) throws(FailureMessageError) -> MemberReader? {
        guard let value = value(name) else { return nil }
        guard value.kind == .object else { throw wrong(name, "an object") }
        return MemberReader(value, in: place.isEmpty ? full(name) : "\(place).\(name)")
    }

    func sequenceNumber(_ name: StaticString) throws(FailureMessageError) -> SequenceNumber? {
        guard let value = value(name) else { return nil }
        guard let number = value.textBytes.flatMap({ SequenceNumber($0) }) else {
            throw wrong(name, "a sequence number: 1 to \(SequenceNumber.maximumDigitCount) digits")
        }
        return number
    }

    func moment(_ name: StaticString) throws(FailureMessageError) -> MappingInstant? {
        guard let text = try text(name) else { return nil }
        guard let moment = MappingInstant(iso8601: text) else {
            throw wrong(name, "a time, as 2026-01-01T00:00:00Z")
        }
        return moment
    }

    /// A number of records.
    func count(_ name: StaticString) throws(FailureMessageError) -> Int? {
        guard let value = value(name) else { return nil }
        guard let text = value.numberText, let count = Int(text), count >= 0 else {
            throw wrong(name, "a whole number")
        }
        return count
    }

    func flag(_ name: StaticString) throws(FailureMessageError) -> Bool {
        guard let value = value(name) else { return false }
        guard let flag = value.bool else { throw wrong(name, "true or false") }
        return flag
    }
}

extension JSONNode {
    /// The text of a string; nil for any other kind, and for half a surrogate pair.
    var textIfString: String? { (try? string()) ?? nil }

    /// The text of a member that is a string.
    func memberText(_ name: StaticString) -> String? { self[name].flatMap(\.textIfString) }

    /// For errors: `an object with the members "a", "b"`.
    var summary: String {
        switch kind {
        case .object:
            let names = members.prefix(6).map { "\"\($0.repairedName.prefix(40))\"" }
            return names.isEmpty ? "an empty object" : "an object with the members \(names.joined(separator: ", "))"
        case .array: return "an array"
        case .string: return "a string"
        case .number: return "a number"
        case .bool, .null: return "\(String(decoding: jsonText.prefix(5), as: UTF8.self))"
        }
    }
}
