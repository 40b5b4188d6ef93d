// The public interface: the changes of each item applied once and in order, with one record for each item.

public import DynamoDBStreamEvents
public import Logging

/// Applies each change of an item once, and none after a later one, however often and from wherever it is delivered.
///
/// ```swift
/// let processor = BatchProcessor { (change: ItemChange<Order>, context: RecordContext) in try await project(change) }
///     .onlyNewer(using: DynamoDBLastAppliedStore(table: "last-applied"))
/// ```
///
/// ``IdempotentOperations`` keeps a record for each event until it expires. This keeps one record for each item: the
/// sequence number of the last change that was applied. A change whose number is not higher is skipped: a redelivery, a
/// redrive days later or a straggler. This requires that changes of one key come one after the other, as in a shard,
/// and that their sequence numbers grow. Within a shard they do. That they also grow from a parent shard to its child,
/// where an item's changes continue after a split, is an assumption: AWS documents that the changes of an item appear
/// in the order in which they were made, and does not say how their numbers compare across shards. In captures, the
/// numbers of a table grow over time, from 22 to 24 digits in one of them. A change that goes to the dead letters is
/// refused permanently once a later one was applied.
///
/// A deletion is a change like the others: its number stays, so an older change, or an item that a backfill read before the
/// deletion, does not bring the item back. The numbers of a backfill are lower than those of any change, so it applies an
/// item only where nothing was ever applied.
///
/// A value of this type never changes, and each call has its own key, number and owner token.
public struct LastAppliedGuard<Store: LastAppliedStore>: Sendable {
    /// The store of the numbers.
    public let store: Store
    /// The text before `#` in every key. Nil is the name of the function and `.last-applied`: the invocation's if one
    /// is given, otherwise `AWS_LAMBDA_FUNCTION_NAME`, otherwise `function`.
    public let prefix: String?
    /// The guarantee, and what a second delivery does while the first one runs.
    public let settings: LastAppliedSettings

    /// - Parameters:
    ///   - store: the store of the numbers.
    ///   - prefix: tells these numbers from others in the same store: each consumer of a stream needs its own. By default
    ///     the function's name and `.last-applied`.
    ///   - settings: the guarantee, the claim, and what happens to duplicates.
    public init(store: Store, prefix: String? = nil, settings: LastAppliedSettings = LastAppliedSettings()) {
        self.store = store
        self.prefix = prefix
        self.settings = settings
    }

    /// Applies the change of `number` to the item of `key`, unless it or a later one was applied.
    ///
    /// - Parameters:
    ///   - key: names the item: changes of different items must not share a key, for their numbers are not in one order.
    ///   - number: the change's place in the order of the item's changes.
    ///   - remainingTime: how long this invocation may still take; nil when nobody will end it. The claim and every
    ///     request to the store are measured by it.
    ///   - functionName: the prefix of the key if the guard has none.
    ///   - logger: receives what a caller does not: a claim that could not be released.
    ///   - effect: applies the change.
    /// - Returns: what `effect` returns; nil when the change was skipped.
    /// - Throws: what `effect` throws, and ``LastAppliedError``.
    @discardableResult
    public func apply<Result: Sendable>(
        key: String,
        number: SequenceNumber,
        remainingTime: Duration? = nil,
        functionName: String? = nil,
        logger: Logger? = nil,
        _ effect: () async throws -> Result
    ) async throws -> Result? {
        let key = try storedKey(key, functionName: functionName)
        let call = LastAppliedCall(
            store: store,
            settings: settings,
            key: key,
            number: number,
            remainingTime: remainingTime,
            logger: logger
        )
        return switch settings.guarantee {
        case .atLeastOnceExclusively: try await call.applyClaimed(effect)
        case .atLeastOnce: try await call.applyThenWrite(effect)
        case .atMostOnce: try await call.writeThenApply(effect)
        }
    }

    /// What the store has of `key` now; nil when nothing of it was applied yet.
    ///
    /// - Throws: ``LastAppliedError``.
    public func lastApplied(of key: String, functionName: String? = nil) async throws -> LastApplied? {
        let key = try storedKey(key, functionName: functionName)
        return try await store.lastApplied(of: key, in: StoreCall(now: settings.clock.now))
    }

    /// The key as the store has it.
    package func storedKey(_ key: String, functionName: String?) throws(LastAppliedError) -> String {
        let name = functionName ?? ProcessEnvironment.variable("AWS_LAMBDA_FUNCTION_NAME") ?? "function"
        let stored = "\(prefix ?? name + ".last-applied")#\(key)"
        guard stored.utf8.count <= store.longestKey else {
            throw .keyTooLong(byteCount: stored.utf8.count, limit: store.longestKey)
        }
        return stored
    }
}
