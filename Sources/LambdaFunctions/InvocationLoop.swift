// The loop that the Runtime API prescribes: ask for an invocation, handle it, post what came of it, ask again.

internal import CurlTransport
internal import Logging

/// Serves invocations one at a time over one connection.
///
/// The connection blocks the thread that the loop's task runs on while it waits for the next event. That is what the
/// platform expects (the environment is frozen meanwhile), and it keeps every hop between threads out of an
/// invocation: the handler starts on the thread that read the event.
struct InvocationLoop {
    let client: RuntimeAPIClient
    let function: FunctionKind
    let environment: FunctionEnvironment
    let log: RuntimeLog
    let retry: RetrySchedule
    /// Nil: handlers are left to the platform's own timeout.
    let deadlineCancellation: DeadlineCancellation?
    #if Tracing
    /// Nil: the program has no tracer.
    var tracing: InvocationTracing?
    #endif

    /// Runs until the task is cancelled or the wait for events interrupted; throws `RuntimeExit` when the process must
    /// end.
    ///
    /// `isolation` is named by the closures, here and in `serve`: one that does not name its caller's would run on
    /// another thread, which costs a start 0.1 ms and each invocation a hop.
    func run(isolation: isolated (any Actor)? = #isolation) async throws {
        let interruption = client.interruption
        try await withTaskCancellationHandler {
            _ = isolation
            #if ServiceLifecycle
            try await endingAtShutdown(interruption) { try await serveEvents() }
            #else
            try await serveEvents()
            #endif
        } onCancel: {
            // Wakes the thread that waits for an event; one that posts an answer is left to finish it.
            interruption.interrupt()
        }
    }

    private func serveEvents() async throws {
        while !client.interruption.hasBegun {
            guard let invocation = try await nextInvocation() else { return }
            try await serve(invocation)
            #if Tracing
            tracing?.flush()
            #endif
        }
    }

    /// Waits for an invocation. Nil: the wait was interrupted.
    private func nextInvocation() async throws -> Invocation? {
        var failures = 0
        while true {
            switch client.next() {
            case .invocation(let invocation): return invocation
            case .nothingYet: failures = 0
            case .unrecoverable(let status): throw RuntimeExit.runtimeAPIUnrecoverable(during: "/next", status: status)
            case .failed(let reason):
                guard !client.interruption.hasBegun else { return nil }
                failures += 1
                guard let pause = retry.pause(after: failures) else {
                    throw RuntimeExit.runtimeAPIUnreachable(attempts: failures, reason: reason)
                }
                log.logger.warning("asking the Runtime API for the next event failed, trying again: \(reason)")
                guard (try? await Task.sleep(for: pause)) != nil else { return nil }
            }
            guard !client.interruption.hasBegun else { return nil }
        }
    }

    private func serve(_ invocation: Invocation, isolation: isolated (any Actor)? = #isolation) async throws {
        let identity = invocation.identity
        let context: LambdaContext
        do {
            context = try LambdaContext(invocation, environment: environment, log: log)
        } catch {
            let logger = log.logger(requestID: identity.requestID, tenantID: nil)
            return try fail(identity, error, logger: logger)
        }
        if environment.publishesTraceID { TraceVariable.process.set(context.traceID) }
        try await LambdaContext.$current.withValue(context) {
            _ = isolation
            #if Tracing
            if let tracing {
                return try await tracing.inSpan(of: context) { try await serve(invocation, context) }
            }
            #endif
            try await serve(invocation, context)
        }
    }

    private func serve(_ invocation: Invocation, _ context: LambdaContext) async throws {
        switch function {
        case .buffered(let handler): try await serve(invocation, context, by: handler)
        case .answering(let handler): try await serve(invocation, context, by: handler)
        }
    }

    private func serve(_ invocation: Invocation, _ context: LambdaContext, by handler: any LambdaHandler) async throws {
        let identity = invocation.identity
        let response: LambdaResponse
        do {
            if let deadlineCancellation, let deadline = context.deadline {
                let payload = invocation.payload
                response = try await deadlineCancellation.run(until: deadline) {
                    try await handler.handle(payload, context: context)
                }
            } else {
                response = try await handler.handle(invocation.payload, context: context)
            }
            guard response.body.count <= LambdaLimits.maximumPayloadSize else {
                throw LambdaResponseError.tooLarge(response.body.count)
            }
        } catch {
            return try fail(identity, error, logger: context.logger)
        }
        try settle(client.respond(to: identity, with: response), context.logger, "/response")
    }

    /// A handler that answers itself. An error after its answer is nobody's but the log's: the caller has the answer.
    private func serve(_ invocation: Invocation, _ context: LambdaContext, by handler: any AnsweringHandler)
        async throws
    {
        let answer = InvocationAnswer(client: client, identity: invocation.identity)
        let payload = invocation.payload
        var failure: (any Error)?
        do {
            if let deadlineCancellation, let deadline = context.deadline {
                try await deadlineCancellation.run(until: deadline) {
                    try await handler.handle(payload, context: context, answer: answer)
                }
            } else {
                try await handler.handle(payload, context: context, answer: answer)
            }
        } catch {
            failure = error
        }
        if answer.close() {
            return try fail(invocation.identity, failure ?? LambdaResponseError.notGiven, logger: context.logger)
        }
        if let failure {
            note(failure, "the function failed after its answer had begun", logger: context.logger)
        }
        if let outcome = answer.outcome { try settle(outcome, context.logger, "/response") }
    }

    private func fail(_ identity: InvocationIdentity, _ error: any Error, logger: Logger) throws {
        let report = ErrorReport(error)
        note(error, "the invocation failed", logger: logger)
        logger.debug("the error in full: \(report.errorMessage)")
        try settle(client.report(report, for: identity), logger, "/error")
    }

    private func note(_ error: any Error, _ message: Logger.Message, logger: Logger) {
        let failure = LoggedFailure(error)
        logger.error(message, error: failure)
        #if Tracing
        InvocationTracing.span?.record(failure)
        #endif
    }

    /// Draws the consequence of how the Runtime API took an answer. An answer is never posted twice: whatever the API
    /// thinks of it, the invocation is over, and the next one is independent of it.
    private func settle(
        _ outcome: RuntimeAPIClient.PostOutcome,
        _ logger: @autoclosure () -> Logger,
        _ path: String
    ) throws {
        switch outcome {
        case .accepted: break
        case .tooLate: logger().warning("the answer to \(path) came after the invocation had timed out")
        case .tooLarge:
            // The platform has already answered the caller with Function.ResponseSizeTooLarge; an /error would get 403.
            logger().error("the Runtime API refused the answer as too large")
        case .unrecoverable(let status): throw RuntimeExit.runtimeAPIUnrecoverable(during: path, status: status)
        case .refused(let status, let reason):
            logger().error("the Runtime API refused the answer to \(path) with \(status): \(reason)")
        case .undelivered(let reason): logger().error("the answer to \(path) could not be delivered: \(reason)")
        }
    }
}
