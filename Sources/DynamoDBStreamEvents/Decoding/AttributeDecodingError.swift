// Why attributes do not decode into a type, said with the path to the value.

/// Why an item or a value could not be decoded.
///
/// ```swift
/// do {
///     let order: Order = try receipt.decode()
///     try await notify(order)
/// } catch let error as AttributeDecodingError {
///     print("\(error.path): \(error.reason)")
/// }
/// ```
public struct AttributeDecodingError: Error, Sendable {
    /// The path, `lines[2].price`, from the item or value that was decoded; empty for that value itself.
    public let path: String
    /// What was expected and what was found.
    public let reason: String
    /// The underlying error: a `DecodingError`, or the error of the model's `init(from:)`.
    public let underlying: any Error

    init(_ error: any Error) {
        if let error = error as? AttributeDecodingError {
            self = error
            return
        }
        underlying = error
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            path = "".appending(path: context.codingPath + [key])
            reason = "is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            path = "".appending(path: context.codingPath)
            reason = context.debugDescription
        default:
            path = ""
            reason = "\(error)"
        }
    }
}

extension AttributeDecodingError: CustomStringConvertible {
    public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}
