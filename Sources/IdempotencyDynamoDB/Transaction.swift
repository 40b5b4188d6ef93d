// The writes of one operation on their way into a transaction.

internal import AWSServices
internal import DynamoDBStreamEvents
internal import Idempotency
internal import SharedState

/// Holds what an operation wants written until it is carried out.
final class Transaction: Sendable {
    private let store: DynamoDBIdempotencyStore
    private let writes = Guarded<[TransactWrite]>([])

    init(store: DynamoDBIdempotencyStore) {
        self.store = store
    }

    func take(_ new: [TransactWrite]) throws(TooManyTransactedWrites) {
        guard new.count <= TooManyTransactedWrites.limit else { throw TooManyTransactedWrites(count: new.count) }
        writes.withLock { $0 = new }
    }

    /// Carries the writes out together with the completion of `record`.
    func carryOut(completing record: IdempotencyRecord, in call: StoreCall) async throws -> FenceOutcome {
        let completion = TransactWrite.update(try store.completion(of: record))
        do {
            // The owner's token is of this call alone, and so is its transaction: sent again, it is carried out once.
            try await store.client.transactWriteItems(
                writes.withLock(taken) + [completion],
                requestToken: record.owner,
                timeout: call.timeout
            )
            return .done
        } catch {
            guard case .transactionCanceled(let reasons) = error.kind else { throw error.asNothingStored }
            guard let last = reasons.last, last.code == "ConditionalCheckFailed" else { throw NothingStored(error) }
            return .lost(last.item.map { store.layout.record($0, key: record.key) })
        }
    }

    /// Carries out what is left by itself.
    func carryOutAlone(within timeout: Duration?) async throws {
        let left = writes.withLock(taken)
        guard !left.isEmpty else { return }
        try await store.client.transactWriteItems(left, requestToken: OwnerToken.random(), timeout: timeout)
    }
}

/// The writes, of which none are left behind.
private func taken(_ writes: inout sending [TransactWrite]) -> sending [TransactWrite] {
    defer { writes = [] }
    return writes
}
