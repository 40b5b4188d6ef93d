// A processor behind a mapping: what the settings make of one poison record.

import EventSourceMapping
import LambdaStreamsTesting
import Testing

private struct Sale: Codable, Sendable {
    let id: String
    let total: Double
}

private struct Refused: Error {}

@Suite("A processor behind a mapping")
struct MappingTests {
    private let processor = BatchProcessor { (change: ItemChange<Sale>, _: RecordContext) in
        guard let order = change.new, order.total >= 0 else { throw Refused() }
    }

    private func orders() throws -> StreamEvent {
        try StreamEvent.Builder(keys: "id")
            .insert(Sale(id: "o-1", total: 5))
            .insert(Sale(id: "o-2", total: -1))
            .insert(Sale(id: "o-3", total: 7))
            .build()
    }

    @Test("without bisect the healthy record behind a poison one is discarded with it")
    func withoutBisect() async throws {
        let orders = try orders()
        let numbers = orders.records.compactMap { $0.sequenceNumber?.description }
        let mapping = EventSourceMappingConfiguration(
            maximumRetryAttempts: 1,
            functionResponseTypes: [.reportBatchItemFailures],
            onFailureDestination: "arn:aws:sqs:us-east-1:123456789012:failed"
        )
        let deliveries = try await mapping.deliver(orders, to: processor)
        #expect(deliveries.invocations == [numbers, Array(numbers[1...]), Array(numbers[1...])])
        #expect(deliveries.discarded == Array(numbers[1...]))
    }

    @Test("with bisect it costs itself alone")
    func withBisect() async throws {
        let orders = try orders()
        let numbers = orders.records.compactMap { $0.sequenceNumber?.description }
        let mapping = EventSourceMappingConfiguration(
            maximumRetryAttempts: 1,
            bisectBatchOnFunctionError: true,
            functionResponseTypes: [.reportBatchItemFailures]
        )
        let deliveries = try await mapping.deliver(orders, to: processor)
        #expect(deliveries.lost == [numbers[1]])
        #expect(deliveries.checkpoint() == numbers[2])
    }

    @Test("a mapping that does not read the report loses the record in silence, and says so here")
    func withoutReport() async throws {
        let deliveries = try await EventSourceMappingConfiguration().deliver(orders(), to: processor)
        #expect(deliveries.invocations.count == 1)
        #expect(deliveries.warnings.count == 1)
    }

    @Test("what a handler throws is a function error, and a retry has the same request id")
    func throwing() async throws {
        struct Failing: LambdaHandler {
            func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
                throw Refused()
            }
        }
        let deliveries = try await EventSourceMappingConfiguration(maximumRetryAttempts: 2)
            .deliver(orders(), to: Failing())
        #expect(deliveries.invokeEntries.map(\.functionError) == ["Unhandled", "Unhandled", "Unhandled"])
        #expect(Set(deliveries.invokeEntries.map(\.invocation.requestID)).count == 1)
    }

    @Test("the result has each record's errors, delivery by delivery, and the context can be chosen")
    func errors() async throws {
        let orders = try orders()
        let numbers = orders.records.compactMap { $0.sequenceNumber?.description }
        let mapping = EventSourceMappingConfiguration(
            maximumRetryAttempts: 2,
            functionResponseTypes: [.reportBatchItemFailures]
        )
        let names = Closed<String>()
        let watching = BatchProcessor { (change: ItemChange<Sale>, context: RecordContext) in
            await names.add(context.lambda.functionName ?? "")
            guard let order = change.new, order.total >= 0 else { throw Refused() }
        }
        let result = try await mapping.deliver(orders, to: watching) { invocation in
            // Without a deadline: on a machine that stands still for a while, a record would be left for its sake.
            .testing(remaining: nil, requestID: invocation.requestID, functionName: "projector")
        }
        #expect(result.errors.mapValues(\.count) == [numbers[1]: 4])
        #expect(result.errors[numbers[1]]?.allSatisfy { $0 is Refused } == true)
        #expect(Set(await names.values) == ["projector"])
        #expect(result.lost == Array(numbers[1...]))
    }

    @Test(
        "a window whose closing fails for good is lost, and a test that asks sees it",
        arguments: [nil, "arn:aws:sqs:us-east-1:123456789012:failed"]
    )
    func lostWindow(destination: String?) async throws {
        let processor = TumblingWindowProcessor(initial: 0.0) {
            (sum: inout Double, change: ItemChange<Sale>, _) in
            sum += change.new?.total ?? 0
        } onClose: { _, _ in
            throw Refused()
        }
        let mapping = EventSourceMappingConfiguration(
            maximumRetryAttempts: 1,
            tumblingWindowInSeconds: 900,
            onFailureDestination: destination
        )
        let result = try await mapping.deliver(orders(), to: processor)
        #expect(result.lostWindows.map(\.isFinalInvokeForWindow) == [true])
        #expect(result.lost.isEmpty == (destination != nil))
        #expect(result.lost.allSatisfy { $0.hasPrefix("window 20") })
    }

    @Test("windows are closed with the state of their last invocation")
    func windows() async throws {
        struct Totals: Codable, Sendable, Equatable { var sum = 0.0 }
        let closed = Closed<Totals>()
        let processor = TumblingWindowProcessor(initial: Totals()) {
            (totals: inout Totals, change: ItemChange<Sale>, _) in
            totals.sum += change.new?.total ?? 0
        } onClose: { totals, _ in
            await closed.add(totals)
        }
        let mapping = EventSourceMappingConfiguration(batchSize: 1, tumblingWindowInSeconds: 900)
        let deliveries = try await mapping.deliver(orders(), to: processor)
        #expect(deliveries.lost.isEmpty)
        #expect(await closed.values == [Totals(sum: 11)])
    }
}

private actor Closed<Value: Sendable> {
    private(set) var values: [Value] = []

    func add(_ value: Value) { values.append(value) }
}
