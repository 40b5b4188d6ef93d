// Failed deliveries counted where it is kept what was done, so that every environment counts on.

public import Idempotency
public import LambdaFunctions
public import StreamProcessing

/// Counts the failed deliveries of a record in its idempotency record: `attempts`, which Powertools ignores.
///
/// `deadLettered(after:to:)` uses it by itself where the processor is `idempotent(using:)` over a store that counts, as
/// `DynamoDBIdempotencyStore` does. Name it to count in a table without handling records once:
///
/// ```swift
/// let once = IdempotentOperations(store: DynamoDBIdempotencyStore(table: "idempotency"))
/// let counting = processor.deadLettered(after: 5, to: sink, counting: StoredDeliveryCounter(in: once))
/// ```
///
/// A failed record costs one more request, a record that is done none. The count is dropped when the record expires:
/// leave `expiresAfter` at the day that a stream keeps its records, or raise it.
public struct StoredDeliveryCounter<Store: FailureCountingStore>: DeliveryCounter {
    private let operations: IdempotentOperations<Store>

    /// - Parameter operations: where the count is kept: under the default key in the record that `idempotent(using:)` writes,
    ///   under a custom key in one beside it.
    public init(in operations: IdempotentOperations<Store>) {
        self.operations = operations
    }

    public func countFailure(of record: RecordIdentity, in context: LambdaContext) async throws -> Int {
        try await operations.countFailure(
            of: record.idempotencyKey,
            remainingTime: context.remainingTimeIfLimited,
            functionName: context.functionName
        )
    }

    /// Nothing: the record is done, is not counted again, and expires by itself.
    public func forget(_ record: RecordIdentity) async {}
}
