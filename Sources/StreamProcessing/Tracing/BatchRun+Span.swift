// The attributes that the span of an invocation has for its batch, with the package's trait `Tracing`.

#if Tracing
internal import LambdaFunctions
internal import Tracing

extension BatchRun {
    /// Describes the batch in its invocation's span, which then links to the traces that its messages were sent in.
    func describeInSpan() {
        guard let span = InvocationTracing.span else { return }
        span.updateAttributes { attributes in
            let sourceARN = records.first?.identity?.sourceARN
            attributes.describe(Record.self, from: sourceARN.flatMap(SourceName.init))
            attributes["messaging.batch.message_count"] = records.count
        }
        let tracer = InstrumentationSystem.tracer
        for record in records { record.link(span, by: tracer) }
    }
}
#endif
