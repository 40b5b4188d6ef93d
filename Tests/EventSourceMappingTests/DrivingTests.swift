// The mapping as its driver sees it: in real time too, with several invocations at once, and with what goes wrong.

import DynamoDBStreamEvents
import EventSourceMapping
import Testing

@Suite("Driving")
struct DrivingTests {
    typealias Configuration = EventSourceMappingConfiguration

    @Test("records may come while it runs, and the clock is the driver's")
    func live() throws {
        var mapping = try MappingSimulation(Configuration(batchSize: 2), start: epoch)
        mapping.advance(to: epoch + .seconds(100))
        guard case .idle = mapping.next() else { return #expect(Bool(false), "there is nothing to do yet") }
        try mapping.add(event(1...3, at: 99))
        let first = try mapping.requiredInvocation()
        #expect(first.sequenceNumbers.map(\.description) == ["1", "2"])
        #expect(first.at == epoch + .seconds(100))
        try mapping.add(event(4...4, at: 99))
        #expect(mapping.unresolvedRecordCount == 4)
        mapping.advance(to: epoch + .seconds(101))
        mapping.finish(first.id, with: .success)
        let second = try mapping.requiredInvocation()
        #expect(second.sequenceNumbers.map(\.description) == ["3", "4"])
        mapping.finish(second.id, with: .success)
        let none = mapping.nextInvocation()
        #expect(none == nil)
        #expect(mapping.checkpoint()?.description == "4")
        #expect(mapping.unresolvedRecordCount == 0)
        guard case .idle = mapping.next() else { return #expect(Bool(false), "more records may come") }
        mapping.endInput()
        guard case .finished = mapping.next() else { return #expect(Bool(false), "no more records come") }
    }

    @Test("shards have their invocations at the same time, and each shard its own order")
    func shards() throws {
        var mapping = try MappingSimulation(Configuration(batchSize: 1))
        try mapping.add(event(1...2), to: "a")
        try mapping.add(event(11...12), to: "b")
        let a = try mapping.requiredInvocation()
        let b = try mapping.requiredInvocation()
        #expect([a.shardID, b.shardID] == ["a", "b"])
        let none = mapping.nextInvocation()
        #expect(none == nil)
        mapping.finish(b.id, with: .success)
        let next = try mapping.requiredInvocation()
        #expect(next.sequenceNumbers.map(\.description) == ["12"])
        #expect(mapping.checkpoint(of: "b")?.description == "11")
        #expect(mapping.checkpoint(of: "a") == nil)
    }

    @Test("the checkpoint of a shard with concurrent batches waits for the lowest record that is not done")
    func laneCheckpoint() throws {
        var mapping = try MappingSimulation(Configuration(batchSize: 1, parallelizationFactor: 10))
        try mapping.add(event(1...40))
        var running: [MappingInvocation] = []
        while let invocation = mapping.nextInvocation() { running.append(invocation) }
        #expect(running.count > 3)
        #expect(Set(running.map(\.concurrentBatch)).count == running.count)
        let first = try #require(running.first { $0.contains("1") })
        for invocation in running where invocation.id != first.id { mapping.finish(invocation.id, with: .success) }
        while let invocation = mapping.nextInvocation() { mapping.finish(invocation.id, with: .success) }
        #expect(mapping.checkpoint() == nil)
        mapping.finish(first.id, with: .success)
        while let invocation = mapping.nextInvocation() { mapping.finish(invocation.id, with: .success) }
        #expect(mapping.checkpoint()?.description == "40")
    }

    @Test("an invocation that takes its time ends when it says")
    func duration() throws {
        var mapping = try MappingSimulation(Configuration(batchSize: 1))
        try mapping.add(event(1...2))
        let first = try mapping.requiredInvocation()
        mapping.finish(first.id, with: .success, at: first.at + .seconds(3))
        let second = try mapping.requiredInvocation()
        #expect(second.at - first.at == .seconds(3))
    }

    @Test("an outcome of an invocation that has ended is passed over")
    func twice() throws {
        var mapping = try MappingSimulation(Configuration(batchSize: 1))
        try mapping.add(event(1...1))
        let invocation = try mapping.requiredInvocation()
        mapping.finish(invocation.id, with: .success)
        mapping.finish(invocation.id, with: .functionError(message: "late"))
        mapping.finish(99, with: .success)
        let none = mapping.nextInvocation()
        #expect(none == nil)
        #expect(mapping.event(of: invocation) == nil)
        #expect(mapping.metrics.errors == 0)
    }

    @Test("a message is on its way before the checkpoint passes its records")
    func sendsFirst() throws {
        let configuration = Configuration(
            maximumRetryAttempts: 0,
            onFailureDestination: "arn:aws:sqs:us-east-1:123456789012:q"
        )
        var mapping = try MappingSimulation(configuration)
        try mapping.add(event(1...1))
        let invocation = try mapping.requiredInvocation()
        mapping.finish(invocation.id, with: .functionError(message: "no"))
        let before = mapping.steps()
        guard let send = before.compactMap({ if case .send(let delivery) = $0 { delivery } else { nil } }).first else {
            return #expect(Bool(false), "nothing was sent")
        }
        #expect(mapping.checkpoint() == nil)
        mapping.finishSending(send.id)
        _ = mapping.steps()
        #expect(mapping.checkpoint()?.description == "1")
    }

    @Test("records of a test do not age by their own times, unless the mapping's start is given")
    func ages() async throws {
        let old = try event(1...1), late = try event(2...2, at: 90_000)
        let both = try StreamEvent(
            Array("{\"Records\":[\(text(old.records[0].json)),\(text(late.records[0].json))]}".utf8)
        )
        for age in [-1, 60] {
            let configuration = Configuration(batchSize: 10, maximumRecordAgeInSeconds: age)
            let fresh = try await configuration.deliver(both) { _, _ in .success }
            #expect(fresh.invocations == [["1", "2"]] && fresh.lost == [])
            let aged = try await configuration.deliver(both, start: epoch + .seconds(90_000)) { _, _ in .success }
            #expect(aged.invocations == [["2"]] && aged.lost == ["1"])
        }
        // They do age while they are tried again.
        let retried = try await Configuration(maximumRecordAgeInSeconds: 60).deliver(both) { _, _ in
            .functionError(message: "no")
        }
        #expect(retried.lost == ["1", "2"] && retried.invocations.count == 8)
    }

    @Test("waits grow from 200 ms up to half a minute")
    func backoff() async throws {
        let deliveries = try await Configuration(maximumRetryAttempts: 10).deliver(event(1...1)) { _, _ in
            .functionError(message: "no")
        }
        let starts = deliveries.invokeEntries.map { $0.invocation.at - epoch }
        let waits = zip(starts.dropFirst(), starts).map { $0 - $1 }
        #expect(
            waits == [200, 420, 882, 1_852, 3_890, 8_168, 17_153, 30_000, 30_000, 30_000].map { .milliseconds($0) }
        )
    }

    @Test("with unlimited retries a poison record blocks its shard for a day, and then is lost")
    func poison() async throws {
        var mapping = try MappingSimulation(Configuration(onFailureDestination: "arn:aws:sqs:us-east-1:123456789012:q"))
        try mapping.add(event(1...2))
        try mapping.add(event(3...3, at: 86_000))
        mapping.endInput()
        let deliveries = await mapping.run { invocation, _ in
            invocation.contains("1") ? .functionError(message: "poison") : .success
        }
        #expect(deliveries.lost == ["1", "2"])
        #expect(deliveries.messages.isEmpty)
        #expect(deliveries.metrics.droppedEventCount == 0)
        #expect(deliveries.invocations.last == ["3"])
        #expect(deliveries.invocations.count > 2_800)
        let last = try #require(deliveries.invokeEntries.last)
        #expect(last.invocation.at - epoch > .seconds(86_400))
    }

    @Test("records that cannot be of one shard are refused, with which and why")
    func refusals() throws {
        var mapping = try MappingSimulation(Configuration())
        try mapping.add(event(5...5))
        #expect(
            throws: RecordRefusal.notAscending(
                try #require(SequenceNumber("5")),
                after: try #require(SequenceNumber("5")),
                shardID: MappingSimulation.defaultShardID
            )
        ) {
            try mapping.add(event(5...5))
        }
        #expect(throws: RecordRefusal.noSequenceNumber(index: 1)) {
            let json = #"{"Records":[{"dynamodb":{"SequenceNumber":"6"}},{"dynamodb":{}}]}"#
            try mapping.add(StreamEvent(Array(json.utf8)))
        }
        mapping.endShard("gone")
        mapping.addShard("closed")
        mapping.endShard("closed")
        #expect(throws: RecordRefusal.shardEnded(shardID: "closed")) { try mapping.add(event(1...1), to: "closed") }
    }

    @Test("a disabled mapping delivers nothing")
    func disabled() async throws {
        let deliveries = try await Configuration(isEnabled: false).deliver(event(1...3)) { _, _ in .success }
        #expect(deliveries.entries.isEmpty)
    }

    @Test("with LATEST and a gap, records of the first seconds are missed")
    func latestGap() async throws {
        var policies = MappingPolicies()
        policies.latestGap = .seconds(70)
        var mapping = try MappingSimulation(Configuration(startingPosition: .latest), policies: policies, start: epoch)
        try mapping.add(event(1...1, at: 60))
        try mapping.add(event(2...2, at: 80))
        mapping.endInput()
        let deliveries = await mapping.run { _, _ in .success }
        #expect(deliveries.invocations == [["2"]])
        #expect(deliveries.warnings.count == 1)
    }

    @Test("an idle shard is looked at four times a second")
    func polling() async throws {
        var mapping = try MappingSimulation(Configuration(), start: epoch)
        for number in 1...10 {
            let record = try #require(event(number...number).records.first)
            try mapping.add(record, arrival: epoch + .milliseconds(Int64(number) * 100))
        }
        mapping.endInput()
        let deliveries = await mapping.run { _, _ in .success }
        #expect(deliveries.invocations == [["1", "2"], ["3", "4", "5"], ["6", "7"], ["8", "9", "10"]])
    }

    @Test("a lane that is seeded otherwise shares other keys, and every item keeps one lane")
    func batches() throws {
        func batches(_ seed: UInt64) throws -> [Int] {
            var policies = MappingPolicies()
            policies.concurrentBatchSeed = seed
            var mapping = try MappingSimulation(
                Configuration(batchSize: 1, parallelizationFactor: 4),
                policies: policies
            )
            try mapping.add(event(1...60))
            var batches: [Int: Int] = [:]
            while let invocation = mapping.nextInvocation() {
                batches[Int(invocation.sequenceNumbers[0].description) ?? 0] = invocation.concurrentBatch
                mapping.finish(invocation.id, with: .success)
            }
            return (1...60).map { batches[$0] ?? -1 }
        }
        #expect(try batches(0) == batches(0))
        #expect(try batches(0) != batches(1))
        #expect(try Set(batches(0)) == [0, 1, 2, 3])
    }
}
