// Posts each change of an order to a web service: many orders at once, the changes of each in their order.

import LambdaStreamsAWS

/// The web service.
struct Subscriber: Sendable {
    let url: String
    let http: HTTPClient

    /// - Throws: ``SubscriberError``.
    func post(_ record: StreamRecord, within time: Duration) async throws(SubscriberError) {
        let request = HTTPRequest(
            .post,
            url,
            headers: [
                ("Content-Type", "application/json"),
                // The same in every delivery, so that the service can tell a change that it has.
                ("Idempotency-Key", record.eventID ?? ""),
            ],
            body: record.json,
            timeout: min(time, .seconds(10))
        )
        let status: Int
        do throws(CurlError) {
            status = try await http.send(request).status
        } catch {
            throw .unreachable(error)
        }
        guard (200..<300).contains(status) else { throw .refused(status: status) }
    }
}

/// A change that was not posted.
enum SubscriberError: ClassifiedFailure, CustomStringConvertible {
    case unreachable(CurlError)
    case refused(status: Int)

    /// When the service is down or busy, the record is not at fault: it is delivered again and never becomes a dead letter.
    /// A request that the service does not understand will not be understood the next time.
    var failureKind: FailureKind {
        switch self {
        case .unreachable, .refused(408), .refused(429), .refused(500...): .elsewhere
        case .refused: .permanent
        }
    }

    var description: String {
        switch self {
        case .unreachable(let error): "the subscriber cannot be reached: \(error)"
        case .refused(let status): "the subscriber responded with HTTP \(status)"
        }
    }
}

@main
struct KeyedFanOut {
    static func main() async throws {
        let variables = AWSEnvironment.process
        // One client for the life of the process: it keeps its connections.
        let subscriber = Subscriber(url: try variables.required("SUBSCRIBER_URL"), http: HTTPClient())
        let deadLetters = SQSDeadLetterQueue(url: try variables.required("DEAD_LETTER_QUEUE"))
        try await LambdaRuntime(processor(subscriber, deadLetters)).run()
    }

    static func processor(
        _ subscriber: Subscriber,
        _ deadLetters: some DeadLetterSink
    ) -> BatchProcessor<StreamRecord> {
        // A failure stops its own order only: the others of the batch are posted all the same.
        BatchProcessor(order: .perKey(maxConcurrency: 32)) {
            (record: StreamRecord, context: RecordContext) in
            try await subscriber.post(record, within: context.remainingTime)
        }
        .retried(.exponential(attempts: 3))
        .deadLettered(after: 3, to: deadLetters)
    }
}
