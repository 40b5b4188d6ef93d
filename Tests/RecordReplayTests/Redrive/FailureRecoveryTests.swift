// What is said about records that do not come back, and what is left of a message afterwards.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping
import Testing

@testable import RecordReplay

@Suite struct FailureRecoveryTests {
    private func unit(
        _ json: String,
        _ plan: ScriptedStream.Plan = .init(),
        filters: FailureRecovery.Filters = .unknown
    ) async throws -> RedriveUnit {
        let stream = try ScriptedStream(plan)
        let reader = StreamRangeReader(
            DynamoDBStreamsClient(stream.aws),
            patience: .seconds(20),
            pause: .milliseconds(1)
        )
        let recovery = FailureRecovery(reader: reader, filters: filters)
        guard case .unit(let unit) = try await recovery.unit(of: Array(json.utf8), origin: "message 1 of q") else {
            throw UnexpectedRefusal()
        }
        return unit
    }

    private struct UnexpectedRefusal: Error {}
    private static let three = ScriptedStream.Plan(numbers: ["100", "200", "300"])

    @Test("the lost head is named and counted where there are no filters, and not counted where there are")
    func lostHead() async throws {
        var plan = Self.three
        plan.trimmed = 2
        let known = try await unit(failureJSON(), plan, filters: .known(try FilterCriteria(patterns: [])))
        #expect(known.records.numbers == ["300"])
        #expect(known.losses.map(\.kind) == [.lost])
        #expect(known.losses.first?.count == 2)
        #expect(known.losses.first?.reason.contains("before 300") == true)
        #expect(known.losses.first?.reason.contains("hours old") == true)
        let filters = try FilterCriteria(patterns: [#"{"eventName":["MODIFY"]}"#])
        let filtered = try await unit(failureJSON(), plan, filters: .known(filters))
        #expect(filtered.losses.first?.count == nil)
    }

    @Test("a batch size that does not fit is no loss where the range is whole")
    func consolidated() async throws {
        let unit = try await unit(failureJSON(batchSize: "5"), Self.three)
        #expect(unit.records.count == 3 && unit.losses.isEmpty)
    }

    @Test("more records than the message counts are refused until the filters are named")
    func surplus() async throws {
        let unknown = try await unit(failureJSON(batchSize: "1"), Self.three)
        #expect(unknown.records.isEmpty)
        #expect(unknown.losses.map(\.kind) == [.refused])
        #expect(unknown.losses.first?.reason.contains("--filter") == true)
        #expect(unknown.fate(remaining: [], discardsLost: true) == .stays)
        let all = FailureRecovery.Filters.known(try FilterCriteria(patterns: []))
        #expect(try await unit(failureJSON(batchSize: "1"), Self.three, filters: all).records.count == 3)
    }

    @Test("a stream that is gone loses all records of the message")
    func gone() async throws {
        let unit = try await unit(failureJSON(), .init(iteratorError: "ResourceNotFoundException"))
        #expect(unit.losses.map(\.kind) == [.lost])
        #expect(unit.losses.first?.count == 3)
        #expect(unit.fate(remaining: [], discardsLost: false) == .stays)
        #expect(unit.fate(remaining: [], discardsLost: true) == .done)
    }

    @Test("the last event of a window is handled whole; another is refused, and one without its event is lost")
    func windows() async throws {
        let event = quoted(eventJSON(["100"]))
        let open = try await unit(failureJSON(payload: event, window: windowJSON))
        #expect(open.records.isEmpty && open.losses.map(\.kind) == [.refused])
        let last = #"{"Records":[],"state":{"total":7},"isFinalInvokeForWindow":true}"#
        let final = try await unit(
            failureJSON(start: nil, end: nil, batchSize: nil, payload: quoted(last), window: finalWindowJSON)
        )
        #expect(final.records.map { String(decoding: $0.json, as: UTF8.self) } == [last])
        #expect(final.records.first?.isWholeEvent == true && final.losses.isEmpty)
        #expect(final.fate(remaining: [], discardsLost: false) == .done)
        #expect(final.fate(remaining: [0], discardsLost: false) == .stays)
        let bare = try await unit(failureJSON(start: nil, end: nil, batchSize: nil, window: finalWindowJSON))
        #expect(bare.losses.map(\.kind) == [.lost])
        let read = try await unit(failureJSON(window: windowJSON), Self.three)
        #expect(read.records.isEmpty && read.losses.map(\.kind) == [.lost])
    }

    @Test("a saved document has its records in it, and needs no stream any more")
    func saved() async throws {
        let unit = try await unit(failureJSON(), Self.three)
        let message = try #require(try FailureDocument(unit.savedDocument).batch)
        #expect(message.payload?.records.numbers == ["100", "200", "300"])
        let again = try await self.unit(
            String(decoding: unit.savedDocument, as: UTF8.self),
            .init(iteratorError: "ResourceNotFoundException")
        )
        #expect(again.records.count == 3 && again.losses.isEmpty)
    }

    // MARK: What is left

    @Test("a partial success leaves a message of the same form about the rest alone")
    func smaller() async throws {
        let plan = ScriptedStream.Plan(numbers: (1...9).map { "\($0)00" })
        let unit = try await unit(snsJSON(failureJSON(start: "100", end: "900", batchSize: "9")), plan)
        #expect(unit.records.count == 9)
        guard case .shrinks(let body) = unit.fate(remaining: [1, 2, 6], discardsLost: false) else {
            Issue.record("it does not shrink")
            return
        }
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.hasPrefix(#"{"Type":"Notification","MessageId":"m""#))
        let message = try #require(try FailureDocument(text).batch)
        #expect(message.requestID == "bd6b194f-5e3b-4494-8c8d-555927d2f3f5")
        #expect(message.records?.start.description == "200" && message.records?.end.description == "700")
        #expect(message.records?.batchSize == 3)
        #expect(message.redrive?.origin == "message 1 of q")
        // Read again, it is exactly those.
        let again = try await self.unit(text, plan)
        #expect(again.records.numbers == ["200", "300", "700"])
        #expect(again.losses.isEmpty)
        // And its origin stays that of the first message.
        guard case .shrinks(let last) = again.fate(remaining: [2], discardsLost: false) else {
            Issue.record("it does not shrink")
            return
        }
        let left = try #require(try FailureDocument(last).batch)
        #expect(left.redrive?.origin == "message 1 of q")
        #expect(try await self.unit(String(decoding: last, as: UTF8.self), plan).records.numbers == ["700"])
    }

    @Test("the payload of an object shrinks in the form that it had")
    func smallerPayload() async throws {
        let event = eventJSON(["100", "200", "300"])
        for payload in [quoted(event), event] {
            let unit = try await unit(failureJSON(payload: payload))
            guard case .shrinks(let body) = unit.fate(remaining: [1], discardsLost: false) else {
                Issue.record("it does not shrink")
                return
            }
            let text = String(decoding: body, as: UTF8.self)
            #expect(text.contains(#""payload":""#) == payload.hasPrefix("\""))
            let message = try #require(try FailureDocument(text).batch)
            #expect(message.payload?.records.numbers == ["200"])
            #expect(message.records?.start.description == "200")
        }
    }

    @Test("a lost head is remembered in what is left, so that the tail is not handled again")
    func rememberedLoss() async throws {
        var plan = Self.three
        plan.trimmed = 2
        let unit = try await unit(failureJSON(), plan)
        #expect(unit.fate(remaining: [], discardsLost: true) == .done)
        guard case .shrinks(let body) = unit.fate(remaining: [], discardsLost: false) else {
            Issue.record("it does not shrink")
            return
        }
        let again = try await self.unit(String(decoding: body, as: UTF8.self), plan)
        #expect(again.records.isEmpty)
        #expect(again.losses.map(\.count) == [2])
        #expect(again.losses.first?.reason.contains("before 300") == true)
        #expect(again.fate(remaining: [], discardsLost: false) == .stays)
    }

    @Test("an event shrinks; a dead letter goes or stays")
    func others() async throws {
        let event = try await unit(eventJSON(["1", "2"]))
        #expect(event.fate(remaining: [0, 1], discardsLost: false) == .stays)
        guard case .shrinks(let body) = event.fate(remaining: [1], discardsLost: false) else {
            Issue.record("it does not shrink")
            return
        }
        #expect(try FailureDocument(body).records?.numbers == ["2"])
        let letter = try await unit(deadLetterJSON("1"))
        #expect(letter.fate(remaining: [], discardsLost: false) == .done)
        #expect(letter.fate(remaining: [0], discardsLost: false) == .stays)
    }
}
