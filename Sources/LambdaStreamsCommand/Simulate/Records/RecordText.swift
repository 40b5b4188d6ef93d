// One record of the input, unchanged.

import EventSourceMapping

struct RecordText: Sendable {
    /// Where it came from, for errors: `line 7`, `record 3 of line 7`.
    let place: String
    /// Nil where the input does not say; the records then share one shard.
    let shardID: String?
    /// The shard that this one's shard came out of, where the input says so.
    let parentShardID: String?
    /// The record's JSON, as Lambda sends it or as GetRecords returns it.
    let json: [UInt8]
    let sequenceNumber: String
    /// Whether it had an image that the mapping's stream does not have.
    var hasLeftOutImage = false

    func inShard(_ id: String) -> RecordText {
        RecordText(place: place, shardID: id, parentShardID: nil, json: json, sequenceNumber: sequenceNumber)
    }
}

/// What is wrong with the input.
enum RecordError: Error, Equatable {
    case file(InputFileError)
    case empty(file: String)
    case text(InputTextError)
    case noRecord(file: String, place: String, found: String)
    case noSequenceNumber(file: String, place: String)
    case noShard(file: String, place: String, member: String)
    case unreadableTime(file: String, place: String, UnreadableTime)
    case tooMany(file: String, limit: Int)
    case sameNumber(file: String, places: [String])
}

extension RecordError: UserFacingError {
    var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .empty(let file): "\(file) has no records."
        case .text(let error): "\(error)"
        case .noRecord(let file, let place, let found):
            "\(file), \(place): this is not a stream record, but \(found). A record has a member dynamodb; "
                + "events, arrays of records, JSON lines and the output of GetRecords are read. Events of other services: "
                + "lambda-streams invoke."
        case .noSequenceNumber(let file, let place):
            "\(file), \(place): dynamodb.SequenceNumber is missing, or is not decimal digits. Records are ordered and "
                + "reported by it."
        case .noShard(let file, let place, let member):
            "\(file), \(place): \(member) is not the name of a shard: 1 to 65 printable ASCII characters, such as "
                + "shardId-00000001785410052000-3d6f6b5a."
        case .unreadableTime(let file, let place, let time): "\(file), \(place): \(time)."
        case .tooMany(let file, let limit): "\(file) has more than \(limit) records."
        case .sameNumber(let file, let places):
            "\(file), \(places.joined(separator: " and ")): two different changes have the same sequence number. A stream "
                + "gives every change a number of its own, and a record of a number that was there is taken for a "
                + "duplicate. Change one of the numbers, or generate all records by one call of generate-event."
        }
    }
}
