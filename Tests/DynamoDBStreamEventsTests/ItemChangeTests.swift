// Changes: what each stream view type gives, and what it cannot give.

import DynamoDBStreamEvents
import Foundation
import Testing

@Suite("Changes")
struct ItemChangeTests {
    struct Order: Codable, Equatable {
        let total: Int
    }

    struct OrderKey: Codable, Equatable {
        let id: String
    }

    struct ByHand: ItemDecodable {
        let total: Int
        init(from reader: inout ItemReader) throws { total = try reader.read("total") }
    }

    struct KeyByHand: ItemDecodable {
        let id: String
        init(from reader: inout ItemReader) throws { id = try reader.read("id") }
    }

    static let keys: Item = ["id": "o-1"]
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
        #expect(
            try change(recordJSON("REMOVE", old: Self.two))
                == .removed(old: Order(total: 2), keys: Self.keys, cause: .request)
        )
        #expect(
            try change(recordJSON("MODIFY", new: Self.two, viewType: "NEW_IMAGE"))
                == .modified(old: nil, new: Order(total: 2))
        )
        #expect(try change(recordJSON("INSERT", new: Self.one)).new == Order(total: 1))
        #expect(try change(recordJSON("INSERT", new: Self.one)).old == nil)
    }

    @Test(
        "a removal never fails for lack of an image",
        arguments: ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "LATER"],
        ["", "\"OldImage\":null,"]
    )
    func removalWithoutImage(viewType: String, image: String) throws {
        let json = recordJSON("REMOVE", viewType: viewType)
            .replacingOccurrences(of: "\"SizeBytes\"", with: image + "\"SizeBytes\"")
        #expect(try change(json) == .removed(old: nil, keys: Self.keys, cause: .request))
        let record = try #require(event(json).records.first)
        #expect(try record.change == .removed(old: nil, keys: Self.keys, cause: .request))
        #expect(try record.change(as: ByHand.self).old == nil)
        guard case .removed(_, let keys, _) = try record.change else { return }
        #expect(try keys.decode(OrderKey.self) == OrderKey(id: "o-1"))
    }

    @Test("an old image that does not decode still fails its removal, with the path")
    func undecodableOldImage() throws {
        #expect(throws: StreamRecordError.self) { try change(recordJSON("REMOVE", old: #"{"total":{"S":"x"}}"#)) }
    }

    @Test(
        "every stream has the keys of a change",
        arguments: ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
    )
    func keyChanges(viewType: String) throws {
        func keyChange(_ name: String, _ extra: String = "") throws -> KeyChange<OrderKey> {
            let json = recordJSON(name, viewType: viewType, extra: extra)
            return try #require(event(json).records.first).keyChange(as: OrderKey.self)
        }
        let key = OrderKey(id: "o-1")
        #expect(try keyChange("INSERT") == .inserted(key))
        #expect(try keyChange("MODIFY") == .modified(key))
        #expect(try keyChange("REMOVE") == .removed(key, cause: .request))
        let service = #""userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"#
        #expect(try keyChange("REMOVE", service) == .removed(key, cause: .timeToLive))
        #expect(try keyChange("REMOVE").keys == key)
        let record = try #require(event(recordJSON("MODIFY", viewType: viewType)).records.first)
        #expect(try record.keyChange == .modified(Self.keys))
        #expect(try record.keyChange(as: KeyByHand.self).keys.id == "o-1")
    }

    @Test("a key that does not decode, an unknown event and a record without keys are errors")
    func keyErrors() throws {
        func message(_ json: String) throws -> String {
            let record = try #require(event(json).records.first)
            do throws(StreamRecordError) {
                Issue.record("decoded into \(try record.keyChange(as: OrderKey.self))")
                return ""
            } catch {
                return error.description
            }
        }
        #expect(try message(recordJSON(keys: #"{"id":{"N":"1"}}"#)) == "Keys.id: expected a string, found a number")
        #expect(try message(recordJSON(keys: #"{"pk":{"N":"1"}}"#)) == "Keys.id: is missing")
        #expect(try message(recordJSON(keys: nil)) == "Keys: are missing")
        #expect(try message(recordJSON("RENAME")) == "eventName: \"RENAME\" is not INSERT, MODIFY or REMOVE")
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
