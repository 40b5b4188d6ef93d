// Changes that are writes to DynamoDB: carried out together with their watermark, in one request.

public import AWSServices
public import DynamoDBStreamEvents
public import Idempotency

extension Watermarks where Store == DynamoDBWatermarkStore {
    /// Has the writes of a change carried out together with its watermark, all or none.
    ///
    /// One request for each change, and no gap: whatever dies whenever, the writes are in their tables if and only if the
    /// watermark says so, and never twice. They cost twice the write units. ``WatermarkSettings/order`` says nothing here.
    ///
    /// ```swift
    /// try await marks.applyTransaction(key: key, number: number) { [.update(addToTotal(order))] }
    /// ```
    ///
    /// - Parameters:
    ///   - key: the source key: what the changes are of.
    ///   - number: the change's place in the order of the key's changes.
    ///   - remainingTime: how long the transaction may take; nil for the client's own limit.
    ///   - writes: says what to write: up to 99 writes, no two on one item. Is asked before it is known whether the change
    ///     was applied, so it should do nothing else.
    /// - Returns: false when the change was passed over.
    /// - Throws: what `writes` throws; the `AWSError` of the transaction when it was not carried out, with the reason for
    ///   each write behind that of the watermark; ``TooManyTransactedWrites``; and `WatermarkError`.
    @discardableResult
    public func applyTransaction(
        key: String,
        number: SequenceNumber,
        remainingTime: Duration? = nil,
        _ writes: () async throws -> [TransactWrite]
    ) async throws -> Bool {
        let key = try storedKey(key)
        let deadline = remainingTime.map { ContinuousClock.now + $0 }
        let writes = try await writes()
        guard writes.count <= TooManyTransactedWrites.limit else { throw TooManyTransactedWrites(count: writes.count) }
        let call = StoreCall(now: settings.clock.now, deadline: deadline)
        let change = WatermarkChange(key: key, number: number, owner: OwnerToken.random(), step: .advance)
        do {
            try await store.carryOut(change, with: writes, in: call)
            return true
        } catch {
            guard case .transactionCanceled(let reasons) = error.kind, let first = reasons.first,
                first.code == "ConditionalCheckFailed"
            else { throw error }
            let mark = first.item.map(Watermark.init(item:))
            if change.isMade(in: mark) { return true }
            guard mark?.covers(number) == true else {
                throw WatermarkError.inProgress(key: key, number: mark?.claimed ?? number, leaseEnd: mark?.leaseEnd)
            }
            return false
        }
    }
}

extension DynamoDBWatermarkStore {
    /// The owner's token is of one call alone, and so is its transaction: sent again, it is carried out once.
    fileprivate func carryOut(
        _ change: WatermarkChange,
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
