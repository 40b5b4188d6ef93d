// Changes that are writes to DynamoDB: carried out together with their number, in one request.

public import AWSServices
public import DynamoDBStreamEvents
public import Idempotency

extension LastAppliedGuard where Store == DynamoDBLastAppliedStore {
    /// Has the writes of a change carried out together with its number, all or none: exactly once.
    ///
    /// One request for each change, and no gap: whatever dies whenever, the writes are in their tables if and only if the
    /// number says so, and never twice. They cost twice the write units. `LastAppliedSettings.guarantee` has no influence here.
    ///
    /// ```swift
    /// let applied = LastAppliedGuard(store: DynamoDBLastAppliedStore(table: "last-applied"))
    /// try await applied.applyTransaction(key: order.id, number: number) { [.update(addToTotal(order))] }
    /// ```
    ///
    /// - Parameters:
    ///   - key: names the item: changes of different items must not share a key.
    ///   - number: the change's place in the order of the item's changes.
    ///   - remainingTime: how long the transaction may take; nil for the client's own limit.
    ///   - functionName: the prefix of the key where the guard has none of its own.
    ///   - writes: says what to write: up to 99 writes, no two on one item. Is asked before it is known whether the change
    ///     was applied, so it should do nothing else.
    /// - Returns: false when the change was skipped.
    /// - Throws: what `writes` throws; the `AWSError` of the transaction when it was not carried out, with the reason for
    ///   each write behind that of the number; ``TooManyTransactedWrites``; and `LastAppliedError`.
    @discardableResult
    public func applyTransaction(
        key: String,
        number: SequenceNumber,
        remainingTime: Duration? = nil,
        functionName: String? = nil,
        _ writes: () async throws -> [TransactWrite]
    ) async throws -> Bool {
        let key = try storedKey(key, functionName: functionName)
        let deadline = remainingTime.map { ContinuousClock.now + $0 }
        var patience = Patience(settings.runningDuplicate, remainingTime: remainingTime)
        let writes = try await writes()
        guard writes.count <= TooManyTransactedWrites.limit else { throw TooManyTransactedWrites(count: writes.count) }
        while true {
            let call = StoreCall(now: settings.clock.now, deadline: deadline)
            let change = LastAppliedChange(key: key, number: number, owner: OwnerToken.random(), step: .advance)
            do {
                try await store.carryOut(change, with: writes, in: call)
                return true
            } catch {
                guard case .transactionCanceled(let reasons) = error.kind, let first = reasons.first,
                    first.code == "ConditionalCheckFailed"
                else { throw error }
                let current = first.item.map(LastApplied.init(item:))
                if change.isMade(in: current) { return true }
                if current?.covers(number) == true { return false }
                // Another call's claim keeps the change out.
                guard let pause = patience.next(leaseEnd: current?.leaseEnd, at: settings.clock.now) else {
                    throw LastAppliedError.inProgress(
                        key: key,
                        number: current?.claimed ?? number,
                        leaseEnd: current?.leaseEnd
                    )
                }
                try await Task.sleep(for: pause)
            }
        }
    }
}

extension DynamoDBLastAppliedStore {
    /// The owner's token is of one call alone, and so is its transaction: sent again, it is carried out once.
    fileprivate func carryOut(
        _ change: LastAppliedChange,
        with writes: [TransactWrite],
        in call: StoreCall
    ) async throws(AWSError) {
        try await client.transactWriteItems(
            [.update(update(for: change, at: call.now))] + writes,
            requestToken: change.owner,
            timeout: call.timeout
        )
    }
}
