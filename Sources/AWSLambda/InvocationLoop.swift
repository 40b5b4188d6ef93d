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
    let handler: any LambdaHandler
    let environment: FunctionEnvironment
    let retry: RetrySchedule

    /// Runs until the task is cancelled; throws `RuntimeExit` when the process must end.
    func run() async throws {
        while !Task.isCancelled {
            guard let invocation = try await nextInvocation() else { return }
            try await serve(invocation)
        }
    }

    /// Waits for an invocation. Nil: the task was cancelled meanwhile.
    private func nextInvocation() async throws -> Invocation? {
        var failures = 0
        var lastFailure = ""
        while let pause = retry.pause(after: failures) {
            if failures > 0 {
                environment.makeLogger().warning(
                    "asking the Runtime API for the next event failed, trying again: \(lastFailure)"
                )
                guard (try? await Task.sleep(for: pause)) != nil else { return nil }
            }
            switch client.next() {
            case .invocation(let invocation): return invocation
            case .nothingYet: failures = 0
            case .unrecoverable(let status): throw RuntimeExit.runtimeAPIUnrecoverable(during: "/next", status: status)
            case .failed(let reason):
                failures += 1
                lastFailure = reason
            }
            guard !Task.isCancelled else { return nil }
        }
        throw RuntimeExit.runtimeAPIUnreachable(attempts: failures, reason: lastFailure)
    }

    private func serve(_ invocation: Invocation) async throws {
        let identity = invocation.identity
        do {
            let context = try LambdaContext(invocation, environment: environment)
            environment.traceVariable?.set(context.traceID)
            let response = try await handler.handle(invocation.payload, context: context)
            guard response.body.count <= LambdaLimits.maximumPayloadSize else {
                throw LambdaResponseError.tooLarge(response.body.count)
            }
            try settle(client.respond(to: identity, with: response), identity, "/response")
        } catch let exit as RuntimeExit {
            throw exit
        } catch {
            let report = ErrorReport(error)
            let logger = environment.makeLogger()
            logger.error(
                "the invocation failed: \(error.contentFreeDescription)",
                metadata: ["requestId": "\(identity.requestID)", "errorType": "\(report.errorType)"]
            )
            logger.debug("the error in full: \(report.errorMessage)")
            try settle(client.report(report, for: identity), identity, "/error")
        }
    }

    /// Draws the consequence of how the Runtime API took an answer. An answer is never posted twice: whatever the API
    /// thinks of it, the invocation is over, and the next one is independent of it.
    private func settle(_ outcome: RuntimeAPIClient.PostOutcome, _ identity: Invocation.Identity, _ path: String) throws
    {
        if outcome == .accepted { return }
        let logger = environment.makeLogger()
        let metadata: Logger.Metadata = ["requestId": "\(identity.requestID)"]
        switch outcome {
        case .accepted: break
        case .tooLate:
            logger.warning("the answer to \(path) came after the invocation had timed out", metadata: metadata)
        case .tooLarge:
            // The platform has already answered the caller with Function.ResponseSizeTooLarge; an /error would get 403.
            logger.error("the Runtime API refused the answer as too large", metadata: metadata)
        case .unrecoverable(let status): throw RuntimeExit.runtimeAPIUnrecoverable(during: path, status: status)
        case .refused(let status, let reason):
            logger.error("the Runtime API refused the answer to \(path) with \(status): \(reason)", metadata: metadata)
        case .undelivered(let reason):
            logger.error("the answer to \(path) could not be delivered: \(reason)", metadata: metadata)
        }
    }
}

/// An answer that cannot be sent.
public enum LambdaResponseError: Error, Sendable, Hashable, CustomStringConvertible, LambdaErrorConvertible {
    /// The answer's body has this many bytes, more than `LambdaLimits.maximumPayloadSize`.
    case tooLarge(Int)

    public var description: String {
        switch self {
        case .tooLarge(let size):
            """
            the answer has \(size) bytes, more than the \(LambdaLimits.maximumPayloadSize) that Lambda allows; \
            return less, or put the result into S3 and return its key
            """
        }
    }

    public var lambdaErrorType: String { "Function.ResponseSizeTooLarge" }
}
