// Attempts counted where it is kept what was done, so that every environment counts on.

public import Idempotency
public import StreamProcessing

/// Counts the attempts at a record in its idempotency record: `attempts`, which Powertools passes over.
///
/// ```swift
/// let once = IdempotentOperations(store: DynamoDBIdempotencyStore(table: "idempotency", countsAttempts: true))
/// let handler = ChangeHandler(notify)
///     .idempotent(using: once)
///     .capturingPoison(after: 5, to: sink, counting: StoredAttemptCounter(in: once))
/// ```
///
/// A failed record costs one more request, a record that is done none. The count is dropped when the record expires:
/// leave `expiresAfter` at the day that a stream keeps its records, or raise it.
public struct StoredAttemptCounter<Store: AttemptCountingStore>: AttemptCounter {
    private let operations: IdempotentOperations<Store>

    /// - Parameter operations: those of the `.idempotent` layer. Under its default key the count is in the record that the
    ///   layer writes, under a key of your own in one beside it.
    public init(in operations: IdempotentOperations<Store>) {
        self.operations = operations
    }

    public func countFailure(of record: RecordIdentity) async throws -> Int {
        try await operations.countAttempt(of: record.idempotencyKey)
    }

    /// Nothing: the record is done, will not be counted again, and expires by itself.
    public func forget(_ record: RecordIdentity) async {}
}
