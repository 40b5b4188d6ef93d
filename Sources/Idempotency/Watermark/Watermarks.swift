// The public face: the changes of each thing applied once and in order, at the cost of one record for each thing.

public import DynamoDBStreamEvents
public import Logging

/// Applies each change of a thing once and none after a later one, however often and from wherever it is delivered.
///
/// ```swift
/// let marks = Watermarks(store: DynamoDBWatermarkStore(table: "watermarks"))
/// let handler = ChangeHandler(project).watermarked(using: marks)
/// ```
///
/// Where ``IdempotentOperations`` keeps a record for each event until it expires, a watermark is one record for each
/// source key, and tells the order besides: a change whose sequence number is not above the highest that was applied is
/// passed over, be it a redelivery, a redrive days later or a straggler. That asks for two things: sequence numbers of
/// one key grow with its changes, as those of DynamoDB do within a stream, and changes of one key come one after the
/// other, as in a shard. A change that is passed over by its owner's decision, because it is captured as poison say, is
/// refused for good once a later one was applied.
///
/// A value of this type never changes, and each call carries its own key, number and owner's token.
public struct Watermarks<Store: WatermarkStore>: Sendable {
    /// Where the watermarks are kept.
    public let store: Store
    /// What is before `#` in every key.
    public let prefix: String
    public let settings: WatermarkSettings

    /// - Parameters:
    ///   - store: where the watermarks are kept.
    ///   - prefix: tells these watermarks from others in the same store: each consumer of a stream needs its own. By
    ///     default the function's name (`AWS_LAMBDA_FUNCTION_NAME`, or `function` where there is none) and
    ///     `.watermark`.
    ///   - settings: everything that has a default.
    public init(store: Store, prefix: String? = nil, settings: WatermarkSettings = WatermarkSettings()) {
        self.store = store
        self.prefix = prefix ?? (ProcessEnvironment.variable("AWS_LAMBDA_FUNCTION_NAME") ?? "function") + ".watermark"
        self.settings = settings
    }

    /// Applies the change of `number` to the thing of `key`, unless it or a later one was applied.
    ///
    /// - Parameters:
    ///   - key: the source key: what the changes are of.
    ///   - number: the change's place in the order of the key's changes.
    ///   - remainingTime: how long this invocation may still take; nil when nobody will end it. The claim and every
    ///     request to the store are measured by it.
    ///   - logger: is told of what a caller is not: a claim that could not be given back.
    ///   - effect: applies the change.
    /// - Returns: what `effect` gives; nil when the change was passed over.
    /// - Throws: what `effect` throws, and ``WatermarkError``.
    @discardableResult
    public func apply<Result: Sendable>(
        key: String,
        number: SequenceNumber,
        remainingTime: Duration? = nil,
        logger: Logger? = nil,
        _ effect: () async throws -> Result
    ) async throws -> Result? {
        let key = try storedKey(key)
        let call = WatermarkCall(
            store: store,
            settings: settings,
            key: key,
            number: number,
            remainingTime: remainingTime,
            logger: logger
        )
        return switch settings.order {
        case .claimed: try await call.applyClaimed(effect)
        case .afterEffect: try await call.applyThenWrite(effect)
        case .beforeEffect: try await call.writeThenApply(effect)
        }
    }

    /// The watermark of `key` as the store has it now; nil when nothing of it was applied yet.
    public func watermark(of key: String) async throws -> Watermark? {
        try await store.watermark(of: storedKey(key), in: StoreCall(now: settings.clock.now))
    }

    /// The key as the store has it.
    package func storedKey(_ key: String) throws(WatermarkError) -> String {
        let stored = "\(prefix)#\(key)"
        guard stored.utf8.count <= store.longestKey else {
            throw .keyTooLong(byteCount: stored.utf8.count, limit: store.longestKey)
        }
        return stored
    }
}
