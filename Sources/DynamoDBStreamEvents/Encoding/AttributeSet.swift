// A property that is stored as one of DynamoDB's sets.

/// Stores a set as `SS`, `NS` or `BS`, independent of the encoder's strategy for sets.
///
/// ```swift
/// struct Article: Codable {
///     let id: String
///     @AttributeSet var tags: Set<String>
/// }
/// ```
///
/// DynamoDB has no empty sets: an empty one is left out, and a missing one read as empty.
@propertyWrapper
public struct AttributeSet<Element: Hashable> {
    /// The elements. DynamoDB stores each once, in no order.
    public var wrappedValue: Set<Element>

    /// Creates a property that is encoded as a set.
    public init(wrappedValue: Set<Element>) { self.wrappedValue = wrappedValue }
}

extension AttributeSet: Sendable where Element: Sendable {}
extension AttributeSet: Equatable {}
extension AttributeSet: Hashable {}

extension AttributeSet: Decodable where Element: Decodable {
    public init(from decoder: any Decoder) throws { wrappedValue = try Set(from: decoder) }
}

extension AttributeSet: Encodable where Element: Encodable {
    public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

extension AttributeSet: AbsentWhenEmpty {
    static var empty: AttributeSet { AttributeSet(wrappedValue: []) }
}

/// A value that is written as a set although the strategy may say lists.
protocol StoredAsSet {}

extension AttributeSet: StoredAsSet {}

/// Any `Set`, of whatever it is one.
protocol AnySet {}

extension Set: AnySet {}
