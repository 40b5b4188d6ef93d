// What may be said of an error in a log that many people read: nothing of the event's content.

/// An error with a description that has nothing of the event's content in it, fit for a log at any level.
public protocol ContentFreeError: Error {
    /// What happened, without values that came with the event.
    var contentFreeDescription: String { get }
}

extension Error {
    /// The error as a log line above debug level may have it.
    ///
    /// Errors that say so themselves (``ContentFreeError``) and errors with a description that their author wrote
    /// speak for themselves. For any other error that is the name of its type, and of its case for an enum: Swift's
    /// own description would print whatever values the error carries.
    package var contentFreeDescription: String {
        switch self {
        case let error as any ContentFreeError: return error.contentFreeDescription
        case let error as any LambdaErrorConvertible: return error.lambdaErrorMessage
        case let error as any CustomStringConvertible: return error.description
        default:
            let mirror = Mirror(reflecting: self)
            guard mirror.displayStyle == .enum else { return "\(type(of: self))" }
            // A case without values is described by its name alone.
            return "\(type(of: self)).\(mirror.children.first?.label ?? "\(self)")"
        }
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
