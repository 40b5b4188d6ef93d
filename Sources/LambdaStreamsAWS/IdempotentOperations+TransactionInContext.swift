// Transactional completion within an invocation, which knows how long it may take.

public import AWSServices
public import IdempotencyDynamoDB
public import LambdaStreamsIdempotency

extension IdempotentOperations where Store == DynamoDBIdempotencyStore {
    /// Has the writes of `operation` carried out together with its completion, all or none, and gives its result.
    ///
    /// - Parameters:
    ///   - key: the name of the work.
    ///   - validation: a digest of what must be the same in every call with this key.
    ///   - context: the invocation. Its remaining time bounds the lease and every request.
    ///   - operation: returns the writes. What else it does may be done again.
    /// - Throws: what `performTransaction` without a context throws.
    @discardableResult
    public func performTransaction<Result: Codable & Sendable>(
        key: String?,
        validation: String? = nil,
        in context: LambdaContext,
        _ operation: @escaping @Sendable () async throws -> TransactedResult<Result>
    ) async throws -> Result {
        try await performTransaction(
            key: key,
            validation: validation,
            remainingTime: context.deadline == nil ? nil : context.remainingTime,
            functionName: context.functionName,
            logger: context.logger,
            operation
        )
    }

    /// Has the writes of `operation` carried out together with its completion, all or none, for work without a result.
    ///
    /// - Throws: what `performTransaction` without a context throws.
    public func performTransaction(
        key: String?,
        validation: String? = nil,
        in context: LambdaContext,
        _ operation: @escaping @Sendable () async throws -> [TransactWrite]
    ) async throws {
        try await performTransaction(
            key: key,
            validation: validation,
            remainingTime: context.deadline == nil ? nil : context.remainingTime,
            functionName: context.functionName,
            logger: context.logger,
            operation
        )
    }

    /// Has the writes of `operation` carried out together with its completion, all or none, within the handling of a record.
    ///
    /// - Throws: what `performTransaction` without a context throws.
    @discardableResult
    public func performTransaction<Result: Codable & Sendable>(
        key: String?,
        validation: String? = nil,
        in context: RecordContext<some BatchRecord>,
        _ operation: @escaping @Sendable () async throws -> TransactedResult<Result>
    ) async throws -> Result {
        try await performTransaction(key: key, validation: validation, in: context.lambda, operation)
    }

    /// Has the writes of `operation` carried out together with its completion, all or none, for work without a result, within
    /// the handling of a record.
    ///
    /// - Throws: what `performTransaction` without a context throws.
    public func performTransaction(
        key: String?,
        validation: String? = nil,
        in context: RecordContext<some BatchRecord>,
        _ operation: @escaping @Sendable () async throws -> [TransactWrite]
    ) async throws {
        try await performTransaction(key: key, validation: validation, in: context.lambda, operation)
    }
}
