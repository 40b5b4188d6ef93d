// A span for each invocation, with the package's trait `Tracing`, for programs that have a tracer.

#if Tracing
internal import SharedState
package import Tracing

/// Makes the spans of invocations, by OpenTelemetry's conventions "Instrumenting AWS Lambda"
/// (https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/).
package final class InvocationTracing: Sendable {
    /// The span of the invocation that the task serves; nil where there is none.
    @TaskLocal package static var span: (any Span)?

    private let tracer: any Tracer
    private let isFirst = Guarded(true)
    /// Whether the environment is frozen between invocations, and what was not sent then has to wait.
    private let freezes: Bool

    /// Nil where the program has bootstrapped no tracer, which it must have done by the end of the init phase.
    init?(_ environment: FunctionEnvironment) {
        let tracer = InstrumentationSystem.tracer
        if tracer is NoOpTracer { return nil }
        self.tracer = tracer
        freezes = environment.maximumConcurrency == 1
    }

    /// Runs `body` in the span of an invocation. Its errors are recorded where they are reported.
    func inSpan<Result>(
        of context: LambdaContext,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async throws -> Result {
        var parent = ServiceContext.current ?? .topLevel
        if let traceID = context.traceID { parent.extract(TraceHeader(traceID, for: .parent), by: tracer) }
        let span = tracer.startSpan(context.functionName ?? "invocation", context: parent, ofKind: .server)
        defer { span.end() }
        let isFirst = isFirst.withLock { isFirst in
            defer { isFirst = false }
            return isFirst
        }
        span.updateAttributes { attributes in
            attributes["faas.invocation_id"] = context.requestID
            attributes["faas.coldstart"] = isFirst
            guard let arn = context.invokedFunctionARN else { return }
            attributes["aws.lambda.invoked_arn"] = arn
            let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count >= 7 else { return }
            attributes["cloud.account.id"] = String(parts[4])
            // An alias names one version today and another tomorrow.
            let version = parts.count > 7 ? context.functionVersion.map { ":" + $0 } : nil
            attributes["cloud.resource_id"] = parts[..<7].joined(separator: ":") + (version ?? "")
        }
        return try await ServiceContext.$current.withValue(span.context) {
            _ = isolation
            return try await Self.$span.withValue(span) {
                _ = isolation
                return try await body()
            }
        }
    }

    /// Has the tracer send what it keeps, before the next event is asked for and the environment frozen.
    func flush() {
        if freezes { (self as any SpanFlushing).flushSpans() }
    }
}

extension InvocationLoop {
    func traced(by tracing: InvocationTracing?) -> InvocationLoop {
        var loop = self
        loop.tracing = tracing
        return loop
    }
}

/// `forceFlush()` is deprecated together with its protocol, and has no successor. A call through this protocol gives no
/// warning.
private protocol SpanFlushing {
    func flushSpans()
}

extension InvocationTracing: SpanFlushing {
    @available(*, deprecated)
    func flushSpans() { tracer.forceFlush() }
}

extension Span {
    /// Records the text that a log line would have for `error`: an error carries the event's content, and as many
    /// people read traces as logs.
    package func record(failure error: any Error) {
        record(LoggedFailure(error))
    }

    func record(_ failure: LoggedFailure) {
        let type = failure.lambdaErrorType
        recordError(failure, attributes: ["exception.type": "\(type)", "exception.message": "\(failure)"])
        attributes["error.type"] = type
        setStatus(SpanStatus(code: .error, message: failure.description))
    }
}
#endif
