// What a record says, as a type of one's own: inserted, modified, removed.

/// A change of one item.
public enum ItemChange<Model> {
    case inserted(Model)
    /// `old` is nil when the stream does not carry the image before the change.
    case modified(old: Model?, new: Model)
    /// The item as it was last.
    case removed(Model, cause: RemovalCause)
}

extension ItemChange: Sendable where Model: Sendable {}
extension ItemChange: Equatable where Model: Equatable {}
extension ItemChange: Hashable where Model: Hashable {}

extension ItemChange {
    /// The item after the change; nil for a removal.
    public var new: Model? {
        switch self {
        case .inserted(let model), .modified(_, let model): model
        case .removed: nil
        }
    }

    /// The item before the change; nil for an insertion, and when the stream does not carry it.
    public var old: Model? {
        switch self {
        case .inserted: nil
        case .modified(let old, _): old
        case .removed(let model, _): model
        }
    }
}

extension StreamRecord {
    /// The change with its images undecoded.
    ///
    /// - Throws: when the record's envelope makes no sense, or an image that the change needs is not in the stream.
    public var change: ItemChange<Item> {
        get throws(StreamRecordError) {
            try change { (item, _) throws(StreamRecordError) in item }
        }
    }

    /// Why the item was removed; nil unless it was.
    public var removalCause: RemovalCause? {
        guard eventName == .remove else { return nil }
        return switch userIdentity {
        case nil: .request
        case UserIdentity.timeToLive?: .timeToLive
        case let identity?: .other(identity)
        }
    }

    func change<Model>(
        _ decode: (Item, StreamRecordError.ImageName) throws(StreamRecordError) -> Model
    ) throws(StreamRecordError) -> ItemChange<Model> {
        try validateEnvelope()
        func required(_ image: StreamRecordError.ImageName) throws(StreamRecordError) -> Model {
            guard let item = image == .newImage ? newImage : oldImage else {
                throw .noImage(image, viewType: streamViewType)
            }
            return try decode(item, image)
        }
        switch eventName {
        case .insert: return .inserted(try required(.newImage))
        case .modify:
            let new = try required(.newImage)
            return .modified(old: oldImage == nil ? nil : try required(.oldImage), new: new)
        case .remove: return .removed(try required(.oldImage), cause: removalCause ?? .request)
        case .other(let name): throw .unknownEventName(name)
        case nil: throw .malformed(path: "eventName", reason: "is missing")
        }
    }
}
