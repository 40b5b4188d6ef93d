// The handler of a function: bytes in, a response out, once per invocation.

/// A function: takes the bytes of one event and returns a response.
///
/// A `BatchProcessor` is one; any type can be. Protect state that invocations change: on Lambda Managed Instances
/// several invocations run at once.
///
/// ```swift
/// struct Echo: LambdaHandler {
///     func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
///         LambdaResponse(body: payload)
///     }
/// }
///
/// try await LambdaRuntime(Echo()).run()
/// ```
public protocol LambdaHandler: Sendable {
    /// Handles one invocation.
    ///
    /// - Parameters:
    ///   - payload: the bytes of the event, at most 6,291,556. To keep them after the return costs a new buffer for
    ///     the next event.
    ///   - context: the invocation's identity, deadline and logger.
    /// - Returns: the response, at most 6,291,556 bytes of body.
    /// - Throws: anything; the invocation fails with it, and the process continues with the next one.
    func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse
}

/// The response to one invocation.
///
/// ```swift
/// struct Page: LambdaHandler {
///     func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
///         LambdaResponse(body: Array("<p>Hello</p>".utf8), contentType: "text/html")
///     }
/// }
/// ```
public struct LambdaResponse: Sendable, Hashable {
    /// The bytes that are posted to the Runtime API. At most 6 MB, which Lambda enforces.
    public var body: [UInt8]
    /// The media type that the caller of the function sees: at most 1,024 bytes without control characters. An
    /// invocation whose response has another fails with ``LambdaResponseError/malformedContentType``.
    public var contentType: String

    /// Creates a response. The content type is for callers other than event source mappings.
    public init(body: [UInt8], contentType: String = "application/json") {
        self.body = body
        self.contentType = contentType
    }
}

/// The platform's fixed sizes.
public enum LambdaLimits {
    /// The largest event and the largest response of a buffered invocation, in bytes: 6 MiB and 100 bytes, the number in
    /// the 413 reply of AWS's own Runtime API server (aws-lambda-runtime-interface-emulator, `interop/model.go`).
    public static let maximumPayloadSize = 6 * 1024 * 1024 + 100
}

/// A closure as a handler.
struct ClosureHandler: LambdaHandler {
    let body: @Sendable ([UInt8], LambdaContext) async throws -> [UInt8]

    func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
        LambdaResponse(body: try await body(payload, context))
    }
}
