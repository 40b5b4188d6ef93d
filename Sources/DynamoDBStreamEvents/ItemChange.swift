// The change of a record in the model's own type: inserted, modified, removed.

public import JSONScanning

/// A change of one item.
///
/// ```swift
/// switch try record.change(as: Order.self) {
/// case .inserted(let order): try await notify(order)
/// case .modified(let old, let order): if order.total != old?.total { try await notify(order) }
/// case .removed(_, let keys, let cause): print("\(keys) is removed, expired: \(cause == .timeToLive)")
/// }
/// ```
///
/// Every stream has the keys of a removed item. The item itself is there when the stream's view type includes old
/// images, so a removal never fails for lack of an image. For a `KEYS_ONLY` stream, use ``KeyChange``.
public enum ItemChange<Model> {
    /// The item is new.
    case inserted(Model)
    /// `old` is nil when the stream does not carry the image before the change.
    case modified(old: Model?, new: Model)
    /// `old` is the last state of the item; nil if the stream does not carry it. `keys` is its primary key.
    /// `keys.decode(OrderKey.self)` decodes it.
    case removed(old: Model?, keys: Item, cause: RemovalCause)
}

extension ItemChange: Sendable where Model: Sendable {}
extension ItemChange: Equatable where Model: Equatable {}
extension ItemChange: Hashable where Model: Hashable {}

extension ItemChange {
    // Inlined, so that reading one member does not copy the models.

    /// The item after the change; nil for a removal.
    @inlinable @inline(__always)
    public var new: Model? {
        switch self {
        case .inserted(let model), .modified(_, let model): model
        case .removed: nil
        }
    }

    /// The item before the change; nil for an insertion, and when the stream does not carry it.
    @inlinable @inline(__always)
    public var old: Model? {
        switch self {
        case .inserted: nil
        case .modified(let old, _), .removed(let old, _, _): old
        }
    }
}

extension StreamRecord {
    /// The change with its images undecoded.
    ///
    /// - Throws: when the record's envelope is malformed, or when the stream does not carry the new image of an
    ///   insertion or a modification.
    public var change: ItemChange<Item> {
        get throws(StreamRecordError) {
            let document = node.document
            return try imagePlaces.map { (image, _) throws(StreamRecordError) in Item(JSONNode(image, in: document)) }
        }
    }

    /// Why the item was removed; nil unless it was.
    public var removalCause: RemovalCause? { eventName == .remove ? causeOfRemoval : nil }

    private var causeOfRemoval: RemovalCause {
        switch userIdentity {
        case nil: .request
        case UserIdentity.timeToLive?: .timeToLive
        case let identity?: .other(identity)
        }
    }

    /// The change with the places of its images, in a record whose envelope is sound.
    @usableFromInline
    var imagePlaces: ItemChange<JSONNode.Place> {
        get throws(StreamRecordError) {
            let envelope = try RecordEnvelope(node, members)
            func new() throws(StreamRecordError) -> JSONNode.Place {
                guard let image = envelope.newImage else { throw .noImage(.newImage, viewType: streamViewType) }
                return image
            }
            switch eventName {
            case .insert: return .inserted(try new())
            case .modify: return .modified(old: envelope.oldImage, new: try new())
            case .remove:
                let keys = Item(JSONNode(envelope.keys, in: node.document))
                return .removed(old: envelope.oldImage, keys: keys, cause: causeOfRemoval)
            case .other(let name): throw .unknownEventName(name)
            case nil: throw .malformed(path: "eventName", reason: "is missing")
            }
        }
    }
}

extension ItemChange<JSONNode.Place> {
    /// The change with its images decoded, the new one first. Compiled where the model is known, for generic code looks
    /// its types up at run time.
    @inlinable
    func map<Decoded>(
        _ decode: (JSONNode.Place, StreamRecordError.ImageName) throws(StreamRecordError) -> Decoded
    ) throws(StreamRecordError) -> ItemChange<Decoded> {
        switch self {
        case .inserted(let new): return .inserted(try decode(new, .newImage))
        case .modified(nil, let new): return .modified(old: nil, new: try decode(new, .newImage))
        case .modified(let old?, let new):
            let new = try decode(new, .newImage)
            return .modified(old: try decode(old, .oldImage), new: new)
        case .removed(nil, let keys, let cause): return .removed(old: nil, keys: keys, cause: cause)
        case .removed(let old?, let keys, let cause):
            return .removed(old: try decode(old, .oldImage), keys: keys, cause: cause)
        }
    }
}
