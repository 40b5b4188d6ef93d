// The position of each shard, in a file: {"streamArn":"…","shards":{"shardId-…":"4491…"}}.

import Foundation
import JSONScanning

struct CheckpointFile: Sendable {
    private static let maximumByteCount = 256 << 20

    let path: String
    let streamARN: String
    private(set) var shards: [String: ShardPlace] = [:]
    /// Whether the run continues an earlier one, which had seen the stream's shards.
    private(set) var isResumed = false

    /// Reads the file if it is there. One of another stream is refused: the table may have been created anew.
    init(_ path: String, streamARN: String) throws {
        self.path = path
        self.streamARN = streamARN
        guard FileManager.default.fileExists(atPath: path) else { return }
        let data = try InputFile(path).read(limit: Self.maximumByteCount)
        let limits = JSONLimits(maximumByteCount: Self.maximumByteCount)
        guard let root = (try? JSONDocument([UInt8](data), limits: limits))?.root,
            let stream = root["streamArn"].flatMap({ try? $0.string() })
        else { throw LiveError.brokenCheckpoint(path: path) }
        guard stream == streamARN else { throw LiveError.otherStream(path: path, stream: stream, found: streamARN) }
        for member in root["shards"]?.members.map({ $0 }) ?? [] {
            let shardID = member.repairedName
            guard let place = ShardPlace(member.value, shardID: shardID) else {
                throw LiveError.brokenCheckpoint(path: path)
            }
            shards[shardID] = place
        }
        isResumed = !shards.isEmpty
    }

    /// Changes the entry of a shard and writes the file before the change takes effect. A reader of the file sees the
    /// old positions or the new ones, never a mixture.
    mutating func update(_ shardID: String, _ change: (inout ShardPlace) -> Void) throws(OutputError) {
        change(&shards[shardID, default: ShardPlace()])
        try write()
    }

    /// Adds a shard without writing the file; ``write()`` follows.
    mutating func add(_ shardID: String, _ place: ShardPlace) { shards[shardID] = place }

    /// Removes shards that the stream no longer has.
    mutating func keep(_ isListed: (String) -> Bool) throws(OutputError) {
        shards = shards.filter { isListed($0.key) }
        try write()
    }

    func write() throws(OutputError) {
        var json: [UInt8] = []
        json.appendJSON(#"{"streamArn":"#)
        json.appendJSONString(streamARN)
        json.appendJSON(#","shards":{"#)
        for (index, shard) in shards.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { json.appendJSON(",") }
            json.appendJSONString(shard.key)
            json.appendJSON(":")
            shard.value.append(to: &json)
        }
        json.appendJSON("}}\n")
        // A symbolic link is kept; the file that it names is replaced.
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        do {
            try Data(json).write(to: target, options: .atomic)
        } catch {
            throw OutputError.cannotWrite(path: path, reason: "its folder is missing, or there is no room")
        }
    }
}

enum LiveError: UserFacingError {
    case noStream(table: String)
    case brokenCheckpoint(path: String)
    case otherStream(path: String, stream: String, found: String)
    case unreachable(String)
    case unreadable(shardID: String, reason: String)
    case replaced(table: String, by: String)
    case openDestination(DestinationGap)

    var description: String {
        switch self {
        case .noStream(let table):
            "The table \(table) has no stream. Turn it on: aws dynamodb update-table --table-name \(table) "
                + "--stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES"
        case .brokenCheckpoint(let path):
            "\(path) is not a checkpoint file of this command. Remove it to start over, or name another with "
                + "--checkpoint-file."
        case .otherStream(let path, let stream, let found):
            "\(path) belongs to the stream \(stream), and the table's stream is \(found). Remove the file to start over, "
                + "or name another with --checkpoint-file."
        case .unreachable(let reason): "The stream cannot be read: \(reason)"
        case .unreadable(let shardID, let reason):
            "A page of \(shardID) cannot be read: \(reason). Records from there on were not delivered."
        case .replaced(let table, let stream):
            "The table \(table) has a new stream, \(stream), of which nothing was read. Start over with another "
                + "--checkpoint-file to read it."
        case .openDestination(let gap): gap.description
        }
    }
}
