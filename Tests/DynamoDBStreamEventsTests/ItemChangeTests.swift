// Changes: what each stream view type gives, and what it cannot give.

import DynamoDBStreamEvents
import Testing

@Suite("Changes")
struct ItemChangeTests {
    struct Order: Codable, Equatable {
        let total: Int
    }

    static let one = #"{"total":{"N":"1"}}"#
    static let two = #"{"total":{"N":"2"}}"#

    private func change(_ json: String) throws -> ItemChange<Order> {
        try #require(event(json).records.first).change(as: Order.self)
    }

    @Test("an insertion, a modification and a removal decode their images")
    func decoded() throws {
        #expect(try change(recordJSON("INSERT", new: Self.one)) == .inserted(Order(total: 1)))
        #expect(
            try change(recordJSON("MODIFY", new: Self.two, old: Self.one))
                == .modified(old: Order(total: 1), new: Order(total: 2))
        )
        #expect(try change(recordJSON("REMOVE", old: Self.two)) == .removed(Order(total: 2), cause: .request))
        #expect(
            try change(recordJSON("MODIFY", new: Self.two, viewType: "NEW_IMAGE"))
                == .modified(old: nil, new: Order(total: 2))
        )
        #expect(try change(recordJSON("INSERT", new: Self.one)).new == Order(total: 1))
        #expect(try change(recordJSON("INSERT", new: Self.one)).old == nil)
    }

    @Test(
        "an image that the stream does not carry is named, with the view types that would",
        arguments: [
            (
                recordJSON("INSERT", viewType: "KEYS_ONLY"),
                "the record has no NewImage, for the stream's view type is KEYS_ONLY; choose NEW_IMAGE or "
                    + "NEW_AND_OLD_IMAGES as the table's StreamViewType"
            ),
            (
                recordJSON("REMOVE", viewType: "NEW_IMAGE"),
                "the record has no OldImage, for the stream's view type is NEW_IMAGE; choose OLD_IMAGE or "
                    + "NEW_AND_OLD_IMAGES as the table's StreamViewType"
            ),
            (
                recordJSON("INSERT", new: "null"),
                "the record has no NewImage, although the stream's view type is NEW_AND_OLD_IMAGES"
            ),
        ]
    )
    func missingImage(json: String, message: String) throws {
        let record = try #require(event(json).records.first)
        do throws(StreamRecordError) {
            _ = try record.change(as: Order.self)
            Issue.record("decoded")
        } catch {
            #expect(error.description == message)
        }
    }

    @Test("the error of a model's own decoding keeps what was thrown")
    func underlying() throws {
        let record = try record(new: #"{"total":{"S":"x"}}"#)
        do throws(StreamRecordError) {
            _ = try record.change(as: Order.self)
            Issue.record("decoded")
        } catch {
            guard case .undecodable(let path, let reason, let underlying) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(path == "NewImage.total")
            #expect(reason == "expected an integer, found a string")
            #expect(underlying is DecodingError)
        }
    }
}
