// The public interface: work that is done once for each key.

public import Logging

/// Does work once for each idempotency key, however often it is asked for.
///
/// ```swift
/// let payments = IdempotentOperations(store: DynamoDBIdempotencyStore(table: "idempotency"), prefix: "payments")
/// let receipt = try await payments.perform(key: order.id, in: context) { try await charge(order) }
/// ```
///
/// The first call with a key takes a *lease* on it, runs the operation and stores its result. A later call with that
/// key receives the stored result without running anything. A call while the lease lasts waits or fails, as
/// ``IdempotencySettings/runningDuplicate`` says. An operation that throws releases its lease, so that the next call
/// runs. The lease of a process that dies ends at its time limit.
///
/// The effect of an operation and its completion cannot be stored in one step, except by a transaction of the store. An
/// owner that dies between the two leaves work that is done and not recorded. It runs again when the lease has ended.
/// In every other case it runs once.
///
/// A value of this type never changes, and each operation has its own key, validation and owner token. Calls may be
/// nested and concurrent.
public struct IdempotentOperations<Store: IdempotencyStore>: Sendable {
    /// The store of the records.
    public let store: Store
    /// The text before `#` in every key; empty for none. Equal keys with different prefixes are different keys. Nil is
    /// the name of the function: the invocation's if one is given, otherwise `AWS_LAMBDA_FUNCTION_NAME`, otherwise
    /// `function`.
    public let prefix: String?
    /// Leases, expiry, keys and the form of stored results.
    public let settings: IdempotencySettings
    let cache: LocalCache?
    let disabling: DisablingVariable
    let environmentPrefix: String

    /// - Parameters:
    ///   - store: the store of the records.
    ///   - prefix: tells these operations from others in the same store: two that use equal keys need two prefixes. By
    ///     default the function's name.
    ///   - settings: leases, expiry, and what happens to duplicates.
    public init(store: Store, prefix: String? = nil, settings: IdempotencySettings = IdempotencySettings()) {
        self.init(store: store, prefix: prefix, settings: settings, environment: ProcessEnvironment.variable)
    }

    /// Of a given environment, for tests.
    package init(
        store: Store,
        prefix: String?,
        settings: IdempotencySettings,
        environment: (_ variable: String) -> String?
    ) {
        self.store = store
        self.prefix = prefix
        environmentPrefix = environment("AWS_LAMBDA_FUNCTION_NAME") ?? "function"
        self.settings = settings
        cache = settings.localCacheCapacity > 0 ? LocalCache(capacity: settings.localCacheCapacity) : nil
        disabling = DisablingVariable(value: environment(DisablingVariable.name))
    }

    /// Does the work of `operation` once for `key` and returns its result, new or stored.
    ///
    /// - Parameters:
    ///   - key: the name of the work. ``IdempotencySettings/missingKey`` says what nil and "" mean.
    ///   - validation: a digest of whatever must be the same in every call with this key, such as an amount.
    ///   - remainingTime: how long this invocation may still take; nil when nobody will end it. The lease, waiting and
    ///     every request to the store are measured by it.
    ///   - functionName: the prefix of the key where the operations have none of their own.
    ///   - prefetched: what ``completed(among:remainingTime:functionName:)`` found: a key in it needs no request.
    ///   - logger: receives what a caller does not: a lease that could not be released, a result that is not stored.
    ///   - onReplay: called with the stored result instead of the operation; what it returns the caller gets.
    ///   - operation: the work. Runs as its caller's task does, unless the lease is renewed: then in a task of its own,
    ///     which is canceled when the lease is lost.
    /// - Throws: what the operation throws, and ``IdempotencyError``.
    @discardableResult
    public func perform<Result: Codable & Sendable>(
        key: String?,
        validation: String? = nil,
        remainingTime: Duration? = nil,
        functionName: String? = nil,
        prefetched: CompletedRecords? = nil,
        logger: Logger? = nil,
        onReplay: @Sendable (_ result: Result, _ record: IdempotencyRecord) async throws -> Result = { result, _ in
            result
        },
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let call = OperationCall(
            key: key,
            validation: validation,
            remainingTime: remainingTime,
            functionName: functionName,
            prefetched: prefetched,
            logger: logger
        )
        return try await perform(call, onReplay: onReplay, operation)
    }

    /// Does the work of `operation` once for `key`.
    ///
    /// Like the other `perform`, for work without a result: `null` is stored for it, and whatever is stored passes.
    ///
    /// - Throws: what the operation throws, and ``IdempotencyError``.
    public func perform(
        key: String?,
        validation: String? = nil,
        remainingTime: Duration? = nil,
        functionName: String? = nil,
        prefetched: CompletedRecords? = nil,
        logger: Logger? = nil,
        onReplay: @Sendable (_ record: IdempotencyRecord) async throws -> Void = { _ in },
        _ operation: @escaping @Sendable () async throws -> Void
    ) async throws {
        let call = OperationCall(
            key: key,
            validation: validation,
            remainingTime: remainingTime,
            functionName: functionName,
            prefetched: prefetched,
            logger: logger
        )
        try await perform(call, onReplay: onReplay, operation)
    }
}

extension IdempotentOperations {
    /// The same operations with what is known of their store's type.
    package func counting<Counting: FailureCountingStore>(in store: Counting) -> IdempotentOperations<Counting> {
        IdempotentOperations<Counting>(store: store, prefix: prefix, settings: settings)
    }
}
