// The bucket: records that are to be redriven, and those that failed again.

import LambdaStreamsAWS
import RecordReplay

/// The records of a batch that was discarded, with the message about it.
struct FailedBatch: Sendable {
    /// What the stream, the shard and the range are called below the prefixes.
    let name: String
    let message: FailureMessage
    /// The message as Lambda wrote it.
    let document: [UInt8]
    var records: [ReplayRecord] = []
    /// What could not be read back; nil when everything could.
    var loss: String?

    init(_ message: FailureMessage, _ document: FailureDocument) {
        self.message = message
        self.document = document.bytes
        let table = message.streamARN.split(separator: "/").dropFirst().first ?? "unknown"
        let range = message.records.map { "\($0.start)-\($0.end)" } ?? message.requestID ?? "window"
        name = "\(table)/\(message.shardID)/\(range)-\(message.requestID ?? "unknown").json"
    }

    /// The message with the event as a bucket receives it from Lambda, so that `lambda-streams redrive` reads it.
    var json: [UInt8] {
        var event = Array(#"{"Records":["#.utf8)
        event += records.map(\.json).joined(separator: [UInt8(ascii: ",")])
        event += Array("]}".utf8)
        // A message that has an event already came from a bucket.
        guard message.payload == nil, let end = document.lastIndex(of: UInt8(ascii: "}")), !records.isEmpty else {
            return records.isEmpty ? document : event
        }
        return document[..<end] + Array(#","payload":"#.utf8) + event + [UInt8(ascii: "}")]
    }
}

struct FailedRecordStore: Sendable {
    let bucket: String
    let s3: S3Client

    /// What an earlier delivery of the message saved.
    func records(of batch: FailedBatch) async throws -> [ReplayRecord]? {
        let bytes: [UInt8]
        do throws(AWSError) {
            bytes = try await s3.getObject(key: "failed/" + batch.name, from: bucket, maximumSize: Self.maximumSize)
        } catch {
            guard error.code == "NoSuchKey" else { throw error }
            return nil
        }
        switch try FailureDocument(bytes).content {
        case .batch(let message): return message.payload?.records ?? []
        case .records(let records): return records
        default: return nil
        }
    }

    func save(_ batch: FailedBatch) async throws {
        try await put(batch.json, "failed/" + batch.name)
    }

    /// Written first and then deleted: what is there twice is redriven twice at worst.
    func park(_ batch: FailedBatch) async throws {
        try await put(batch.json, "parked/" + batch.name)
        try await remove(batch)
    }

    func park(unreadable message: SQSMessage) async throws {
        try await put(Array((message.body ?? "").utf8), "parked/unreadable/\(message.messageID ?? "unknown").json")
    }

    func remove(_ batch: FailedBatch) async throws {
        try await s3.deleteObject(key: "failed/" + batch.name, from: bucket)
    }

    private func put(_ body: [UInt8], _ key: String) async throws {
        try await s3.putObject(body, key: key, in: bucket, contentType: "application/json")
    }

    private static let maximumSize = FailureDocument.maximumByteCount
}
