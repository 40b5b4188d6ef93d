// One element of a pattern's list: a test of a single value.

internal import JSONScanning

indirect enum ValueTest: Sendable {
    case text([UInt8])
    case number(Double)
    case truth(Bool)
    case null
    case present
    /// Fulfilled by there being no value at all, so never by one.
    case absent
    case prefix([UInt8])
    case suffix([UInt8])
    /// The text in lower case.
    case prefixIgnoringCase([UInt8])
    case suffixIgnoringCase([UInt8])
    case textIgnoringCase([UInt8])
    case wildcard(WildcardPattern)
    case numeric(NumericRange)
    case addresses(AddressRange)
    case anythingBut([ValueTest])

    func matches(_ value: JSONNode) -> Bool {
        switch self {
        case .text(let text): value.kind == .string && value.textBytes.map { $0.elementsEqual(text) } == true
        case .number(let number): value.double == number
        case .truth(let truth): value.bool == truth
        case .null: value.isNull
        case .present: true
        case .absent: false
        case .prefix(let prefix): value.withString { $0.starts(with: prefix) }
        case .suffix(let suffix): value.withString { $0.reversed().starts(with: suffix.reversed()) }
        case .prefixIgnoringCase(let prefix): value.withString { $0.lowercase.starts(with: prefix) }
        case .suffixIgnoringCase(let suffix):
            value.withString { $0.lowercase.reversed().starts(with: suffix.reversed()) }
        case .textIgnoringCase(let text): value.withString { $0.lowercase == text }
        case .wildcard(let pattern): value.withString { pattern.matches($0) }
        case .numeric(let range): value.double.map(range.contains) ?? false
        case .addresses(let range): value.withString { range.contains($0) }
        case .anythingBut(let tests): !tests.contains { $0.matches(value) }
        }
    }

    /// Whether the test passes a value of that text, which has nothing in it that JSON escapes.
    func matches(text: String) -> Bool {
        (try? JSONDocument(Array("\"\(text)\"".utf8))).map { matches($0.root) } ?? false
    }

    var isNumeric: Bool {
        switch self {
        case .numeric, .number: true
        default: false
        }
    }

    var looksAtPresence: Bool {
        switch self {
        case .present, .absent: true
        default: false
        }
    }

    /// The operator's name when Lambda's guide does not list it.
    var operatorWithoutDocumentation: String? {
        switch self {
        case .wildcard: "wildcard"
        case .addresses: "cidr"
        case .anythingBut(let tests): tests.lazy.compactMap(\.operatorWithoutDocumentation).first
        default: nil
        }
    }
}

/// Numbers from one bound to another, each of them within or without.
struct NumericRange: Sendable {
    var lower = -Double.infinity
    var includesLower = true
    var upper = Double.infinity
    var includesUpper = true

    func contains(_ number: Double) -> Bool {
        (includesLower ? number >= lower : number > lower) && (includesUpper ? number <= upper : number < upper)
    }
}

extension JSONNode {
    /// The nearest double of a number; nil for any other kind.
    var double: Double? { numberText.flatMap { Double($0) } }

    fileprivate func withString(_ body: (ArraySlice<UInt8>) -> Bool) -> Bool {
        guard kind == .string, let text = textBytes else { return false }
        return body(text)
    }
}

extension Collection<UInt8> {
    /// The same text in lower case, as UTF-8.
    var lowercase: [UInt8] { Array(String(decoding: self, as: UTF8.self).lowercased().utf8) }
}
