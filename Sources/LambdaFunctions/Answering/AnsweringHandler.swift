// Functions that answer before they return: the way in for response streaming and for work after the answer.

/// A function that sends its answer itself. What it does after that belongs to the same invocation.
package protocol AnsweringHandler: Sendable {
    func handle(_ payload: [UInt8], context: LambdaContext, answer: InvocationAnswer) async throws
}

/// What a runtime runs.
package enum FunctionKind: Sendable {
    case buffered(any LambdaHandler)
    case answering(any AnsweringHandler)
}
