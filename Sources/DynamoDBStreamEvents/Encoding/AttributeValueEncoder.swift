// Encoding custom types into items and values.

/// Encodes any `Encodable` type. `AttributeValueDecoder` decodes the result into an equal value.
///
/// - Integers, `Decimal`, `Double` and `Float` become `N`. NaN and infinities are errors, because DynamoDB has neither.
/// - `[UInt8]` and `Data` become `B`.
/// - Arrays become `L`. So do sets, unless `setEncodingStrategy` or `AttributeSet` asks for `SS`, `NS` or `BS`; an
///   empty one is then left out, for DynamoDB has no empty sets.
/// - nil is left out where Swift leaves it out, which it does for optional properties, and `NULL` elsewhere.
///
/// ```swift
/// let value = try AttributeValueEncoder(setEncodingStrategy: .sets).encode(order)
/// ```
public struct AttributeValueEncoder: Sendable {
    /// How dates are written. As numbers of seconds since 1970 by default.
    public var dateEncodingStrategy: DateStrategy
    /// How coding keys become names of attributes. Unchanged by default.
    public var keyEncodingStrategy: KeyStrategy
    /// Whether a Swift `Set` becomes a list or one of DynamoDB's sets.
    public var setEncodingStrategy: SetStrategy
    /// The value of `encoder.userInfo` in a type's `encode(to:)`.
    public var userInfo: [CodingUserInfoKey: any Sendable]

    /// How dates are written.
    public enum DateStrategy: Sendable {
        /// `N`: seconds since 1970, with a fraction if there is one. Time to Live uses this form.
        case epochSeconds
        /// `N`: milliseconds since 1970, with a fraction when there is one.
        case epochMilliseconds
        /// `S`: `2026-11-21T03:04:05.678Z`
        case iso8601
        /// As the closure writes the moment.
        case custom(@Sendable (EpochTime) throws -> AttributeValue)
    }

    /// How coding keys become attribute names. Keys of dictionaries are not changed.
    public enum KeyStrategy: Sendable {
        /// The coding key's name is the attribute's.
        case useDefaultKeys
        /// `createdAt` is written as `created_at`.
        case convertToSnakeCase
        /// From the coding key's name to that of the attribute.
        case custom(@Sendable (String) -> String)
    }

    /// How a `Set` is written.
    public enum SetStrategy: Sendable {
        /// As `L`, which accepts any elements and can be empty.
        case lists
        /// As `SS`, `NS` or `BS`; a set of anything else is an error.
        case sets
    }

    /// Creates an encoder. It may be used for any number of values, from any number of tasks.
    public init(
        dateEncodingStrategy: DateStrategy = .epochSeconds,
        keyEncodingStrategy: KeyStrategy = .useDefaultKeys,
        setEncodingStrategy: SetStrategy = .lists,
        userInfo: [CodingUserInfoKey: any Sendable] = [:]
    ) {
        self.dateEncodingStrategy = dateEncodingStrategy
        self.keyEncodingStrategy = keyEncodingStrategy
        self.setEncodingStrategy = setEncodingStrategy
        self.userInfo = userInfo
    }

    /// - Throws: `AttributeEncodingError` for a value that DynamoDB cannot store.
    public func encode(_ value: some Encodable) throws(AttributeEncodingError) -> AttributeValue {
        try encode(value, isPlain: false)
    }

    func encode(_ value: some Encodable, isPlain: Bool) throws(AttributeEncodingError) -> AttributeValue {
        let slot = EncodingSlot()
        do {
            try EncodingSession(self, isPlain: isPlain).encode(value, into: slot, at: [])
        } catch {
            throw AttributeEncodingError(error)
        }
        guard let value = slot.resolved else {
            throw AttributeEncodingError(path: "", reason: "there is no empty set in DynamoDB")
        }
        return value
    }

    /// Encodes a type that becomes a map.
    public func encodeItem(_ value: some Encodable) throws(AttributeEncodingError) -> Item {
        guard case .map(let item) = try encode(value) else {
            throw AttributeEncodingError(
                path: "",
                reason: "\(type(of: value)) does not encode into a map of attributes"
            )
        }
        return item
    }
}

/// Why DynamoDB cannot store a value.
public struct AttributeEncodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path, `lines[2].price`, from the value that was encoded; empty for that value itself.
    public let path: String
    /// Why DynamoDB cannot store the value, and what to do about it.
    public let reason: String

    public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }

    init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    init(_ error: any Error) {
        switch error {
        case let error as AttributeEncodingError: self = error
        case EncodingError.invalidValue(_, let context):
            self.init(path: "".appending(path: context.codingPath), reason: context.debugDescription)
        default: self.init(path: "", reason: "\(error)")
        }
    }
}
