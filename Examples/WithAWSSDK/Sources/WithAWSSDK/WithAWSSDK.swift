// Puts each change of an orders table on an Amazon EventBridge bus, by AWS's SDK for Swift.

import AWSEventBridge
import LambdaStreams

/// An item of the table: `{"id": S, "status": S}`.
struct Order: Codable, Sendable {
    let id: String
    let status: String
}

/// EventBridge took the request and not the event in it.
struct EventRefused: ClassifiedFailure, CustomStringConvertible {
    let code: String
    var failureKind: FailureKind { code == "InternalFailure" || code == "ThrottlingException" ? .elsewhere : .record }
    var description: String { "EventBridge refused the event: \(code)" }
}

@main
struct WithAWSSDK {
    static func main() async throws {
        try await LambdaRuntime(initializing: {
            // Made in the init phase, once for the life of the process.
            let bus = try await EventBridgeClient()
            return BatchProcessor(order: .perKey(maxConcurrency: 8)) {
                (change: ItemChange<Order>, context: RecordContext) in
                guard let order = change.new else { return }
                let entry = EventBridgeClientTypes.PutEventsRequestEntry(
                    detail: #"{"id":"\#(order.id)","status":"\#(order.status)"}"#,
                    detailType: "OrderChanged",
                    eventBusName: "orders",
                    source: "orders.table"
                )
                let output = try await bus.putEvents(input: PutEventsInput(entries: [entry]))
                // A request that succeeds may have events in it that did not.
                if let code = output.entries?.first?.errorCode { throw EventRefused(code: code) }
            }
            .retried(.exponential(attempts: 3))
        }).run()
    }
}
