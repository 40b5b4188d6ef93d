// Decoding items and values into custom types.

import JSONScanning

/// Decodes any `Decodable` type from an item or a value.
///
/// Items of an event are decoded directly from the event's index, without an intermediate tree of values. The rules:
///
/// - Integers accept any notation of a whole number: `1`, `1.0`, `1E2`. `1.5` and numbers that do not fit are errors.
/// - `Decimal` is exact or an error. `Double` and `Float` take the nearest value; numbers out of range are errors.
/// - `[UInt8]` and `Data` come from `B`, or from a list of numbers.
/// - `Array` and `Set` come from `L`, `SS`, `NS` and `BS`. DynamoDB has no empty sets, so a missing attribute is an
///   empty `Set`.
/// - An optional is nil for `NULL` and for a missing attribute.
/// - `UUID`, `URL` and enums with raw values come from `S` or `N`, as their raw values do. `Date` follows the strategy.
/// - `AttributeValue` and `Item` accept any value.
///
/// ```swift
/// let decoder = AttributeValueDecoder(dateDecodingStrategy: .iso8601, keyDecodingStrategy: .convertFromSnakeCase)
/// let order = try decoder.decode(Order.self, from: receipt)
/// ```
public struct AttributeValueDecoder: Sendable {
    private final class Settings: Sendable {
        let dates: DateStrategy
        let keys: KeyStrategy
        let userInfo: [CodingUserInfoKey: any Sendable]

        init(_ dates: DateStrategy, _ keys: KeyStrategy, _ userInfo: [CodingUserInfoKey: any Sendable]) {
            self.dates = dates
            self.keys = keys
            self.userInfo = userInfo
        }
    }

    /// nil for the defaults: the decoder of most records is a word that is copied without counting references.
    private var settings: Settings?

    /// How dates are read. Numbers of seconds since 1970 by default.
    public var dateDecodingStrategy: DateStrategy {
        get { settings?.dates ?? .epochSeconds }
        set { settings = Settings(newValue, keyDecodingStrategy, userInfo) }
    }

    /// How names of attributes become coding keys. Unchanged by default.
    public var keyDecodingStrategy: KeyStrategy {
        get { settings?.keys ?? .useDefaultKeys }
        set { settings = Settings(dateDecodingStrategy, newValue, userInfo) }
    }

    /// The value of `decoder.userInfo` in a type's `init(from:)`.
    public var userInfo: [CodingUserInfoKey: any Sendable] {
        get { settings?.userInfo ?? [:] }
        set { settings = Settings(dateDecodingStrategy, keyDecodingStrategy, newValue) }
    }

    /// How dates are read from attributes.
    public enum DateStrategy: Sendable {
        /// `N`: seconds since 1970, with an optional fraction. Time to Live uses this form.
        case epochSeconds
        /// `N`: milliseconds since 1970.
        case epochMilliseconds
        /// `S`: `2026-11-21T03:04:05.678Z`, with any fraction and any offset.
        case iso8601
        /// As the closure reads the value.
        case custom(@Sendable (AttributeValue) throws -> EpochTime)
    }

    /// How attribute names become coding keys. Keys of dictionaries are not changed.
    public enum KeyStrategy: Sendable {
        /// The attribute's name is the coding key's.
        case useDefaultKeys
        /// `created_at` is read for `createdAt`.
        case convertFromSnakeCase
        /// From an attribute's name to that of the coding key.
        case custom(@Sendable (String) -> String)
    }

    /// Creates a decoder with the defaults. It may be used for any number of values, from any number of tasks.
    public init() {}

    /// Creates a decoder. It may be used for any number of values, from any number of tasks.
    public init(
        dateDecodingStrategy: DateStrategy = .epochSeconds,
        keyDecodingStrategy: KeyStrategy = .useDefaultKeys,
        userInfo: [CodingUserInfoKey: any Sendable] = [:]
    ) {
        settings = Settings(dateDecodingStrategy, keyDecodingStrategy, userInfo)
    }

    /// Decodes an item.
    ///
    /// - Throws: ``AttributeDecodingError``, which names the place in the item.
    public func decode<Model: Decodable>(
        _ type: Model.Type = Model.self,
        from item: Item
    ) throws(AttributeDecodingError) -> Model {
        try decode(type, from: item.readable, form: .map)
    }

    /// Decodes a value.
    ///
    /// - Throws: ``AttributeDecodingError``, which names the place in the value.
    public func decode<Model: Decodable>(
        _ type: Model.Type = Model.self,
        from value: AttributeValue
    ) throws(AttributeDecodingError) -> Model {
        try decode(type, from: JSONDocument(attributes: value.json).root, form: .tagged)
    }

    func decode<Model: Decodable>(
        _ type: Model.Type,
        from node: JSONNode,
        form: AttributeForm
    ) throws(AttributeDecodingError) -> Model {
        let session = DecodingSession(self, root: node, form: form)
        do {
            return try session.decode(type, at: node.place, form: form)
        } catch {
            throw AttributeDecodingError(error)
        }
    }
}

extension Item {
    /// Decodes the item.
    public func decode<Model: Decodable>(
        _ type: Model.Type = Model.self,
        using decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws(AttributeDecodingError) -> Model {
        try decoder.decode(type, from: self)
    }
}

extension AttributeValue {
    /// Decodes the value.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self,
        using decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws(AttributeDecodingError) -> Value {
        try decoder.decode(type, from: self)
    }
}

extension StreamRecord {
    /// The change with its images decoded.
    @inlinable
    public func change<Model: Decodable>(
        as type: Model.Type = Model.self,
        decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws(StreamRecordError) -> ItemChange<Model> {
        let session = decodingSession(decoder)
        return try imagePlaces.map { (image, name) throws(StreamRecordError) in
            session.restart(at: image)
            do {
                return try session.decode(type, at: image, form: .map)
            } catch {
                throw StreamRecordError(decoding: error, of: name)
            }
        }
    }
}

extension StreamRecord {
    /// What the decoding of both images shares.
    @usableFromInline
    func decodingSession(_ strategies: AttributeValueDecoder) -> DecodingSession {
        DecodingSession(strategies, root: node, form: .map)
    }
}

extension StreamRecordError {
    @usableFromInline
    init(decoding error: any Error, of image: ImageName) {
        self.init(AttributeDecodingError(error), in: image.rawValue)
    }

    init(_ error: AttributeDecodingError, in image: String) {
        let separator = error.path.isEmpty || error.path.hasPrefix("[") ? "" : "."
        let path = image + separator + error.path
        self = .undecodable(path: path, reason: error.reason, underlying: error.underlying)
    }
}

extension Item {
    /// The item as a view; values are written as JSON first.
    var readable: JSONNode {
        get throws(AttributeDecodingError) {
            if let node { return node }
            return try JSONDocument(attributes: json).root
        }
    }
}

extension JSONDocument {
    /// Scans values that this package wrote itself; only an `.unknown` made by hand can be wrong in them.
    convenience init(attributes json: [UInt8]) throws(AttributeDecodingError) {
        do {
            try self.init(json, limits: JSONLimits(maximumDepth: 512))
        } catch {
            throw AttributeDecodingError(error)
        }
    }
}
