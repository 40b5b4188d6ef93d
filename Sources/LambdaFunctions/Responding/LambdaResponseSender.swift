// Work after the response.

/// Sends the response of an invocation while the function runs.
///
/// ```swift
/// try await LambdaRuntime(continuingAfterResponse: { payload, response, context in
///     try response.send(LambdaResponse(body: Array("accepted".utf8), contentType: "text/plain"))
///     try await record(payload)
/// }).run()
/// ```
public struct LambdaResponseSender: Sendable {
    private let response: InvocationResponse

    init(_ response: InvocationResponse) {
        self.response = response
    }

    /// Sends the response; the caller has it at once. Blocks the thread for the few microseconds of one local request.
    ///
    /// - Throws: `LambdaResponseError.tooLarge` or `.malformedContentType`, after which another response may be sent;
    ///   `.alreadyGiven`; `.refused` or `.undelivered` when Lambda did not take it.
    public func send(_ response: LambdaResponse) throws(LambdaResponseError) {
        try self.response.send(response)
    }

    /// Sends the response, JSON as bytes.
    public func send(_ body: [UInt8]) throws(LambdaResponseError) {
        try response.send(LambdaResponse(body: body))
    }
}

extension LambdaRuntime {
    /// A runtime for a function of raw bytes that responds and continues.
    ///
    /// ```swift
    /// try await LambdaRuntime(continuingAfterResponse: { payload, response, context in
    ///     try response.send(Array(#"{"accepted":true}"#.utf8))
    ///     try await record(payload)
    /// }).run()
    /// ```
    ///
    /// Work after the response is billed and counts towards the invocation's timeout, and the next event waits until
    /// the function returns. An error before the response fails the invocation. An error after it is logged, because
    /// the caller has the response. Returning without a response is an error.
    public init(
        continuingAfterResponse body:
            @escaping @Sendable (_ payload: [UInt8], _ response: LambdaResponseSender, _ context: LambdaContext)
            async throws -> Void
    ) {
        self.init(kind: { .responding(ContinuingHandler(body: body)) })
    }

    /// A runtime for a function of raw bytes that responds and continues, and receives a value created in the init
    /// phase.
    public init<State: Sendable>(
        initializing makeState: @escaping @Sendable () async throws -> State,
        continuingAfterResponse body:
            @escaping @Sendable (
                _ payload: [UInt8], _ response: LambdaResponseSender, _ context: LambdaContext, _ state: State
            ) async throws -> Void
    ) {
        self.init(kind: {
            let state = try await makeState()
            return .responding(
                ContinuingHandler { payload, response, context in try await body(payload, response, context, state) }
            )
        })
    }
}

private struct ContinuingHandler: RespondingHandler {
    let body: @Sendable ([UInt8], LambdaResponseSender, LambdaContext) async throws -> Void

    func handle(_ payload: [UInt8], response: InvocationResponse, context: LambdaContext) async throws {
        try await body(payload, LambdaResponseSender(response), context)
    }
}
