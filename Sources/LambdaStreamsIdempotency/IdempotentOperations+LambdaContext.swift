// Idempotent operations within an invocation, which knows how long it may take.

public import Idempotency
public import LambdaFunctions
public import StreamProcessing

extension IdempotentOperations {
    /// Does the work of `operation` once for `key` and returns its result, new or stored.
    ///
    /// ```swift
    /// let payments = IdempotentOperations(store: DynamoDBIdempotencyStore(table: "idempotency"), prefix: "payments")
    /// let receipt = try await payments.perform(key: order.id, in: context) { try await charge(order) }
    /// ```
    ///
    /// - Parameters:
    ///   - key: what the work is known by: a text of your own, or `KeyStrategy`'s key of a payload.
    ///   - validation: a digest of whatever must be the same in every call with this key, such as an amount.
    ///   - context: the invocation. Its remaining time bounds the lease, waiting and every request to the store.
    ///   - onReplay: called with the stored result instead of the operation; what it returns the caller gets.
    ///   - operation: the work.
    /// - Throws: what the operation throws, and `IdempotencyError`.
    @discardableResult
    public func perform<Result: Codable & Sendable>(
        key: String?,
        validation: String? = nil,
        in context: LambdaContext,
        onReplay: @Sendable (_ result: Result, _ record: IdempotencyRecord) async throws -> Result = { result, _ in
            result
        },
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await perform(
            OperationCall(key: key, validation: validation, in: context),
            onReplay: onReplay,
            operation
        )
    }

    /// Does the work of `operation`, which has no result, once for `key`. Otherwise like the other `perform`.
    ///
    /// - Throws: what the operation throws, and `IdempotencyError`.
    public func perform(
        key: String?,
        validation: String? = nil,
        in context: LambdaContext,
        onReplay: @Sendable (_ record: IdempotencyRecord) async throws -> Void = { _ in },
        _ operation: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await perform(
            OperationCall(key: key, validation: validation, in: context),
            onReplay: onReplay,
            operation
        )
    }
}

extension IdempotentOperations {
    /// Does the work of `operation` once for `key`, within the handling of a record. Otherwise like `perform` in an
    /// invocation.
    ///
    /// - Throws: what the operation throws, and `IdempotencyError`.
    @discardableResult
    public func perform<Result: Codable & Sendable>(
        key: String?,
        validation: String? = nil,
        in context: RecordContext<some BatchRecord>,
        onReplay: @Sendable (_ result: Result, _ record: IdempotencyRecord) async throws -> Result = { result, _ in
            result
        },
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await perform(key: key, validation: validation, in: context.lambda, onReplay: onReplay, operation)
    }

    /// Does the work of `operation`, which has no result, once for `key`, within the handling of a record.
    ///
    /// - Throws: what the operation throws, and `IdempotencyError`.
    public func perform(
        key: String?,
        validation: String? = nil,
        in context: RecordContext<some BatchRecord>,
        onReplay: @Sendable (_ record: IdempotencyRecord) async throws -> Void = { _ in },
        _ operation: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await perform(key: key, validation: validation, in: context.lambda, onReplay: onReplay, operation)
    }
}

extension OperationCall {
    fileprivate init(key: String?, validation: String?, in context: LambdaContext) {
        self.init(
            key: key,
            validation: validation,
            remainingTime: context.remainingTimeIfLimited,
            functionName: context.functionName,
            prefetched: nil,
            logger: context.logger
        )
    }
}

extension LambdaContext {
    /// The time left before the deadline; nil when there is none.
    var remainingTimeIfLimited: Duration? { deadline == nil ? nil : remainingTime }
}
