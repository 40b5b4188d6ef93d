// The primary key of a record: all that a KEYS_ONLY stream carries, and part of every other stream.

import JSONScanning

/// A change of one item, with its primary key only.
///
/// ```swift
/// struct OrderKey: Decodable { let id: String }
///
/// switch try record.keyChange(as: OrderKey.self) {
/// case .inserted(let key), .modified(let key): print("\(key.id) is new or has changed")
/// case .removed(let key, let cause): print("\(key.id) is removed, expired: \(cause == .timeToLive)")
/// }
/// ```
///
/// It needs no image, so it reads the records of every stream view type.
public enum KeyChange<Keys> {
    /// An item with these keys is new.
    case inserted(Keys)
    /// The item with these keys has changed.
    case modified(Keys)
    /// The item with these keys is gone, by a request or by its time to live.
    case removed(Keys, cause: RemovalCause)
}

extension KeyChange: Sendable where Keys: Sendable {}
extension KeyChange: Equatable where Keys: Equatable {}
extension KeyChange: Hashable where Keys: Hashable {}

extension KeyChange {
    /// The primary key of the item that changed.
    public var keys: Keys {
        switch self {
        case .inserted(let keys), .modified(let keys), .removed(let keys, _): keys
        }
    }
}

extension StreamRecord {
    /// The change with its key undecoded.
    ///
    /// - Throws: when the record's envelope is malformed.
    public var keyChange: KeyChange<Item> {
        get throws(StreamRecordError) {
            try keyChange { (keys) throws(AttributeDecodingError) in keys }
        }
    }

    /// The change with its key decoded.
    public func keyChange<Keys: Decodable>(
        as type: Keys.Type = Keys.self,
        decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws(StreamRecordError) -> KeyChange<Keys> {
        try keyChange { (keys) throws(AttributeDecodingError) in try decoder.decode(type, from: keys) }
    }

    /// The change with its key decoded.
    @_disfavoredOverload
    public func keyChange<Keys: ItemDecodable>(
        as type: Keys.Type = Keys.self,
        decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws(StreamRecordError) -> KeyChange<Keys> {
        try keyChange { (keys) throws(AttributeDecodingError) in try decoder.decode(type, from: keys) }
    }

    private func keyChange<Keys>(
        _ decode: (Item) throws(AttributeDecodingError) -> Keys
    ) throws(StreamRecordError) -> KeyChange<Keys> {
        let envelope = try RecordEnvelope(node, members)
        let keys: Keys
        do throws(AttributeDecodingError) {
            keys = try decode(Item(JSONNode(envelope.keys, in: node.document)))
        } catch {
            throw StreamRecordError(error, in: "Keys")
        }
        switch eventName {
        case .insert: return .inserted(keys)
        case .modify: return .modified(keys)
        case .remove: return .removed(keys, cause: removalCause ?? .request)
        case .other(let name): throw .unknownEventName(name)
        case nil: throw .malformed(path: "eventName", reason: "is missing")
        }
    }
}
