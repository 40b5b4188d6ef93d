// What is there before a backfill begins: the table, its stream, and what reading it would cost.

public import AWSServices
public import DynamoDBStreamEvents

/// A table that can be backfilled, because it has a stream.
///
/// ```swift
/// let survey = try await BackfillSurvey(of: "orders")
/// let invocations = BackfillSurvey.invocations(
///     itemCount: survey.table.itemCount,
///     itemSize: survey.averageItemSize,
///     batchSize: 100
/// )
/// print("\(survey.readUnits(isConsistent: false)) read units, at least \(invocations) invocations")
/// ```
public struct BackfillSurvey: Sendable {
    /// The table.
    public let table: TableDescription
    /// The table's current stream.
    public let stream: BackfillStream
    /// The lowest sequence number that a shard of the stream begins with; nil where that is not known.
    public let lowestSequenceNumber: SequenceNumber?

    /// Looks at a table and its stream.
    ///
    /// - Parameters:
    ///   - table: the table's name or ARN.
    ///   - tables: describes the table.
    ///   - streams: describes the stream.
    /// - Throws: when the table cannot be read, or has no stream whose records its items could look like.
    public init(
        of table: String,
        tables: DynamoDBClient = DynamoDBClient(),
        streams: DynamoDBStreamsClient = DynamoDBStreamsClient()
    ) async throws(BackfillError) {
        let described: TableDescription
        do throws(AWSError) {
            described = try await tables.describeTable(table)
        } catch {
            throw .tableCannotBeDescribed(table: table, reason: "\(error)")
        }
        self.table = described
        guard described.streamIsEnabled, let arn = described.latestStreamARN else {
            throw .noStream(table: described.name)
        }
        stream = BackfillStream(
            streamARN: arn,
            keyNames: described.keyNames,
            viewType: described.streamViewType ?? .newAndOldImages
        )
        // What it tells is needed for a warning alone, so a role that may not ask gets by without.
        let shards = (try? await streams.describeStream(arn))?.shards ?? []
        lowestSequenceNumber = shards.compactMap(\.startingSequenceNumber).min()
    }

    /// What reading the whole table costs, in read units: one for 4 KB, or for 8 KB where the read is eventually
    /// consistent. DynamoDB's own figure of the size is up to six hours old.
    public func readUnits(isConsistent: Bool) -> Double {
        (Double(table.sizeBytes) / 4_096).rounded(.up) * (isConsistent ? 1 : 0.5)
    }

    /// The size of an item, on average; nil for a table that counts none.
    public var averageItemSize: Double? {
        table.itemCount > 0 ? Double(table.sizeBytes) / Double(table.itemCount) : nil
    }

    /// How often a function would be invoked, at least.
    ///
    /// - Parameters:
    ///   - itemCount: how many items there are.
    ///   - itemSize: the size of one, on average, in bytes.
    ///   - batchSize: the most records of one invocation.
    public static func invocations(itemCount: Int, itemSize: Double?, batchSize: Int) -> Int {
        // In JSON, an item is about twice as large as DynamoDB counts it, and its record has some 600 bytes beside it. An
        // event has up to 6 MB.
        let recordSize = (itemSize ?? 0) * 2 + 600
        let fitting = max(1, Int(6_000_000 / recordSize))
        let size = max(1, min(batchSize, fitting))
        return itemCount / size + (itemCount % size == 0 ? 0 : 1)
    }
}
