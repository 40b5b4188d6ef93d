// What a function is to the runtime: bytes in, an answer out, once per invocation.

/// A function: takes the bytes of one event and answers.
///
/// A `BatchProcessor` is one; so is any type of yours. Bring no state that an invocation changes without protecting
/// it: on Lambda Managed Instances several invocations run at once.
public protocol LambdaHandler: Sendable {
    /// Handles one invocation.
    ///
    /// - Parameters:
    ///   - payload: the event as it came, at most 6,291,556 bytes. Keeping it after the return costs a new buffer
    ///     for the next event; nothing else.
    ///   - context: the invocation's identity, deadline and logger.
    /// - Returns: the answer, at most 6,291,556 bytes of body.
    /// - Throws: anything; the invocation fails with it, and the process goes on to the next one.
    func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse
}

/// The answer to one invocation.
public struct LambdaResponse: Sendable, Hashable {
    public var body: [UInt8]
    /// The media type that the caller of the function sees.
    public var contentType: String

    public init(body: [UInt8], contentType: String = "application/json") {
        self.body = body
        self.contentType = contentType
    }
}

/// The platform's fixed sizes.
public enum LambdaLimits {
    /// The largest event and the largest answer of a buffered invocation, in bytes: 6 MiB and 100 bytes, the number in
    /// the 413 reply of AWS's own Runtime API server (aws-lambda-runtime-interface-emulator, `interop/model.go`).
    public static let maximumPayloadSize = 6 * 1024 * 1024 + 100
}

/// A closure in the place of a handler.
struct ClosureHandler: LambdaHandler {
    let body: @Sendable ([UInt8], LambdaContext) async throws -> [UInt8]

    func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
        LambdaResponse(body: try await body(payload, context))
    }
}
