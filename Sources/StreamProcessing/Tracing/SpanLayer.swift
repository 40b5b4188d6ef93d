// A span for each record, with the package's trait `Tracing`, as a layer.

#if Tracing
internal import LambdaFunctions
internal import DynamoDBStreamEvents
internal import Tracing

extension RecordProcessor {
    /// Has a span for each attempt at a record, as a child of its invocation's: a custom layer.
    ///
    /// Ask for it where a record is worth a span of its own: a batch has up to 10,000 of them. It is there with the trait
    /// `Tracing`, and does nothing where the program has no tracer.
    ///
    /// A span is named and described as OpenTelemetry's conventions for FaaS and messaging say: by the queue, stream or
    /// table, the identifier that a response names the record by, and for a DynamoDB stream what was done to the item. It
    /// links to the trace that an SQS message was sent in. An error is recorded by its type and by what its author wrote
    /// of it, without the values that it carries.
    public func traced() -> Self {
        layered(SpanLayer<Record>())
    }
}

private struct SpanLayer<Record: BatchRecord>: RecordLayer {
    func handle(_ record: Record, context: RecordContext<Record>, next: any RecordHandler<Record>) async throws {
        let tracer = InstrumentationSystem.tracer
        guard !(tracer is NoOpTracer) else { return try await next.handle(record, context: context) }
        let source = record.identity.flatMap { SourceName($0.sourceARN) }
        let name = source.map { "process " + $0.text } ?? "process"
        let span = tracer.startSpan(name, ofKind: .consumer)
        defer { span.end() }
        span.updateAttributes { attributes in
            attributes.describe(Record.self, from: source)
            if let itemIdentifier = record.itemIdentifier { attributes["messaging.message.id"] = itemIdentifier }
            if let change = (record as? StreamRecord)?.eventName { attributes["faas.document.operation"] = change.verb }
        }
        record.link(span, by: tracer)
        try await ServiceContext.$current.withValue(span.context) {
            do {
                try await next.handle(record, context: context)
            } catch {
                span.record(failure: error)
                throw error
            }
        }
    }
}

/// What the conventions call a queue, a stream or a table: the end of its ARN, without what is behind a table's name.
struct SourceName {
    let text: String

    init?(_ arn: String) {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        let resource = parts[5].split(separator: "/")
        guard let name = resource.count > 1 ? resource[1] : resource.first else { return nil }
        text = String(name)
    }
}

extension SpanAttributes {
    /// Says what kind of event records of this type are, and where they come from.
    mutating func describe<Record: BatchRecord>(_ type: Record.Type, from source: SourceName?) {
        guard type != StreamRecord.self else {
            self["faas.trigger"] = "datasource"
            self["faas.document.collection"] = source?.text
            return
        }
        self["faas.trigger"] = "pubsub"
        self["messaging.operation.type"] = "process"
        self["messaging.destination.name"] = source?.text
        if type == SQSMessage.self { self["messaging.system"] = "aws_sqs" }
    }
}

extension BatchRecord {
    /// Links `span` to the trace that the record was sent in, where it says so.
    func link(_ span: any Span, by tracer: any Tracer) {
        guard let header = (self as? SQSMessage)?.attribute("AWSTraceHeader") else { return }
        var sender = ServiceContext.topLevel
        sender.extract(TraceHeader(header, for: .link), by: tracer)
        if !sender.isEmpty { span.addLink(SpanLink(context: sender, attributes: [:])) }
    }
}

extension EventName {
    fileprivate var verb: String {
        switch self {
        case .insert: "insert"
        case .modify: "edit"
        case .remove: "delete"
        case .other(let name): name
        }
    }
}
#else

extension RecordProcessor {
    @available(*, unavailable, message: "enable this package's trait Tracing: .package(url: …, traits: [\"Tracing\"])")
    public func traced() -> Self { self }
}
#endif
