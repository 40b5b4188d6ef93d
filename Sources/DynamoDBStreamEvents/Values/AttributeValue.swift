// The value of an attribute: the ten kinds that DynamoDB has, and any that it may add.

import JSONScanning

/// The value of an attribute.
///
/// ```swift
/// let value: AttributeValue = ["lines": [["price": 12.5]]]
/// let price = value["lines"]?[0]?["price"]?.number?.double
/// ```
///
/// Strings are equal when their bytes are, as in DynamoDB, and not by Unicode's canonical equivalence.
public enum AttributeValue: Hashable, Sendable {
    /// `S`
    case string(String)
    /// `N`
    case number(AttributeNumber)
    /// `B`
    case binary([UInt8])
    /// `BOOL`
    case bool(Bool)
    /// `NULL`, which is not the same as an absent attribute.
    case null
    /// `L`
    case list([AttributeValue])
    /// `M`
    case map(Item)
    /// `SS`, in the order it came; two sets are equal when they have the same elements.
    case stringSet([String])
    /// `NS`, in the order it came; two sets are equal when they have the same elements.
    case numberSet([AttributeNumber])
    /// `BS`, in the order it came; two sets are equal when they have the same elements.
    case binarySet([[UInt8]])
    /// An unknown type tag, or a value that is malformed for its tag, as its JSON.
    case unknown(json: String)

    public static func == (first: Self, second: Self) -> Bool {
        switch (first, second) {
        case (.string(let first), .string(let second)): first.isExactly(second)
        case (.number(let first), .number(let second)): first == second
        case (.binary(let first), .binary(let second)): first == second
        case (.bool(let first), .bool(let second)): first == second
        case (.null, .null): true
        case (.list(let first), .list(let second)): first == second
        case (.map(let first), .map(let second)): first == second
        case (.stringSet(let first), .stringSet(let second)):
            Set(first.map(ExactText.init)) == Set(second.map(ExactText.init))
        case (.numberSet(let first), .numberSet(let second)): Set(first) == Set(second)
        case (.binarySet(let first), .binarySet(let second)): Set(first) == Set(second)
        case (.unknown(let first), .unknown(let second)): first.isExactly(second)
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(tag)
        switch self {
        case .string(let value): value.hashExactly(into: &hasher)
        case .number(let value): hasher.combine(value)
        case .binary(let value): hasher.combine(value)
        case .bool(let value): hasher.combine(value)
        case .null: break
        case .list(let value): hasher.combine(value)
        case .map(let value): hasher.combine(value)
        case .stringSet(let value): hasher.combine(Set(value.map(ExactText.init)))
        case .numberSet(let value): hasher.combine(Set(value))
        case .binarySet(let value): hasher.combine(Set(value))
        case .unknown(let json): json.hashExactly(into: &hasher)
        }
    }

    var tag: AttributeTag? {
        switch self {
        case .string: .string
        case .number: .number
        case .binary: .binary
        case .bool: .bool
        case .null: .null
        case .list: .list
        case .map: .map
        case .stringSet: .stringSet
        case .numberSet: .numberSet
        case .binarySet: .binarySet
        case .unknown: nil
        }
    }
}

// MARK: Reading

extension AttributeValue {
    /// The text of an `S`; nil for any other type.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The number of an `N`; nil for any other type.
    public var number: AttributeNumber? { if case .number(let value) = self { value } else { nil } }
    /// The bytes of a `B`; nil for any other type.
    public var binary: [UInt8]? { if case .binary(let value) = self { value } else { nil } }
    /// The value of a `BOOL`; nil for any other type.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// Whether the value is a `NULL`.
    public var isNull: Bool { self == .null }
    /// The elements of an `L`; nil for any other type, sets included.
    public var list: [AttributeValue]? { if case .list(let value) = self { value } else { nil } }
    /// The members of an `M`; nil for any other type.
    public var map: Item? { if case .map(let value) = self { value } else { nil } }

    /// The value of an attribute of a map; nil for anything but a map that has it.
    public subscript(name: String) -> AttributeValue? { map?[name] }

    /// The element of a list; nil for anything but a list that is long enough.
    public subscript(position: Int) -> AttributeValue? {
        guard case .list(let elements) = self, elements.indices.contains(position) else { return nil }
        return elements[position]
    }
}

// MARK: Literals

extension AttributeValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .number(AttributeNumber(value)) }
    public init(floatLiteral value: Double) { self = .number(AttributeNumber(floatLiteral: value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral elements: AttributeValue...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, AttributeValue)...) { self = .map(Item(elements)) }
}
