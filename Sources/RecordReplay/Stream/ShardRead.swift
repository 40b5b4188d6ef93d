// One page of a shard, read when its time has come.

internal import AWSServices

struct ShardRead: Sendable {
    enum Outcome: Sendable {
        case page(StreamPage)
        case failure(AWSError)
        case cancelled
    }

    let cursor: ShardCursor
    private let streams: DynamoDBStreamsClient
    private let streamARN: String

    init(_ cursor: ShardCursor, _ source: StreamSource) {
        self.cursor = cursor
        streams = source.streams
        streamARN = source.streamARN
    }

    func next() async -> Outcome {
        if let retryAt = cursor.retryAt {
            guard (try? await Task.sleep(until: retryAt, clock: .continuous)) != nil else { return .cancelled }
        }
        do throws(AWSError) {
            var iterator = cursor.iterator
            if iterator == nil {
                iterator = try await streams.shardIterator(cursor.position, inShard: cursor.id, of: streamARN)
            }
            return .page(try await streams.records(at: iterator ?? ""))
        } catch {
            if case .cancelled = error.kind { return .cancelled }
            return .failure(error)
        }
    }
}
