// The loop that the Runtime API prescribes: get an invocation, handle it, post its outcome, repeat.

internal import CurlTransport
internal import Logging

/// Serves invocations one at a time over one connection.
///
/// The connection blocks the loop's thread while it waits for the next event. The platform expects that (the
/// environment is frozen meanwhile), and it keeps thread hops out of an invocation: the handler starts on the thread
/// that read the event.
struct InvocationLoop {
    let client: RuntimeAPIClient
    let function: FunctionKind
    let environment: FunctionEnvironment
    let log: RuntimeLog
    let retry: RetrySchedule
    /// Nil: handlers are left to the platform's own timeout.
    let deadlineCancellation: DeadlineCancellation?
    /// Whether the invocation's logger is swift-log's current one while its handler runs.
    let bindsLogger: Bool
    /// The thread that the loop runs on; nil on the main thread.
    let thread: WorkerThread?
    #if Tracing
    /// Nil: the program has no tracer.
    var tracing: InvocationTracing?
    #endif

    /// Runs until the task is canceled or the wait for events interrupted; throws `RuntimeExit` when the process must
    /// end.
    ///
    /// The closures name `isolation`, here and in `serve`: one that does not name its caller's would run on another
    /// thread, which costs a start 0.1 ms and each invocation a hop.
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
            // Wakes the thread that waits for an event. One that posts a response finishes it first.
            interruption.interrupt()
        }
    }

    private func serveEvents() async throws {
        var unsettled: Unsettled?
        while !client.interruption.hasBegun {
            guard let invocation = try await nextInvocation() else { return }
            if let last = unsettled, last.attempt == invocation.attempt {
                unsettled = try await settle(again: invocation, last)
            } else {
                let outcome = try await serve(invocation)
                unsettled = outcome.map { Unsettled(attempt: invocation.attempt, outcome: $0) }
            }
            #if Tracing
            tracing?.flush()
            #endif
        }
    }

    /// Waits for an invocation. Nil: the wait was interrupted.
    private func nextInvocation() async throws -> Invocation? {
        var failures = 0
        var empty = 0
        while true {
            let pause: Duration
            switch client.next() {
            case .invocation(let invocation): return invocation
            case .unrecoverable(let status): throw RuntimeExit.runtimeAPIUnrecoverable(during: "/next", status: status)
            case .nothingYet:
                failures = 0
                empty += 1
                pause = retry.idlePause(after: empty)
            case .failed(let reason):
                guard !client.interruption.hasBegun else { return nil }
                failures += 1
                guard let next = retry.pause(after: failures) else {
                    throw RuntimeExit.runtimeAPIUnreachable(attempts: failures, reason: reason)
                }
                log.logger.warning("the request for the next event failed and is tried again: \(reason)")
                pause = next
            }
            guard (try? await Task.sleep(for: pause)) != nil, !client.interruption.hasBegun else { return nil }
        }
    }

    /// - Returns: the outcome, if the Runtime API may not have it.
    private func serve(_ invocation: Invocation, isolation: isolated (any Actor)? = #isolation) async throws -> Outcome?
    {
        let identity = invocation.identity
        let context: LambdaContext
        do {
            context = try LambdaContext(invocation, environment: environment, log: log)
        } catch {
            let logger = log.logger(requestID: identity.requestID, tenantID: nil)
            return try fail(identity, error, logger: logger)
        }
        if environment.publishesTraceID { TraceVariable.process.set(context.traceID) }
        return try await LambdaContext.$current.withValue(context) {
            _ = isolation
            #if Tracing
            if let tracing {
                return try await tracing.inSpan(of: context) { try await serve(invocation, context) }
            }
            #endif
            return try await serve(invocation, context)
        }
    }

    private func serve(_ invocation: Invocation, _ context: LambdaContext) async throws -> Outcome? {
        guard bindsLogger else { return try await serveByHandler(invocation, context) }
        return try await withLogger(context.logger) { _ in try await serveByHandler(invocation, context) }
    }

    private func serveByHandler(_ invocation: Invocation, _ context: LambdaContext) async throws -> Outcome? {
        switch function {
        case .buffered(let handler): try await serve(invocation, context, by: handler)
        case .responding(let handler): try await serve(invocation, context, by: handler)
        }
    }

    private func serve(_ invocation: Invocation, _ context: LambdaContext, by handler: any LambdaHandler) async throws
        -> Outcome?
    {
        let identity = invocation.identity
        let response: LambdaResponse
        do {
            if let deadlineCancellation, let deadline = context.deadline {
                let payload = invocation.payload
                response = try await deadlineCancellation.run(until: deadline, on: thread) {
                    try await handler.handle(payload, context: context)
                }
            } else {
                response = try await handler.handle(invocation.payload, context: context)
            }
            try response.validate()
        } catch {
            return try fail(identity, error, logger: context.logger)
        }
        return try conclude(identity, client.respond(to: identity, with: response), of: response, context.logger)
    }

    /// Serves by a handler that sends its response itself. An error after the response goes to the log only: the caller
    /// has the response.
    private func serve(_ invocation: Invocation, _ context: LambdaContext, by handler: any RespondingHandler)
        async throws -> Outcome?
    {
        let identity = invocation.identity
        let response = InvocationResponse(client: client, identity: identity)
        let payload = invocation.payload
        var failure: (any Error)?
        do {
            if let deadlineCancellation, let deadline = context.deadline {
                try await deadlineCancellation.run(until: deadline, on: thread) {
                    try await handler.handle(payload, response: response, context: context)
                }
            } else {
                try await handler.handle(payload, response: response, context: context)
            }
        } catch {
            failure = error
        }
        if response.close() {
            return try fail(identity, failure ?? LambdaResponseError.notGiven, logger: context.logger)
        }
        if let failure { note(failure, "the function failed after its response had begun", logger: context.logger) }
        guard let outcome = response.outcome else { return nil }
        return try conclude(identity, outcome, of: response.undelivered, context.logger)
    }

    private func fail(_ identity: InvocationIdentity, _ error: any Error, logger: Logger) throws -> Outcome? {
        let report = ErrorReport(error)
        note(error, "the invocation failed", logger: logger)
        logger.debug("the error in full: \(report.errorMessage)")
        return try settle(client.report(report, for: identity), logger, "/error") ? nil : .failure(report)
    }

    private func note(_ error: any Error, _ message: Logger.Message, logger: Logger) {
        let failure = LoggedFailure(error)
        logger.error(message, error: failure)
        #if Tracing
        InvocationTracing.span?.record(failure)
        #endif
    }

    /// Settles an invocation by what became of its response.
    ///
    /// One that could not be sent fails, or the platform would hand its event out again and the handler would run twice.
    /// One that was lost on its way, or refused, is kept.
    private func conclude(
        _ identity: InvocationIdentity,
        _ outcome: RuntimeAPIClient.PostOutcome,
        of response: LambdaResponse?,
        _ logger: @autoclosure () -> Logger
    ) throws -> Outcome? {
        if case .unsendable(let reason) = outcome {
            return try fail(identity, LambdaResponseError.undelivered(reason), logger: logger())
        }
        guard let error = LambdaResponseError(outcome), try !settle(outcome, logger(), "/response") else { return nil }
        return response.map(Outcome.response) ?? .failure(ErrorReport(error))
    }

    /// - Returns: whether the Runtime API has the outcome, as far as is known.
    private func settle(
        _ outcome: RuntimeAPIClient.PostOutcome,
        _ logger: @autoclosure () -> Logger,
        _ path: String
    ) throws -> Bool {
        switch outcome {
        case .accepted: return true
        case .tooLate:
            logger().warning("the post to \(path) came after the invocation had timed out")
            return true
        case .tooLarge:
            // The platform has already failed the invocation with Function.ResponseSizeTooLarge; an /error would get 403.
            logger().error("the Runtime API refused the response as too large")
            return true
        case .unrecoverable(let status): throw RuntimeExit.runtimeAPIUnrecoverable(during: path, status: status)
        case .refused(let status, let reason):
            logger().error("the Runtime API refused the post to \(path) with \(status): \(reason)")
        case .unsendable(let reason), .undelivered(let reason):
            logger().error("the post to \(path) could not be delivered: \(reason)")
        }
        return false
    }
}

/// The outcome of an invocation.
private enum Outcome {
    case response(LambdaResponse)
    case failure(ErrorReport)
}

/// An attempt at an invocation whose outcome the Runtime API refused, or may not have.
private struct Unsettled {
    let attempt: Invocation.Attempt
    let outcome: Outcome
    var repetitions = 0
}

extension InvocationLoop {
    /// Settles an attempt that the Runtime API hands out again although it was handled. The handler must not run twice.
    /// The outcome is posted again: the platform shows that it does not have it.
    ///
    /// - Returns: nil when the Runtime API has taken the outcome.
    private func settle(again invocation: Invocation, _ last: Unsettled) async throws -> Unsettled? {
        var unsettled = last
        unsettled.repetitions += 1
        let identity = invocation.identity
        let logger = log.logger(requestID: identity.requestID, tenantID: nil)
        logger.warning("the Runtime API does not have the outcome of the invocation and delivered it again")
        let isSettled: Bool
        switch last.outcome {
        case .response(let response):
            isSettled = try settle(client.respond(to: identity, with: response), logger, "/response")
        case .failure(let report): isSettled = try settle(client.report(report, for: identity), logger, "/error")
        }
        if isSettled { return nil }
        guard let pause = retry.pause(after: unsettled.repetitions) else {
            throw RuntimeExit.runtimeAPIUnreachable(
                attempts: unsettled.repetitions,
                reason: "it takes no outcome of the invocation \(identity.requestID)"
            )
        }
        try? await Task.sleep(for: pause)
        return unsettled
    }
}
