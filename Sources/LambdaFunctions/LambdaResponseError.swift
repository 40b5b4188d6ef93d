// A response that cannot be sent, or that Lambda does not take.

internal import CurlTransport

/// Why Lambda does not have a response.
public enum LambdaResponseError: Error, Sendable, Hashable, CustomStringConvertible, LambdaErrorConvertible {
    /// The body has this many bytes, more than ``LambdaLimits/maximumPayloadSize``.
    case tooLarge(Int)
    /// The content type has a control character, a line break for instance, or more than 1,024 bytes.
    case malformedContentType
    /// The head of an HTTP response is malformed; the text says why.
    case malformedHead(String)
    /// The invocation has its response; it can have no other, and nothing can be added to it.
    case alreadyGiven
    /// The function returned without a response.
    case notGiven
    /// Lambda refused the response with this status, for this reason.
    case refused(status: Int, reason: String)
    /// The response, or the end of a streamed one, was lost on its way to Lambda, which may have it nevertheless.
    case undelivered(String)

    public var description: String {
        switch self {
        case .tooLarge(let size):
            """
            the response has \(size) bytes, more than the \(LambdaLimits.maximumPayloadSize) that Lambda allows; \
            return less, or put the result into S3 and return its key
            """
        case .malformedContentType:
            "the response's content type has a control character or more than \(Self.maximumContentTypeSize) bytes"
        case .malformedHead(let reason): "the head of the HTTP response is malformed: \(reason)"
        case .alreadyGiven: "the invocation has its response; send one response, and finish a stream once"
        case .notGiven: "the function returned without a response; send one, an empty one if there is nothing to say"
        case .refused(let status, let reason): "Lambda refused the response with \(status): \(reason)"
        case .undelivered(let reason): "the response could not be delivered: \(reason)"
        }
    }

    public var lambdaErrorType: String {
        switch self {
        case .tooLarge: "Function.ResponseSizeTooLarge"
        case .malformedContentType, .malformedHead: "Function.MalformedResponse"
        case .alreadyGiven: "Function.ResponseAlreadyGiven"
        case .notGiven: "Function.ResponseNotGiven"
        case .refused: "Function.ResponseRefused"
        case .undelivered: "Function.ResponseUndelivered"
        }
    }

    private static let maximumContentTypeSize = 1024

    /// - Throws: `.malformedContentType` for a value that a header cannot contain.
    package static func check(contentType: String) throws(LambdaResponseError) {
        guard contentType.utf8.count <= maximumContentTypeSize, HeaderText.isValue(contentType) else {
            throw .malformedContentType
        }
    }
}
