// Which records are stale, by what their table has now.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import JSONScanning
import Moto
import Testing

@testable import RecordReplay

@Suite struct CurrentItemGuardTests {
    private let moto: Moto
    private let table = "t-\(UUID().uuidString.prefix(8))"

    init() throws { moto = try Moto.shared() }

    private var dynamoDB: DynamoDBClient { DynamoDBClient(moto.client()) }

    private func record(_ id: String, _ name: String, image: String?, number: String = "1") throws -> ReplayRecord {
        let new = image.map { #","NewImage":\#($0)"# } ?? ""
        let json = """
            {"eventID":"1","eventName":"\(name)","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"r",\
            "dynamodb":{"Keys":{"id":{"S":"\(id)"}}\(new),"SequenceNumber":"\(number)"},"eventSourceARN":\
            "arn:aws:dynamodb:eu-central-1:123456789012:table/\(table)/stream/2026-01-01T00:00:00.000"}
            """
        return try ReplayRecord(try JSONDocument(Array(json.utf8)).root, streamARN: "")
    }

    @Test("with the image, a record is admitted while its item is as it left it")
    func image() async throws {
        try await moto.createTable(table, key: "id")
        _ = try await dynamoDB.putItem(PutItem(["id": "same", "n": 1, "s": .stringSet(["b", "a"])], into: table))
        _ = try await dynamoDB.putItem(PutItem(["id": "newer", "n": 2], into: table))
        _ = try await dynamoDB.putItem(PutItem(["id": "back", "n": 2], into: table))
        let records = [
            try record("same", "MODIFY", image: #"{"id":{"S":"same"},"n":{"N":"1.0"},"s":{"SS":["a","b"]}}"#),
            try record("newer", "MODIFY", image: #"{"id":{"S":"newer"},"n":{"N":"1"}}"#),
            try record("newer", "MODIFY", image: #"{"id":{"S":"newer"},"n":{"N":"2"}}"#),
            try record("gone", "INSERT", image: #"{"id":{"S":"gone"}}"#),
            try record("gone", "REMOVE", image: nil),
            try record("back", "REMOVE", image: nil),
        ]
        let admissions = try await CurrentItemGuard(.image, dynamoDB: dynamoDB).admit(records)
        #expect(admissions == [.admitted, .stale, .admitted, .stale, .admitted, .stale])
        #expect(try await CurrentItemGuard(.image, dynamoDB: dynamoDB).admit([]).isEmpty)
    }

    @Test("with an attribute, a record is stale when its item's is greater, by number or by time")
    func attribute() async throws {
        try await moto.createTable(table, key: "id")
        _ = try await dynamoDB.putItem(PutItem(["id": "a", "v": 10, "at": "2026-01-02T00:00:00Z"], into: table))
        func image(_ attribute: String) -> String { #"{"id":{"S":"a"},\#(attribute)}"# }
        let numbers = CurrentItemGuard(.attribute("v"), dynamoDB: dynamoDB)
        let times = CurrentItemGuard(.attribute("at"), dynamoDB: dynamoDB)
        let versions = [#""v":{"N":"9"}"#, #""v":{"N":"10"}"#, #""v":{"N":"11"}"#]
        let records = try versions.map { try record("a", "MODIFY", image: image($0)) }
        #expect(try await numbers.admit(records) == [.stale, .admitted, .admitted])
        let dates = [#""at":{"S":"2026-01-01T00:00:00Z"}"#, #""at":{"S":"2026-01-02T00:00:00Z"}"#]
        #expect(
            try await times.admit(dates.map { try record("a", "MODIFY", image: image($0)) }) == [.stale, .admitted]
        )
        // What cannot be compared is neither.
        let other = try record("a", "MODIFY", image: image(#""v":{"S":"9"}"#), number: "77")
        let reason = CurrentItemGuardError.notComparable(attribute: "v", sequenceNumber: "77").description
        #expect(try await numbers.admit([other]) == [.undecidable(reason: reason)])
    }

    @Test("a record without an image to compare is not admitted by chance")
    func noImage() async throws {
        try await moto.createTable(table, key: "id")
        let record = try record("a", "MODIFY", image: nil, number: "5")
        let reason = CurrentItemGuardError.noNewImage(sequenceNumber: "5").description
        let admissions = try await CurrentItemGuard(.image, dynamoDB: dynamoDB).admit([record])
        #expect(admissions == [.undecidable(reason: reason)])
    }
}
