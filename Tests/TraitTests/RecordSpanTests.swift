// The spans of records and what an invocation's span says of its batch.

#if Tracing
import LambdaFunctions
import DynamoDBStreamEvents
import HTTPScripting
import InMemoryTracing
import StreamProcessing
import Testing
import Tracing

@Suite("The spans of records")
struct RecordSpanTests {
    struct Refused: Error { let card = "4111-1111" }

    private func change(_ index: Int, _ name: String) -> String {
        """
        {"eventID":"event-\(index)","eventName":"\(name)","eventSource":"aws:dynamodb","dynamodb":{\
        "Keys":{"id":{"S":"order-\(index)"}},"SequenceNumber":"51900004371743779171000\(index)"},\
        "eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/orders-table/stream/2026-09-17T12:49:54.528"}
        """
    }

    private func message(_ id: String, trace: String? = nil) -> String {
        let trace = trace.map { #","AWSTraceHeader":"\#($0)""# } ?? ""
        return """
            {"messageId":"\(id)","body":"","attributes":{"ApproximateReceiveCount":"1"\(trace)},\
            "eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-2:123456789012:orders-queue"}
            """
    }

    private func serve(_ records: [String], by handler: some LambdaHandler) async throws -> PropagatingTracer {
        let tracer = PropagatingTracer()
        let event = ScriptedRuntimeAPI.Event("{\"Records\":[\(records.joined(separator: ","))]}", requestID: "a")
        _ = try await TraitTests.serve([event], by: LambdaRuntime(handler), tracer: tracer)
        return tracer
    }

    @Test("the records of a table: children of the invocation, with what was done and where, and the handler's error")
    func stream() async throws {
        let handler = RawRecordHandler { (record: StreamRecord, _: RecordContext) in
            if record.eventName == .remove { throw Refused() }
            withSpan("query") { _ in }
        }
        let records = [change(1, "INSERT"), change(2, "MODIFY"), change(3, "REMOVE")]
        let tracer = try await serve(records, by: BatchProcessor(handler: handler).traced())
        let invocation = try #require(tracer.span("orders"))
        #expect(invocation.attributes.get("faas.trigger") == "datasource")
        #expect(invocation.attributes.get("faas.document.collection") == "orders-table")
        #expect(invocation.attributes.get("messaging.batch.message_count") == 3)
        // A record that failed is the mapping's business; the invocation succeeded.
        #expect(invocation.status == nil)
        let spans = tracer.spans.finishedSpans.filter { $0.operationName == "process orders-table" }
        #expect(spans.allSatisfy { $0.parentSpanID == invocation.spanID && $0.kind == .consumer })
        #expect(spans.map { $0.attributes.get("faas.document.operation") } == ["insert", "edit", "delete"])
        #expect(spans.last?.attributes.get("messaging.message.id") == "519000043717437791710003")
        #expect(spans.map { $0.attributes.get("error.type") } == [nil, nil, "Function.Refused"])
        #expect(spans.last?.status == SpanStatus(code: .error, message: "Refused"))
        #expect(spans.last?.errors.map { "\($0.error)" } == ["Refused"])
        #expect(tracer.span("query")?.parentSpanID == spans.first?.spanID)
    }

    @Test("the messages of a queue: each links to the trace that it was sent in, the invocation to all of them")
    func queue() async throws {
        let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
        let handler = RawRecordHandler { (_: SQSMessage, _: RecordContext) in }
        let processor = BatchProcessor(order: .unordered(maxConcurrency: 2), handler: handler).traced()
        let tracer = try await serve(
            [message("1", trace: trace), message("2"), message("3", trace: "?")],
            by: processor
        )
        let invocation = try #require(tracer.span("orders"))
        #expect(invocation.attributes.get("faas.trigger") == "pubsub")
        #expect(invocation.attributes.get("messaging.system") == "aws_sqs")
        #expect(invocation.attributes.get("messaging.destination.name") == "orders-queue")
        #expect(invocation.links.map { $0.context.inMemorySpanContext?.spanID } == ["53995c3f42cd8ad8"])
        let spans = tracer.spans.finishedSpans.filter { $0.operationName == "process orders-queue" }
        #expect(spans.count == 3 && spans.allSatisfy { $0.parentSpanID == invocation.spanID })
        let first = try #require(spans.first { $0.attributes.get("messaging.message.id") == "1" })
        #expect(first.links.map { $0.context.inMemorySpanContext?.traceID } == ["5759e988bd862e3fe1be46a994272793"])
        #expect(spans.filter { !$0.links.isEmpty }.count == 1)
    }

    @Test("a record that is tried again has a span for each attempt")
    func tries() async throws {
        let handler = RawRecordHandler { (_: StreamRecord, context: RecordContext) in
            if context.attempt < 3 { throw Refused() }
        }
        let retry = RetryPolicy.exponential(attempts: 3, firstPause: .milliseconds(1))
        let tracer = try await serve(
            [change(1, "INSERT")],
            by: BatchProcessor(handler: handler).traced().retried(retry)
        )
        #expect(tracer.spans.finishedSpans.filter { $0.operationName == "process orders-table" }.count == 3)
    }

    @Test("without `traced()` there is no span but the invocation's, and a record that says nothing is still handled")
    func none() async throws {
        let handler = RawRecordHandler { (_: StreamRecord, _: RecordContext) in }
        let plain = try await serve([change(1, "INSERT")], by: BatchProcessor(handler: handler))
        #expect(plain.spans.finishedSpans.map(\.operationName) == ["orders"])
        let bare = try await serve(
            [#"{"eventSourceARN":"x","dynamodb":{}}"#],
            by: BatchProcessor(handler: handler).traced()
        )
        #expect(bare.spans.finishedSpans.map(\.operationName) == ["process", "orders"])
    }
}
#endif
