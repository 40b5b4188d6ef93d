// Work after the answer: a function that answers its caller and then goes on.

/// The answer of an invocation, sent while the function runs.
public struct LambdaAnswer: Sendable {
    private let answer: InvocationAnswer

    init(_ answer: InvocationAnswer) {
        self.answer = answer
    }

    /// Sends the answer; the caller has it at once. Blocks the thread for the few microseconds of one local request.
    ///
    /// - Throws: `LambdaResponseError.tooLarge`, after which a smaller one may be sent, or `.alreadyGiven`.
    public func send(_ response: LambdaResponse) throws(LambdaResponseError) {
        try answer.send(response)
    }

    /// Sends the answer, JSON as bytes.
    public func send(_ body: [UInt8]) throws(LambdaResponseError) {
        try answer.send(LambdaResponse(body: body))
    }
}

extension LambdaRuntime {
    /// A runtime for a function of raw bytes that answers and goes on.
    ///
    /// ```swift
    /// try await LambdaRuntime(answering: { payload, context, answer in
    ///     try answer.send(Array(#"{"accepted":true}"#.utf8))
    ///     try await writeReport(payload)
    /// }).run()
    /// ```
    ///
    /// What it does after the answer is billed and bounded by the invocation's timeout like the rest, and the next event
    /// waits for its return. An error before the answer fails the invocation; one after it is logged, since the caller
    /// has the answer already. To return without an answer is an error.
    public init(
        answering body:
            @escaping @Sendable (_ payload: [UInt8], _ context: LambdaContext, _ answer: LambdaAnswer) async throws ->
            Void
    ) {
        self.init(kind: { .answering(ClosureAnsweringHandler(body: body)) })
    }
}

private struct ClosureAnsweringHandler: AnsweringHandler {
    let body: @Sendable ([UInt8], LambdaContext, LambdaAnswer) async throws -> Void

    func handle(_ payload: [UInt8], context: LambdaContext, answer: InvocationAnswer) async throws {
        try await body(payload, context, LambdaAnswer(answer))
    }
}
