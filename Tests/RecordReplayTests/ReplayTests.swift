// What a replay does with records, whatever the function and the source do.

import DynamoDBStreamEvents
import EventSourceMapping
import Testing

@testable import RecordReplay

@Suite("A replay")
struct ReplayTests {
    /// Without waits that a test would notice.
    static var options: ReplayOptions {
        var options = ReplayOptions()
        options.backoff = .milliseconds(1)
        options.patience = .milliseconds(300)
        return options
    }

    @Test("a custom source makes its records of an event's")
    func ownRecords() throws {
        let change = #""eventName":"REMOVE","dynamodb":{"Keys":{"id":{"S":"a"}},"SequenceNumber":"7"}"#
        let event = try StreamEvent(Array(#"{"Records":[{\#(change)},{"dynamodb":{}}]}"#.utf8))
        let own = try ReplayRecord(event.records[0], streamARN: "arn:s")
        #expect(own.sequenceNumber == SequenceNumber("7"))
        #expect(String(decoding: own.json, as: UTF8.self) == #"{\#(change),"eventSourceARN":"arn:s"}"#)
        #expect(throws: ReplayRecordError.noSequenceNumber) {
            try ReplayRecord(event.records[1], streamARN: "arn:s")
        }
    }

    @Test("hands every record over once, in batches of the size asked for, and settles each parcel once")
    func plain() async {
        let parcels = (0..<10).map { id in
            ReplayParcel(id, (0..<30).map { SeenRecord(item: "i\($0 % 7)", number: id * 100 + $0 + 1) })
        }
        let source = ListedSource(parcels)
        let target = ScriptedTarget { _, _ in .success }
        var options = Self.options
        options.batchSize = 50
        options.concurrency = 4
        let summary = await Replay(from: source, to: target, options: options).run()
        #expect(summary.handled == 300)
        #expect(summary.isComplete)
        #expect(await target.overlaps == 0)
        let calls = await target.calls
        #expect(calls.allSatisfy { $0.count <= 50 })
        #expect(calls.flatMap { $0 }.count == 300)
        #expect(summary.invocations == calls.count)
        #expect(await source.settlementCount == 10)
        #expect(await source.outcomes.values.allSatisfy { $0.isComplete })
        #expect(await source.isClosed)
    }

    @Test("a record that the function reports fails alone, and holds back the later ones of its item")
    func reportedRecord() async {
        let records = (1...20).map { SeenRecord(item: "i\($0 % 4)", number: $0) }
        let source = ListedSource([ReplayParcel(7, records)])
        let target = ScriptedTarget { records, _ in
            let failed = records.filter { $0.number == 6 }
            return failed.isEmpty ? .success : .failed(["6"])
        }
        let log = EventLog()
        let summary = await Replay(from: source, to: target, options: Self.options, observer: log.observer).run()
        // 6, and 10, 14 and 18 behind it.
        #expect(summary.failed == 1)
        #expect(summary.heldBack == 3)
        #expect(summary.handled == 16)
        let outcome = await source.outcomes[7]
        #expect(outcome?.remaining == [5, 9, 13, 17])
        #expect(outcome?.failures[5] == "the function reported it as failed")
        let failures = log.all.compactMap { if case .failed(let record, _, _) = $0 { record } else { nil } }
        #expect(failures.map { "\($0.sequenceNumber)" } == ["6"])
    }

    @Test("a batch that fails as a whole is split until the record at fault is found")
    func splitting() async {
        let records = (1...64).map { SeenRecord(item: "i\($0)", number: $0) }
        let source = ListedSource([ReplayParcel(0, records)])
        let target = ScriptedTarget { records, _ in
            records.contains { $0.number == 37 } ? .functionError(message: "Boom: 37") : .success
        }
        let summary = await Replay(from: source, to: target, options: Self.options).run()
        #expect(summary.failed == 1)
        #expect(summary.handled == 63)
        #expect(await source.outcomes[0]?.remaining == [36])
        #expect(await source.outcomes[0]?.failures == [36: "Boom: 37"])
    }

    @Test("what fails once is handled again, and is no failure")
    func passingFailure() async {
        let source = ListedSource([ReplayParcel(0, [SeenRecord(item: "a", number: 1)])])
        let target = ScriptedTarget { _, call in call == 1 ? .functionError(message: "cold") : .success }
        let summary = await Replay(from: source, to: target, options: Self.options).run()
        #expect(summary.isComplete)
        #expect(summary.invocations == 2)
    }

    @Test(
        "a response that cannot be read fails its records, and says so",
        arguments: ["not json", #"{"batchItemFailures":[{"itemIdentifier":"999"}]}"#, #"{"batchItemFailures":{}}"#]
    )
    func unreadableResponse(response: String) async {
        let source = ListedSource([ReplayParcel(0, [SeenRecord(item: "a", number: 1)])])
        let target = ScriptedTarget { _, _ in .response(response) }
        let summary = await Replay(from: source, to: target, options: Self.options).run()
        #expect(summary.failed == 1)
        #expect(await source.outcomes[0]?.failures[0]?.contains("cannot be read") == true)
    }

    @Test("without ReportBatchItemFailures a response means that all is done")
    func unreadReports() async {
        let source = ListedSource([ReplayParcel(0, [SeenRecord(item: "a", number: 1)])])
        let target = ScriptedTarget { _, _ in .failed(["1"]) }
        var options = Self.options
        options.reportsBatchItemFailures = false
        let summary = await Replay(from: source, to: target, options: options).run()
        #expect(summary.handled == 1)
    }

    @Test("a throttled function is waited for; one that stays out of reach ends the replay and costs no record")
    func outage() async {
        let records = [SeenRecord(item: "a", number: 1), SeenRecord(item: "b", number: 2)]
        let passing = ScriptedTarget { _, call in call < 4 ? .throttled : .success }
        var patient = Self.options
        patient.patience = .seconds(60)
        let first = await Replay(from: ListedSource([ReplayParcel(0, records)]), to: passing, options: patient).run()
        #expect(first.isComplete)

        let source = ListedSource([ReplayParcel(0, records)])
        let gone = ScriptedTarget { _, _ in .unavailable(reason: "no such function") }
        let second = await Replay(from: source, to: gone, options: Self.options).run()
        #expect(second.ending == .unavailable(reason: "no such function"))
        #expect(second.untried == 2)
        #expect(second.failed == 0)
        #expect(await source.outcomes[0]?.remaining == [0, 1])
    }

    @Test("the same record in two messages is handled once")
    func repeated() async {
        let record = SeenRecord(item: "a", number: 5)
        let source = ListedSource([ReplayParcel(0, [record]), ReplayParcel(1, [record]), ReplayParcel(2, [record])])
        let target = ScriptedTarget { _, _ in .success }
        let summary = await Replay(from: source, to: target, options: Self.options).run()
        #expect(summary.handled == 1)
        #expect(summary.repeated == 2)
        #expect(await source.outcomes.values.allSatisfy { $0.isComplete })
        #expect(await target.calls == [[record]])
    }

    @Test("records of the same number, of two streams, are in two events")
    func equalNumbers() async {
        let source = ListedSource([
            ReplayParcel(0, [SeenRecord(item: "a", number: 5), SeenRecord(item: "b", number: 5)])
        ])
        let target = ScriptedTarget { _, _ in .success }
        let summary = await Replay(from: source, to: target, options: Self.options).run()
        #expect(summary.handled == 2)
        #expect(await target.calls.count == 2)
    }

    @Test("limit and selection leave the other records where they are")
    func limitAndSelection() async {
        let records = (1...10).map { SeenRecord(item: "i\($0)", number: $0) }
        let source = ListedSource([ReplayParcel(0, records)])
        let target = ScriptedTarget { _, _ in .success }
        var options = Self.options
        options.limit = 3
        options.selection = { Int("\($0.sequenceNumber)").map { $0 % 2 == 0 } ?? false }
        let summary = await Replay(from: source, to: target, options: options).run()
        #expect(summary.handled == 3)
        #expect(summary.notSelected == 5)
        #expect(summary.untried == 2)
        #expect(summary.ending == .limit)
        #expect(await source.outcomes[0]?.remaining == [0, 2, 4, 6, 7, 8, 9])
    }

    @Test("a limit that is just enough is no early end")
    func exactLimit() async {
        let source = ListedSource([ReplayParcel(0, [SeenRecord(item: "a", number: 1)])])
        var options = Self.options
        options.limit = 1
        let summary = await Replay(from: source, to: ScriptedTarget { _, _ in .success }, options: options).run()
        #expect(summary.isComplete)
    }

    @Test("a dry run touches nothing")
    func dryRun() async {
        let loss = ReplayLoss(.lost, count: 4, reason: "trimmed")
        let source = ListedSource([ReplayParcel(0, [SeenRecord(item: "a", number: 1)], losses: [loss])])
        let target = ScriptedTarget { _, _ in .success }
        var options = Self.options
        options.isDryRun = true
        let summary = await Replay(from: source, to: target, options: options).run()
        #expect(await target.calls.isEmpty)
        #expect(summary.untried == 1)
        #expect(summary.lost == 4)
        #expect(!summary.isComplete)
        #expect(await source.outcomes[0]?.isDryRun == true)
    }

    @Test("too many failures end the replay: the function is not repaired")
    func tooManyFailures() async {
        let records = (1...100).map { SeenRecord(item: "i\($0)", number: $0) }
        let source = ListedSource([ReplayParcel(0, records)])
        let target = ScriptedTarget { _, _ in .functionError(message: "still broken") }
        var options = Self.options
        options.failureLimit = 3
        options.batchSize = 1
        let summary = await Replay(from: source, to: target, options: options).run()
        #expect(summary.ending == .tooManyFailures)
        #expect(summary.failed == 3)
        #expect(summary.failed + summary.untried == 100)
    }

    @Test("a source that fails, and a parcel that cannot be settled, are said")
    func brokenSource() async {
        let source = ListedSource(
            [ReplayParcel(0, [SeenRecord(item: "a", number: 1)])],
            failsToSettle: [0],
            endsWith: ScriptedError("the network is down")
        )
        let summary = await Replay(from: source, to: ScriptedTarget { _, _ in .success }, options: Self.options).run()
        #expect(summary.handled == 1)
        #expect(summary.unsettled == 1)
        #expect(summary.ending == .source(reason: "the network is down"))
        #expect(!summary.isComplete)
    }

    @Test("stale records are skipped; a guard that cannot decide ends the replay")
    func guarding() async {
        struct Odd: ReplayGuard {
            let fails: Bool
            func admit(_ records: [ReplayRecord]) async throws -> [ReplayAdmission] {
                if fails { throw ScriptedError("the table is gone") }
                return records.map { Int("\($0.sequenceNumber)").map { $0 % 2 == 0 } == true ? .stale : .admitted }
            }
        }
        let records = (1...4).map { SeenRecord(item: "i\($0)", number: $0) }
        let target = ScriptedTarget { _, _ in .success }
        let first = await Replay(
            from: ListedSource([ReplayParcel(0, records)]),
            to: target,
            guardedBy: Odd(fails: false),
            options: Self.options
        ).run()
        #expect(first.stale == 2)
        #expect(first.handled == 2)
        #expect(first.isComplete)
        let second = await Replay(
            from: ListedSource([ReplayParcel(0, records)]),
            to: target,
            guardedBy: Odd(fails: true),
            options: Self.options
        ).run()
        #expect(second.handled == 0)
        #expect(second.untried == 4)
    }

    @Test("a record that the guard cannot decide on fails alone")
    func undecidable() async {
        struct Unsure: ReplayGuard {
            func admit(_ records: [ReplayRecord]) async throws -> [ReplayAdmission] {
                records.map { "\($0.sequenceNumber)" == "2" ? .undecidable(reason: "no image") : .admitted }
            }
        }
        let source = ListedSource([ReplayParcel(0, (1...4).map { SeenRecord(item: "i\($0 % 2)", number: $0) })])
        let summary = await Replay(
            from: source,
            to: ScriptedTarget { _, _ in .success },
            guardedBy: Unsure(),
            options: Self.options
        ).run()
        #expect(summary.handled == 2)
        #expect(summary.failed == 1)
        #expect(summary.heldBack == 1)
        #expect(await source.outcomes[0]?.failures[1] == "no image")
    }

    @Test("a whole event is handled alone, as it is")
    func wholeEvent() async throws {
        let event = #"{"window":{"start":"a","end":"b"},"state":{"n":3},"isFinalInvokeForWindow":true,"Records":[]}"#
        let whole = ReplayRecord(wholeEvent: Array(event.utf8), sequenceNumber: try #require(.init("1")))
        let target = KeepingTarget()
        let parcel = ReplayParcel(id: 0, origin: "window", records: [whole, .record(item: "a", number: 2)])
        let summary = await Replay(from: ListedSource([parcel]), to: target, options: Self.options).run()
        #expect(summary.handled == 2)
        let events = await target.events
        #expect(events.count == 2)
        #expect(events.contains(Array(event.utf8)))
    }

    @Test("two whole events of one number are two, and one that fails does not hold the other back")
    func wholeEvents() async throws {
        let number = try #require(SequenceNumber("1"))
        let records = ["[1]", "[2]"].map {
            ReplayRecord(wholeEvent: Array(#"{"state":\#($0)}"#.utf8), sequenceNumber: number)
        }
        let source = ListedSource([ReplayParcel(id: 0, origin: "windows", records: records)])
        struct FailingFirst: ReplayTarget {
            func handle(_ event: [UInt8]) async -> InvocationOutcome {
                event == Array(#"{"state":[1]}"#.utf8) ? .functionError(message: "no") : .success
            }
        }
        let summary = await Replay(from: source, to: FailingFirst(), options: Self.options).run()
        #expect(summary.failed == 1)
        #expect(summary.handled == 1)
        #expect(summary.heldBack + summary.repeated == 0)
    }

    @Test("an event stays below Lambda's 6 MB", .timeLimit(.minutes(1)))
    func eventSize() async {
        let text = String(repeating: "x", count: 400_000)
        let records = (1...40).map { SeenRecord(item: "\(text)\($0)", number: $0) }
        let target = KeepingTarget()
        let summary = await Replay(
            from: ListedSource([ReplayParcel(0, records)]),
            to: target,
            options: Self.options
        ).run()
        #expect(summary.handled == 40)
        let sizes = await target.events.map(\.count)
        #expect(sizes.count == 3)
        #expect(sizes.allSatisfy { $0 <= 6_291_456 })
    }
}
