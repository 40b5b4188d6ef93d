// Tumbling windows: the event's extra members, and the state that goes round.

import DynamoDBStreamEvents
import Foundation
import Testing

@Suite("Tumbling windows")
struct TimeWindowTests {
    private func windowEvent(state: String, extra: String = "") throws -> StreamEvent {
        try StreamEvent(
            bytes(
                #"""
                {"Records":[],"window":{"start":"2026-11-21T03:00:00Z","end":"2026-11-21T03:05:00Z"},"state":\#(state),
                "shardId":"shardId-00000001795230245000-c1ab2345","eventSourceARN":"arn:aws:dynamodb:eu-west-1:1:table/T/stream/S",
                "isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false\#(extra)}
                """#
            )
        )
    }

    @Test("the window, its shard and its flags are read")
    func fields() throws {
        let event = try windowEvent(state: #"{ "1" : 282 }"#)
        #expect(event.window == TimeWindow(start: "2026-11-21T03:00:00Z", end: "2026-11-21T03:05:00Z"))
        #expect(event.window?.startTime == EpochTime(seconds: 1_795_230_000))
        #expect(event.window?.endTime == EpochTime(seconds: 1_795_230_300))
        #expect(event.shardID == "shardId-00000001795230245000-c1ab2345")
        #expect(event.eventSourceARN == "arn:aws:dynamodb:eu-west-1:1:table/T/stream/S")
        #expect(event.isFinalInvokeForWindow)
        #expect(!event.isWindowTerminatedEarly)
        #expect(event.state.map(text) == #"{ "1" : 282 }"#)
        #expect(try event.state(as: [String: Int].self) == ["1": 282])
        #expect(try plainEvent(recordJSON()).window == nil)
        #expect(try plainEvent(recordJSON()).eventSourceARN?.contains("table/Orders") == true)
    }

    private func plainEvent(_ json: String) throws -> StreamEvent { try StreamEvent(bytes("{\"Records\":[\(json)]}")) }

    @Test("an absent, null or empty state means that the window begins", arguments: ["null", "{}", "{ }"])
    func noState(json: String) throws {
        #expect(try windowEvent(state: json).state(as: [String: Int].self) == nil)
        #expect(try plainEvent(recordJSON()).state(as: [String: Int].self) == nil)
        #expect(try plainEvent(recordJSON()).state == nil)
    }

    struct State: Codable, Equatable {
        var counts: [String: Int]
        var sum: Double
        var seen: Set<String>
        var last: SequenceNumber?
        var blob: [UInt8]
        var nested: [[String: Bool?]]
    }

    @Test("any Codable state goes round through plain JSON")
    func roundTrip() throws {
        let state = State(
            counts: ["a\"b": 1],
            sum: 0.1,
            seen: ["é", "x"],
            last: SequenceNumber("13021600000000001596893679"),
            blob: [1, 2],
            nested: [["a": true, "b": nil], [:]]
        )
        let response = TimeWindowResponse(state: state, batchItemFailures: ["111"])
        let json = text(try response.json())
        #expect(json.hasSuffix(#","batchItemFailures":[{"itemIdentifier":"111"}]}"#))
        let prefix = #"{"state":"#
        let written = json.dropFirst(prefix.count).prefix { _ in true }.components(before: #","batchItemFailures""#)
        #expect(try windowEvent(state: written).state(as: State.self) == state)
    }

    @Test("the answer of AWS's own example is written as it stands there")
    func example() throws {
        let response = TimeWindowResponse(state: ["1": 282])
        #expect(text(try response.json()) == #"{"state":{"1":282},"batchItemFailures":[]}"#)
        #expect(text(try TimeWindowResponse(state: [String: Int]()).json()) == #"{"state":{},"batchItemFailures":[]}"#)
        #expect(throws: AttributeEncodingError.self) { try TimeWindowResponse(state: [Double.nan]).json() }
    }

    @Test("a state of another shape is an error that says where")
    func wrongState() throws {
        let event = try windowEvent(state: #"{"counts":{"a":1.5}}"#)
        do throws(AttributeDecodingError) {
            _ = try event.state(as: [String: [String: Int]].self)
            Issue.record("decoded")
        } catch {
            #expect(error.description == "counts.a: expected an integer, found 1.5")
        }
    }
}

extension Substring {
    fileprivate func components(before marker: String) -> String {
        range(of: marker).map { String(self[..<$0.lowerBound]) } ?? String(self)
    }
}
