// What the tests of spans share: a tracer that reads a trace's parent, and a runtime that it watches.

#if Tracing
import HTTPScripting
import InMemoryTracing
import Logging
import Tracing

@testable import LambdaFunctions

/// Keeps spans in memory and extracts parents as the tracers of W3C's Trace Context do.
struct PropagatingTracer: Tracer {
    typealias Span = InMemorySpan

    let spans = InMemoryTracer()

    func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> ServiceContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> InMemorySpan {
        spans.startSpan(
            operationName,
            context: context(),
            ofKind: kind,
            at: instant(),
            function: function,
            file: fileID,
            line: line
        )
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout ServiceContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let parts = extractor.extract(key: "Traceparent", from: carrier)?.split(separator: "-") else { return }
        context.inMemorySpanContext = InMemorySpanContext(
            traceID: String(parts[1]),
            spanID: String(parts[2]),
            parentSpanID: nil
        )
    }

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {}

    func forceFlush() { spans.forceFlush() }

    func span(_ name: String) -> FinishedInMemorySpan? { spans.finishedSpans.first { $0.operationName == name } }
}

/// Serves `events` with a runtime that `tracer` watches, and gives what was posted.
func serve(
    _ events: [ScriptedRuntimeAPI.Event],
    by runtime: LambdaRuntime,
    tracer: PropagatingTracer?,
    _ variables: [String: String] = [:]
) async throws -> [ScriptedRuntimeAPI.Request] {
    let api = try ScriptedRuntimeAPI(events)
    defer { api.stop() }
    let environment = FunctionEnvironment(publishesTraceID: false) { name in
        switch name {
        case "AWS_LAMBDA_RUNTIME_API": api.endpoint
        case "AWS_LAMBDA_FUNCTION_NAME": "orders"
        case "AWS_LAMBDA_FUNCTION_VERSION": "7"
        default: variables[name]
        }
    }
    var logger = Logger(label: "tests")
    logger.logLevel = .critical
    let log = RuntimeLog(logger)
    // The script ends with a status at which a runtime leaves.
    do {
        if let tracer {
            try await withTracer(tracer) { try await runtime.run(in: environment, log: log) }
        } else {
            try await runtime.run(in: environment, log: log)
        }
    } catch is RuntimeExit {}
    return api.posts
}
#endif
