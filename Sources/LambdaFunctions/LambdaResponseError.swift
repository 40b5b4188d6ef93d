// An answer that cannot be sent.

/// Why an answer was not sent.
public enum LambdaResponseError: Error, Sendable, Hashable, CustomStringConvertible, LambdaErrorConvertible {
    /// The answer's body has this many bytes, more than ``LambdaLimits/maximumPayloadSize``.
    case tooLarge(Int)
    /// The invocation has been answered: it has one answer, and nothing can be added to it.
    case alreadyGiven
    /// The function returned without an answer.
    case notGiven
    /// The connection that a streamed answer went over is gone, or the platform took no more; this is what it said.
    case streamBroken(String)

    public var description: String {
        switch self {
        case .tooLarge(let size):
            """
            the answer has \(size) bytes, more than the \(LambdaLimits.maximumPayloadSize) that Lambda allows; \
            return less, or put the result into S3 and return its key
            """
        case .alreadyGiven: "the invocation has been answered; send one answer, and finish a stream once"
        case .notGiven: "the function returned without an answer; send one, an empty one if there is nothing to say"
        case .streamBroken(let reason): "the streamed answer was cut off: \(reason)"
        }
    }

    public var lambdaErrorType: String {
        switch self {
        case .tooLarge: "Function.ResponseSizeTooLarge"
        case .alreadyGiven: "Function.ResponseAlreadyGiven"
        case .notGiven: "Function.ResponseNotGiven"
        case .streamBroken: "Function.ResponseStreamBroken"
        }
    }
}
