// The span of an invocation: its parent, what it says, its errors.

#if Tracing
import HTTPScripting
import InMemoryTracing
import SharedState
import Testing
import Tracing

@testable import LambdaFunctions

@Suite("The span of an invocation")
struct InvocationSpanTests {
    typealias Event = ScriptedRuntimeAPI.Event

    private let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8"

    private func event(_ id: String, _ body: String = "{}", arn: String? = nil, trace: String? = nil) -> Event {
        let arn = arn.map { [("Lambda-Runtime-Invoked-Function-Arn", $0)] } ?? []
        return Event(body, requestID: id, headers: arn + (trace.map { [("Lambda-Runtime-Trace-Id", $0)] } ?? []))
    }

    @Test("says which function, which invocation and whether it is the process's first")
    func attributes() async throws {
        let tracer = PropagatingTracer()
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:orders"
        let events = [event("a", arn: arn + ":live"), event("b", arn: arn), event("c")]
        _ = try await serve(events, by: LambdaRuntime { payload, _ in payload }, tracer: tracer)
        let spans = tracer.spans.finishedSpans
        #expect(spans.map(\.operationName) == ["orders", "orders", "orders"])
        #expect(spans.map(\.kind) == [.server, .server, .server])
        #expect(spans.map { $0.attributes.get("faas.invocation_id") } == ["a", "b", "c"])
        #expect(spans.map { $0.attributes.get("faas.coldstart") } == [true, false, false])
        #expect(spans[0].attributes.get("aws.lambda.invoked_arn") == "\(arn):live")
        #expect(spans[0].attributes.get("cloud.account.id") == "123456789012")
        // The alias is replaced by what it stands for.
        #expect(spans.map { $0.attributes.get("cloud.resource_id") } == ["\(arn):7", "\(arn)", nil])
        #expect(spans.allSatisfy { $0.status == nil && $0.errors.isEmpty && $0.parentSpanID == nil })
    }

    @Test("is a child of the segment that X-Ray's header names, where that is sampled")
    func parent() async throws {
        let tracer = PropagatingTracer()
        let headers = [trace + ";Sampled=1", trace + ";Sampled=0", "Root=1-5759e988-bd862e3fe1be46a994272793", nil]
        let events = headers.enumerated().map { event("\($0)", trace: $1) }
        _ = try await serve(events, by: LambdaRuntime { payload, _ in payload }, tracer: tracer)
        let spans = tracer.spans.finishedSpans
        #expect(spans.map(\.parentSpanID) == ["53995c3f42cd8ad8", nil, nil, nil])
        #expect(spans[0].traceID == "5759e988bd862e3fe1be46a994272793")
        #expect(Set(spans.map(\.traceID)).count == 4)
    }

    @Test("is what the handler's own spans are children of, also in a task of its own")
    func children() async throws {
        let tracer = PropagatingTracer()
        let runtime = LambdaRuntime { payload, _ in withSpan("query") { _ in payload } }
        let events = [event("a"), event("b")]
        _ = try await serve(events, by: runtime.cancellingBeforeDeadline(), tracer: tracer)
        let spans = tracer.spans.finishedSpans
        #expect(spans.map(\.operationName) == ["query", "orders", "query", "orders"])
        #expect(spans[0].parentSpanID == spans[1].spanID && spans[2].parentSpanID == spans[3].spanID)
        #expect(spans[0].traceID != spans[2].traceID)
    }

    @Test("has the handler's error as logs have it, without what it carries")
    func failure() async throws {
        struct Refused: Error { let card = "4111-1111" }
        let tracer = PropagatingTracer()
        let runtime = LambdaRuntime { _, _ in throw Refused() }
        let posts = try await serve([event("a")], by: runtime, tracer: tracer)
        #expect(posts.map(\.path.lastPathComponent) == ["error"])
        let span = try #require(tracer.spans.finishedSpans.first)
        #expect(span.status == SpanStatus(code: .error, message: "Refused"))
        #expect(span.attributes.get("error.type") == "Function.Refused")
        let recorded = try #require(span.errors.first)
        #expect(span.errors.count == 1 && "\(recorded.error)" == "Refused")
        #expect(recorded.attributes.get("exception.type") == "Function.Refused")
        #expect(recorded.attributes.get("exception.message") == "Refused")
    }

    @Test("has the errors that are the runtime's to find, and those after a response")
    func otherFailures() async throws {
        struct Late: Error {}
        let tracer = PropagatingTracer()
        let tooLarge = LambdaRuntime { _, _ in [UInt8](repeating: 0, count: LambdaLimits.maximumPayloadSize + 1) }
        _ = try await serve([event("a")], by: tooLarge, tracer: tracer)
        let late = LambdaRuntime(continuingAfterResponse: { payload, response, _ in
            try response.send(payload)
            throw Late()
        })
        let posts = try await serve([event("b")], by: late, tracer: tracer)
        #expect(posts.map(\.path.lastPathComponent) == ["response"])
        let types = tracer.spans.finishedSpans.map { $0.attributes.get("error.type") }
        #expect(types == ["Function.ResponseSizeTooLarge", "Function.Late"])
    }

    @Test("is sent before the environment is frozen, and left to the tracer where it never is")
    func flush() async throws {
        let runtime = LambdaRuntime { payload, _ in payload }
        for (concurrency, flushes) in [("1", 2), ("2", 0)] {
            let tracer = PropagatingTracer()
            let variables = ["AWS_LAMBDA_MAX_CONCURRENCY": concurrency]
            _ = try await serve([event("a"), event("b")], by: runtime, tracer: tracer, variables)
            #expect(tracer.spans.finishedSpans.count == 2)
            #expect(tracer.spans.numberOfForceFlushes == flushes)
        }
    }

    @Test("without a tracer there is none, and no context that a library would take along")
    func noTracer() async throws {
        let context = Guarded<ServiceContext?>(.topLevel)
        let runtime = LambdaRuntime { payload, _ in
            context.withLock { $0 = ServiceContext.current }
            #expect(InvocationTracing.span == nil)
            return payload
        }
        let posts = try await serve([event("a", trace: trace + ";Sampled=1")], by: runtime, tracer: nil)
        #expect(posts.count == 1)
        #expect(context.withLock { $0 } == nil)
        #expect(InvocationTracing(FunctionEnvironment(publishesTraceID: false) { _ in nil }) == nil)
    }
}

@Suite("X-Ray's trace header as a traceparent")
struct TraceHeaderTests {
    private let root = "Root=1-5759e988-bd862e3fe1be46a994272793"
    private let parent = "Parent=53995c3f42cd8ad8"

    @Test("the same identifiers, in whatever order and beside whatever else they come")
    func identifiers() {
        let sampled = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
        for text in ["\(root);\(parent);Sampled=1", "Sampled=1;\(parent);Self=x;\(root);Lineage=a87bd80c:1|68fd508a:5"]
        {
            #expect(TraceHeader(text, for: .parent).traceParent == sampled)
            #expect(TraceHeader(text, for: .link).traceParent == sampled)
        }
        #expect(TraceHeader("\(root);\(parent);Sampled=0", for: .link).traceParent?.hasSuffix("-00") == true)
    }

    @Test(
        "none where an identifier is missing, or is none",
        arguments: [
            "", ";", "=", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", "Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=5759e988bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=1-5759e988-bd862e3fe1be46a99427279;Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995C3F42CD8AD8;Sampled=1",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000000;Sampled=1",
            "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=1-5759e988-bd862e3fe1be46a99427279é;Parent=53995c3f42cd8ad8;Sampled=1",
        ]
    )
    func unusable(text: String) {
        #expect(TraceHeader(text, for: .parent).traceParent == nil)
        #expect(TraceHeader(text, for: .link).traceParent == nil)
        #expect(TraceHeader(text, for: .parent).text == text)
    }
}

extension String {
    fileprivate var lastPathComponent: String { split(separator: "/").last.map(String.init) ?? "" }
}
#endif
