// The same order three ways: for Codable, by hand, and as JSONDecoder needs it.

import DynamoDBStreamEvents
import FoundationEssentials

struct Order: Codable {
    let id: String
    let total: Double
    let status: String
    let quantity: Int
    let updatedAt: Int
    let paid: Bool
}

/// With Foundation's types and an enum, each of which is made by an `init(from:)` of its own.
struct RichOrder: Codable {
    enum Status: String, Codable { case open = "OPEN", closed = "CLOSED" }

    let id: String
    let total: Decimal
    let status: Status
    let quantity: Int
    let updatedAt: Date
    let paid: Bool
}

/// The four members of the typed rows.
struct Row: Codable {
    let id: String
    let total: Double
    let status: String
    let quantity: Int
}

struct FastRow: ItemDecodable {
    let id: String
    let total: Double
    let status: String
    let quantity: Int

    init(from reader: inout ItemReader) throws {
        id = try reader.read("id")
        total = try reader.read("total")
        status = try reader.read("status")
        quantity = try reader.read("quantity")
    }
}

struct RichRow: Codable {
    let id: String
    let total: Decimal
    let quantity: Int
    let updatedAt: Date
}

struct FastOrder: ItemDecodable {
    let id: String
    let total: Double
    let status: String
    let quantity: Int
    let updatedAt: Int
    let paid: Bool

    init(from reader: inout ItemReader) throws {
        id = try reader.read("id")
        total = try reader.read("total")
        status = try reader.read("status")
        quantity = try reader.read("quantity")
        updatedAt = try reader.read("updatedAt")
        paid = try reader.read("paid")
    }
}

/// The event as Codable structs that any JSON decoder takes.
struct PlainEvent: Decodable {
    struct Record: Decodable {
        let eventID: String
        let eventName: String
        let eventVersion: String
        let eventSource: String
        let awsRegion: String
        let dynamodb: Change
        let eventSourceARN: String
    }
    struct Change: Decodable {
        let ApproximateCreationDateTime: Double
        let Keys: [String: Value]
        let NewImage: [String: Value]?
        let SequenceNumber: String
        let SizeBytes: Int
        let StreamViewType: String
    }
    struct Value: Decodable {
        let S: String?
        let N: String?
        let BOOL: Bool?
    }
    let Records: [Record]
}
