// Three ways to test a stream function: events made in code, events from files, and a mapping that delivers them.

import EventSourceMapping
import Foundation
import LambdaStreamsTesting
import Testing

@testable import UnitTesting

/// Keeps what was entered, after a number of failures.
private actor TestLedger: Ledger {
    private(set) var orders: [Order] = []
    private var failures: Int

    struct Unavailable: Error {}

    init(failures: Int = 0) { self.failures = failures }

    func enter(_ order: Order) throws {
        if failures > 0 {
            failures -= 1
            throw Unavailable()
        }
        orders.append(order)
    }
}

@Suite("The unit tests of an example")
struct UnitTestingTests {
    @Test("an event made in code is handled")
    func events() async throws {
        let ledger = TestLedger()
        let event = try StreamEvent.Builder(keys: "id")
            .insert(Order(id: "o-1", total: 5))
            .modify(old: Order(id: "o-1", total: 5), new: Order(id: "o-1", total: 7))
            .remove(Order(id: "o-1", total: 7))
            .build()
        let response = try await UnitTesting.processor(ledger).process(event)
        #expect(response == .success)
        #expect(await ledger.orders == [Order(id: "o-1", total: 5), Order(id: "o-1", total: 7)])
    }

    @Test("the first record that fails is reported, and what is behind it waits")
    func failure() async throws {
        let ledger = TestLedger()
        let event = try StreamEvent.Builder(keys: "id")
            .insert(Order(id: "o-1", total: 5)).insert(Order(id: "o-2", total: -1)).insert(Order(id: "o-3", total: 9))
            .build()
        let response = try await UnitTesting.processor(ledger).process(event)
        #expect(response == .failure(from: event.records[1]))
        #expect(await ledger.orders.map(\.id) == ["o-1"])
    }

    @Test("an event that Lambda sent once is a fixture")
    func fixture() async throws {
        let ledger = TestLedger()
        let event: StreamEvent = try .fixture("orders.json", in: .module)
        #expect(try await UnitTesting.processor(ledger).process(event) == .success)
        #expect(await ledger.orders == [Order(id: "o-17", total: 12.5)])
    }

    @Test("behind its mapping a failure that passes loses nothing, and a record that never succeeds is sent away")
    func mapping() async throws {
        // As the template has it.
        let mapping = EventSourceMappingConfiguration(
            batchSize: 10,
            maximumRetryAttempts: 2,
            bisectBatchOnFunctionError: true,
            functionResponseTypes: [.reportBatchItemFailures]
        )
        let event = try StreamEvent.Builder(keys: "id")
            .insert(Order(id: "o-1", total: 5)).insert(Order(id: "o-2", total: 6)).build()
        let ledger = TestLedger(failures: 2)
        let passing = try await mapping.deliver(event, to: UnitTesting.processor(ledger))
        #expect(passing.lost.isEmpty)
        #expect(await ledger.orders.map(\.id) == ["o-1", "o-2"])

        let bad = try StreamEvent.Builder(keys: "id")
            .insert(Order(id: "o-1", total: 5)).insert(Order(id: "o-2", total: -1)).insert(Order(id: "o-3", total: 9))
            .build()
        let healthy = TestLedger()
        let result = try await mapping.deliver(bad, to: UnitTesting.processor(healthy))
        let number = try #require(bad.records[1].sequenceNumber?.description)
        #expect(result.errors[number, default: []].count >= 3)
        #expect(await healthy.orders.map(\.id) == ["o-1", "o-3"])
    }
}
