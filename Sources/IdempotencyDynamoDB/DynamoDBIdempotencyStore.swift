// Records in a DynamoDB table, laid out as those of Powertools: the same table serves functions of both.

public import AWSServices
internal import DynamoDBStreamEvents
public import Idempotency

/// Keeps records in a DynamoDB table.
///
/// ```swift
/// let store = DynamoDBIdempotencyStore(table: "idempotency")
/// ```
///
/// The table has the partition key `id` (`S`) and the Time to Live attribute `expiration`, as Powertools for AWS Lambda
/// makes it. Records are Powertools' own, with an attribute `owner` and a condition on it wherever Powertools writes
/// without one. A record of work that failed stays, free for the next call, until it expires: it keeps the count of failed
/// deliveries. The function needs `dynamodb:UpdateItem` and `GetItem`, and `BatchGetItem` to look batches up.
public struct DynamoDBIdempotencyStore: FailureCountingStore {
    /// The table's name or ARN.
    public let table: String
    /// The names of the table's attributes.
    public let layout: IdempotencyTableLayout
    let client: DynamoDBClient

    /// - Parameters:
    ///   - table: the table's name or ARN.
    ///   - client: who calls DynamoDB; by default with everything from the environment.
    ///   - layout: the names of attributes, and whether the table has a sort key.
    public init(
        table: String,
        client: DynamoDBClient = DynamoDBClient(),
        layout: IdempotencyTableLayout = IdempotencyTableLayout()
    ) {
        self.table = table
        self.client = client
        self.layout = layout
    }

    /// DynamoDB takes items of 400 KB, names included: 8 KB of it are left to everything but the result. A partition key
    /// has 2048 bytes, a sort key 1024 ("Quotas in Amazon DynamoDB").
    public var limits: IdempotencyStoreLimits {
        IdempotencyStoreLimits(keyByteCount: layout.sortKey == nil ? 2048 : 1024, dataByteCount: 400 * 1024 - 8 * 1024)
    }

    public func begin(_ record: IdempotencyRecord, in call: StoreCall) async throws -> BeginOutcome {
        do {
            try await client.updateItem(try overtake(record, at: call.now), timeout: call.timeout)
            return .begun
        } catch let error as AWSError {
            guard case .conditionalCheckFailed(let item) = error.kind else { throw error.asNothingStored }
            // An endpoint that does not send the item is asked for it.
            guard let item else { return .exists(try await read(record.key, in: call)) }
            return .exists(layout.record(item, key: record.key))
        }
    }

    public func complete(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome {
        try await fenced(record) { try await client.updateItem(completion(of: record), timeout: call.timeout) }
    }

    public func release(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome {
        try await fenced(record) { try await client.updateItem(freeing(record), timeout: call.timeout) }
    }

    public func renew(_ record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome {
        try await fenced(record) { try await client.updateItem(renewal(of: record), timeout: call.timeout) }
    }

    public func read(_ key: String, in call: StoreCall) async throws -> IdempotencyRecord? {
        let item = try await client.getItem(
            layout.key(key),
            from: table,
            consistently: true,
            timeout: call.timeout
        )
        return item.map { layout.record($0, key: key) }
    }

    public func read(_ keys: [String], in call: StoreCall) async throws -> [IdempotencyRecord] {
        // Not consistently, at half the price: what is completed stays so, and a record that is missed is begun as always.
        let items = try await client.batchGetItem(
            try keys.map { try layout.key($0) },
            from: table,
            whatIsFoundBy: call.deadline
        )
        return items.compactMap { item in layout.key(of: item).map { layout.record(item, key: $0) } }
    }

    private func fenced(
        _ record: IdempotencyRecord,
        _ write: () async throws -> Item?
    ) async throws -> FenceOutcome {
        do {
            _ = try await write()
            return .done
        } catch let error as AWSError {
            guard case .conditionalCheckFailed(let item) = error.kind else { throw error }
            return .lost(item.map { layout.record($0, key: record.key) })
        }
    }
}

extension StoreCall {
    /// The time there is for a request; nil for the client's own limit.
    var timeout: Duration? {
        deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
    }
}

extension AWSError {
    /// This error, marked where it is sure that the request changed nothing. A retry says nothing of the attempt before it.
    var asNothingStored: any Error {
        attempts <= 1 && !mayHaveTakenEffect ? NothingStored(self) : self
    }
}
