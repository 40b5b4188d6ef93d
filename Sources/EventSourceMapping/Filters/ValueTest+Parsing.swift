// Reading an element of a pattern's list: a value to equal, or an operator with its operand.

internal import JSONScanning

extension ValueTest {
    init(_ node: JSONNode) throws(FilterPatternError) {
        switch node.kind {
        case .object: self = try Self.operation(node)
        case .array: throw FilterPatternError("a list cannot stand within a list")
        default: self = try Self.value(node)
        }
    }

    private static func value(_ node: JSONNode) throws(FilterPatternError) -> ValueTest {
        switch node.kind {
        case .string: return .text(Array(node.textBytes ?? []))
        case .number: return .number(try number(node))
        case .bool: return .truth(node.bool == true)
        default: return .null
        }
    }

    private static func operation(_ object: JSONNode) throws(FilterPatternError) -> ValueTest {
        guard let member = object.singleMember else {
            throw FilterPatternError("an operator's object has exactly one member")
        }
        let name = member.repairedName
        let operand = member.value
        switch name {
        case "exists":
            guard let isPresent = operand.bool else { throw FilterPatternError("\"exists\" takes true or false") }
            return isPresent ? .present : .absent
        case "prefix", "suffix": return try affix(name, operand)
        case "equals-ignore-case": return .textIgnoringCase(try text(operand, of: name).lowercase)
        case "wildcard": return .wildcard(try WildcardPattern(text(operand, of: name)))
        case "numeric": return .numeric(try NumericRange(operand))
        case "cidr": return .addresses(try AddressRange(text(operand, of: name)))
        case "anything-but": return .anythingBut(try exceptions(operand))
        default: throw FilterPatternError("there is no operator \"\(name)\"")
        }
    }

    /// `"prefix": "us-"` or `"prefix": {"equals-ignore-case": "us-"}`.
    private static func affix(_ name: String, _ operand: JSONNode) throws(FilterPatternError) -> ValueTest {
        if operand.kind == .object {
            guard let member = operand.singleMember, member.isNamed("equals-ignore-case") else {
                throw FilterPatternError("\"\(name)\" takes text or {\"equals-ignore-case\": text}")
            }
            let text = try text(member.value, of: name).lowercase
            return name == "prefix" ? .prefixIgnoringCase(text) : .suffixIgnoringCase(text)
        }
        let text = try text(operand, of: name)
        return name == "prefix" ? .prefix(text) : .suffix(text)
    }

    /// Text, a number, a list of either, or one operator over text with one operand or several.
    private static func exceptions(_ operand: JSONNode) throws(FilterPatternError) -> [ValueTest] {
        guard operand.kind == .object else {
            let nodes = try list(operand)
            guard nodes.allSatisfy({ $0.kind == .string }) || nodes.allSatisfy({ $0.kind == .number }) else {
                throw FilterPatternError("\"anything-but\" takes texts or numbers, and not both")
            }
            var tests: [ValueTest] = []
            for node in nodes { tests.append(try value(node)) }
            return tests
        }
        guard let member = operand.singleMember else {
            throw FilterPatternError("\"anything-but\" takes one operator")
        }
        let name = member.repairedName
        var tests: [ValueTest] = []
        for node in try list(member.value) {
            let text = try text(node, of: name)
            switch name {
            case "prefix", "suffix":
                guard !text.isEmpty else { throw FilterPatternError("\"\(name)\" within \"anything-but\" is empty") }
                tests.append(name == "prefix" ? .prefix(text) : .suffix(text))
            case "equals-ignore-case": tests.append(.textIgnoringCase(text.lowercase))
            case "wildcard": tests.append(.wildcard(try WildcardPattern(text)))
            default: throw FilterPatternError("\"anything-but\" does not take \"\(name)\"")
            }
        }
        return tests
    }

    private static func list(_ operand: JSONNode) throws(FilterPatternError) -> [JSONNode] {
        guard operand.kind == .array else { return [operand] }
        let nodes = Array(operand.elements)
        guard !nodes.isEmpty else { throw FilterPatternError("\"anything-but\" takes no empty list") }
        return nodes
    }

    private static func text(_ node: JSONNode, of name: String) throws(FilterPatternError) -> [UInt8] {
        guard node.kind == .string, let text = node.textBytes else {
            throw FilterPatternError("\"\(name)\" takes text")
        }
        return Array(text)
    }

    static func number(_ node: JSONNode) throws(FilterPatternError) -> Double {
        guard let number = node.double, number.isFinite else { throw FilterPatternError("a number is expected") }
        return number
    }
}

extension NumericRange {
    /// `["=", 5]`, or a lower bound, an upper one, or a lower one followed by an upper one.
    fileprivate init(_ node: JSONNode) throws(FilterPatternError) {
        self.init()
        var terms = Array(node.elements)[...]
        guard node.kind == .array, !terms.isEmpty else {
            throw FilterPatternError("\"numeric\" takes a list of comparisons and numbers")
        }
        var isOpenBelow = true
        while let term = terms.popFirst() {
            guard let value = terms.popFirst() else { throw FilterPatternError("a comparison lacks its number") }
            let number = try ValueTest.number(value)
            let isFirst = isOpenBelow
            switch term.kind == .string ? term.textBytes.map({ String(decoding: $0, as: UTF8.self) }) : nil {
            case "=" where isFirst && terms.isEmpty: (lower, upper) = (number, number)
            case let sign? where isFirst && sign.hasPrefix(">") && sign.isBound:
                (lower, includesLower, isOpenBelow) = (number, sign.hasSuffix("="), false)
            case let sign? where terms.isEmpty && sign.hasPrefix("<") && sign.isBound:
                (upper, includesUpper) = (number, sign.hasSuffix("="))
            default: throw FilterPatternError("\"numeric\" takes \"=\", or a lower bound followed by an upper one")
            }
        }
        guard lower < upper || (lower == upper && includesLower && includesUpper) else {
            throw FilterPatternError("the lower bound of \"numeric\" lies above the upper one")
        }
    }
}

extension String {
    fileprivate var isBound: Bool { self == "<" || self == "<=" || self == ">" || self == ">=" }
}
