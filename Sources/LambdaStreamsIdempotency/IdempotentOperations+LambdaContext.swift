// Idempotent operations within an invocation, which knows how long it may take.

public import Idempotency
public import LambdaFunctions

extension IdempotentOperations {
    /// Does the work of `operation` once for `key`, and gives its result, be it new or stored.
    ///
    /// ```swift
    /// let receipt = try await payments.perform(key: order.id, in: context) { try await charge(order) }
    /// ```
    ///
    /// - Parameters:
    ///   - key: what the work is known by: a text of your own, or `KeyStrategy`'s key of a payload.
    ///   - validation: a digest of whatever must be the same in every call with this key, such as an amount.
    ///   - context: the invocation. Its remaining time bounds the lease, waiting and every request to the store.
    ///   - onReplay: called with the stored result in the place of the operation; what it gives is given to the caller.
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

extension OperationCall {
    fileprivate init(key: String?, validation: String?, in context: LambdaContext) {
        self.init(
            key: key,
            validation: validation,
            remainingTime: context.remainingTimeIfLimited,
            prefetched: nil,
            logger: context.logger
        )
    }
}

extension LambdaContext {
    /// The time left before the deadline; nil when there is none.
    var remainingTimeIfLimited: Duration? { deadline == nil ? nil : remainingTime }
}

extension IdempotencyError: ContentFreeError {
    /// Without the key, which may be somebody's order number, and with no more of the store's error than it says itself.
    public var contentFreeDescription: String {
        description(naming: { _ in "" }, underlying: { $0.contentFreeDescription })
    }
}

extension StoredFailure: ContentFreeError {
    public var contentFreeDescription: String { description }
}
