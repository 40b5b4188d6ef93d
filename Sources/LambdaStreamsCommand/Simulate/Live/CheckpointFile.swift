// How far each shard is done, in a file: {"streamArn":"…","shards":{"shardId-…":"4491…"}}.

import DynamoDBStreamEvents
import Foundation
import JSONScanning

struct CheckpointFile {
    private static let maximumByteCount = 16 << 20

    let path: String
    let streamARN: String
    private(set) var shards: [String: SequenceNumber] = [:]

    /// Reads the file if it is there. One of another stream is refused: the table may have been made anew.
    init(_ path: String, streamARN: String) throws {
        self.path = path
        self.streamARN = streamARN
        guard FileManager.default.fileExists(atPath: path) else { return }
        let data = try InputFile(path).read(limit: Self.maximumByteCount)
        guard let root = (try? JSONDocument([UInt8](data)))?.root,
            let stream = root["streamArn"].flatMap({ try? $0.string() })
        else { throw LiveError.brokenCheckpoint(path: path) }
        guard stream == streamARN else { throw LiveError.otherStream(path: path, stream: stream) }
        for member in root["shards"]?.members.map({ $0 }) ?? [] {
            guard let number = member.value.textBytes.flatMap({ SequenceNumber($0) }) else {
                throw LiveError.brokenCheckpoint(path: path)
            }
            shards[member.repairedName] = number
        }
    }

    /// Writes the new place before it counts: a reader of the file sees the old one or the new one, never half of it.
    mutating func pass(_ number: SequenceNumber, shardID: String) throws {
        shards[shardID] = number
        var json: [UInt8] = []
        json.appendJSON(#"{"streamArn":"#)
        json.appendJSONString(streamARN)
        json.appendJSON(#","shards":{"#)
        for (index, shard) in shards.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { json.appendJSON(",") }
            json.appendJSONString(shard.key)
            json.appendJSON(":")
            json.appendJSONString(shard.value.description)
        }
        json.appendJSON("}}\n")
        do {
            try Data(json).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw OutputError.cannotWrite(path: path)
        }
    }
}

enum LiveError: UserFacingError {
    case noStream(table: String)
    case brokenCheckpoint(path: String)
    case otherStream(path: String, stream: String)
    case unreachable(String)

    var description: String {
        switch self {
        case .noStream(let table):
            "The table \(table) has no stream. Turn it on: aws dynamodb update-table --table-name \(table) "
                + "--stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES"
        case .brokenCheckpoint(let path):
            "\(path) is no checkpoint file of this command. Remove it to begin anew, or name another with --checkpoint-file."
        case .otherStream(let path, let stream):
            "\(path) belongs to the stream \(stream). Remove it to begin anew, or name another with --checkpoint-file."
        case .unreachable(let reason): "The stream cannot be read: \(reason)"
        }
    }
}
