// Functions that stream their responses.

@_exported public import LambdaFunctions

/// A function that sends its response in pieces.
///
/// ```swift
/// struct Echo: StreamingLambdaHandler {
///     func handle(_ payload: [UInt8], response: LambdaResponseStream, context: LambdaContext) async throws {
///         try response.write(payload)
///     }
/// }
///
/// try await LambdaRuntime(streaming: Echo()).run()
/// ```
public protocol StreamingLambdaHandler: Sendable {
    /// Handles one invocation.
    ///
    /// - Parameters:
    ///   - payload: the bytes of the event.
    ///   - response: sends the response. What was not finished at the return is finished then; an error thrown before the
    ///     first byte fails the invocation, and one thrown after it ends the response as incomplete.
    ///   - context: the invocation's identity, deadline and logger.
    /// - Throws: any error. Before the first byte the invocation fails with it; after that the response ends as
    ///   incomplete.
    func handle(_ payload: [UInt8], response: LambdaResponseStream, context: LambdaContext) async throws
}

extension LambdaRuntime {
    /// A runtime for a handler that streams its responses.
    public init(streaming handler: some StreamingLambdaHandler) {
        let streaming = StreamingFunction(handler: handler, connections: ConnectionPool())
        self.init(kind: { .responding(streaming) })
    }

    /// A runtime for a function of raw bytes that streams its response.
    ///
    /// ```swift
    /// try await LambdaRuntime(streaming: { payload, response, context in
    ///     try response.write(HTTPResponseHead(statusCode: 200, headers: ["content-type": "text/plain"]))
    ///     for number in 1...10 { try response.write("\(number)\n") }
    /// }).run()
    /// ```
    ///
    /// The function must be invoked in a way that streams: by a function URL with the invoke mode `RESPONSE_STREAM`, by
    /// `InvokeWithResponseStream`, or through API Gateway in streaming mode. An event source mapping does not stream.
    public init(
        streaming body:
            @escaping @Sendable (_ payload: [UInt8], _ response: LambdaResponseStream, _ context: LambdaContext)
            async throws -> Void
    ) {
        self.init(streaming: ClosureStreamingHandler(body: body))
    }

    /// A runtime for a function of raw bytes that streams its response, and receives what the init phase made.
    public init<State: Sendable>(
        initializing makeState: @escaping @Sendable () async throws -> State,
        streaming body:
            @escaping @Sendable (
                _ payload: [UInt8], _ response: LambdaResponseStream, _ context: LambdaContext, _ state: State
            ) async throws -> Void
    ) {
        self.init(initializingStreaming: {
            let state = try await makeState()
            return ClosureStreamingHandler { payload, response, context in
                try await body(payload, response, context, state)
            }
        })
    }

    /// A runtime whose streaming handler is made during Lambda's init phase.
    public init(
        initializingStreaming makeHandler: @escaping @Sendable () async throws -> some StreamingLambdaHandler
    ) {
        self.init(kind: {
            .responding(StreamingFunction(handler: try await makeHandler(), connections: ConnectionPool()))
        })
    }
}

private struct ClosureStreamingHandler: StreamingLambdaHandler {
    let body: @Sendable ([UInt8], LambdaResponseStream, LambdaContext) async throws -> Void

    func handle(_ payload: [UInt8], response: LambdaResponseStream, context: LambdaContext) async throws {
        try await body(payload, response, context)
    }
}

private struct StreamingFunction: RespondingHandler {
    let handler: any StreamingLambdaHandler
    let connections: ConnectionPool

    func handle(_ payload: [UInt8], response: InvocationResponse, context: LambdaContext) async throws {
        let response = LambdaResponseStream(response, connections: connections)
        do {
            try await handler.handle(payload, response: response, context: context)
        } catch {
            // A stream that breaks while it reports the error has reported all that it can.
            if response.isUnderWay { try? response.fail(error) }
            throw error
        }
        // A function that wrote nothing has an empty response.
        if response.isOpen || response.isUnderWay { try response.finish() }
    }
}
