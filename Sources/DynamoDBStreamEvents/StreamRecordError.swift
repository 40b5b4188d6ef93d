// A problem of one record, and its place.

/// Why a record cannot be used.
///
/// ```swift
/// do {
///     try await project(record.change(as: Order.self))
/// } catch StreamRecordError.undecodable(let path, let reason, _) {
///     print("\(path): \(reason)")
/// }
/// ```
public enum StreamRecordError: Error, Sendable {
    /// A member of the record does not have the form of DynamoDB Streams. `path` starts at the record; `Keys`,
    /// `NewImage` and `OldImage` are roots: `NewImage.lines[2].price`.
    case malformed(path: String, reason: String)
    /// The event name is unknown, so it is not known what happened to the item.
    case unknownEventName(String)
    /// The record does not contain the requested image.
    case noImage(ImageName, viewType: StreamViewType?)
    /// An image is valid but does not decode into the requested type.
    case undecodable(path: String, reason: String, underlying: any Error)

    /// The two images of an item.
    public enum ImageName: String, Hashable, Sendable {
        /// The item after the change.
        case newImage = "NewImage"
        /// The item before the change.
        case oldImage = "OldImage"
    }
}

extension StreamRecordError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed(let path, let reason), .undecodable(let path, let reason, _):
            path.isEmpty ? reason : "\(path): \(reason)"
        case .unknownEventName(let name):
            "eventName: \"\(name)\" is not INSERT, MODIFY or REMOVE"
        case .noImage(let image, let viewType):
            "the record has no \(image.rawValue)" + image.advice(for: viewType)
        }
    }
}

extension StreamRecordError.ImageName {
    fileprivate func advice(for viewType: StreamViewType?) -> String {
        let choices =
            switch self {
            case .newImage: [StreamViewType.newImage, .newAndOldImages]
            case .oldImage: [StreamViewType.oldImage, .newAndOldImages]
            }
        let advice = "choose \(choices[0]) or \(choices[1]) as the table's StreamViewType"
        guard let viewType else { return "; \(advice)" }
        return choices.contains(viewType)
            ? ", although the stream's view type is \(viewType)"
            : ", for the stream's view type is \(viewType); \(advice)"
    }
}
