// Describes an error in a log line without the event's content.

/// An error with a description that contains nothing of the event, suitable for a log at any level.
public protocol ContentFreeError: Error {
    /// What happened, without values that came with the event.
    var contentFreeDescription: String { get }
}

extension Error {
    /// The error as a log line above debug level may have it.
    ///
    /// Errors that conform to ``ContentFreeError``, and errors whose author wrote a description, use their own text.
    /// For any other error it is the name of its type, and of its case for an enum: Swift's own description would print
    /// the values that the error carries.
    package var contentFreeDescription: String {
        switch self {
        case let error as any ContentFreeError: return error.contentFreeDescription
        case let error as any LambdaErrorConvertible: return error.lambdaErrorMessage
        case let error as DecodingError: return error.placeAndKind.text
        case let error as EncodingError: return error.placeText
        case let error as any CustomStringConvertible: return error.description
        default:
            let mirror = Mirror(reflecting: self)
            guard mirror.displayStyle == .enum else { return "\(type(of: self))" }
            // A case without values is described by its name alone.
            return "\(type(of: self)).\(mirror.children.first?.label ?? "\(self)")"
        }
    }
}

extension DecodingError {
    /// Where decoding failed and why, without the value: names of keys and types are not content.
    ///
    /// The error's own description is left out. It may quote the value.
    package var placeAndKind: (place: String, kind: String, text: String) {
        let (path, kind): ([any CodingKey], String) =
            switch self {
            case .keyNotFound(let key, let context): (context.codingPath, "\"\(key.stringValue)\" is missing")
            case .typeMismatch(let type, let context): (context.codingPath, "expected \(type)")
            case .valueNotFound(let type, let context): (context.codingPath, "expected \(type), found null")
            case .dataCorrupted(let context):
                (context.codingPath, context.codingPath.isEmpty ? "not valid" : "not a valid value")
            @unknown default: ([], "cannot be decoded")
            }
        let place = path.place
        return (place, kind, "\(place): \(kind)")
    }
}

extension EncodingError {
    fileprivate var placeText: String {
        switch self {
        case .invalidValue(let value, let context):
            "a value of the type \(type(of: value)) cannot be encoded, \(context.codingPath.place)"
        @unknown default: "EncodingError"
        }
    }
}

extension [any CodingKey] {
    fileprivate var place: String {
        isEmpty ? "at its top" : "at " + map(\.stringValue).joined(separator: ".")
    }
}

/// An error as the runtime's own log lines have it: whatever backend writes them, without the event's content.
struct LoggedFailure: LambdaErrorConvertible, ContentFreeError, CustomStringConvertible {
    let lambdaErrorType: String
    let lambdaStackTrace: [String]
    let description: String

    init(_ error: any Error) {
        let report = ErrorReport(error)
        lambdaErrorType = report.errorType
        lambdaStackTrace = report.stackTrace
        description = error.contentFreeDescription
    }

    var contentFreeDescription: String { description }
}
