// Work that is writes to DynamoDB: carried out and completed in one transaction.

public import AWSServices
public import Idempotency
public import Logging

/// What an operation wants written in one transaction with its completion.
///
/// ```swift
/// let receipt: String = try await once.performTransaction(key: order.id) {
///     TransactedResult([.update(addToTotal(order))], result: "receipt of \(order.id)")
/// }
/// ```
public struct TransactedResult<Result: Sendable>: Sendable {
    /// Up to 99 writes, no two on one item. One of the hundred that DynamoDB takes is the completion.
    public var writes: [TransactWrite]
    /// The operation's result, which is stored with the writes.
    public var result: Result

    /// Creates a result together with the writes that belong to it.
    public init(_ writes: [TransactWrite], result: Result) {
        self.writes = writes
        self.result = result
    }
}

/// More writes than fit into a transaction beside the completion. Nothing was written.
///
/// ```swift
/// func store(_ orders: [Order], batch: String) async throws {
///     do {
///         try await once.performTransaction(key: batch) {
///             orders.map { .put(PutItem(["id": .string($0.id)], into: "orders")) }
///         }
///     } catch let error as TooManyTransactedWrites {
///         print("\(error.count) orders do not fit into one transaction of \(TooManyTransactedWrites.limit)")
///     }
/// }
/// ```
public struct TooManyTransactedWrites: Error, Sendable, Hashable, CustomStringConvertible {
    public let count: Int
    /// The most writes of a transaction.
    public static let limit = 99

    package init(count: Int) {
        self.count = count
    }

    public var description: String {
        "\(count) writes are too many for one transaction with the completion, \(Self.limit) fit; do fewer per key"
    }
}

extension IdempotentOperations where Store == DynamoDBIdempotencyStore {
    /// Has the writes of `operation` carried out together with its completion, all or none.
    ///
    /// The one thing that leaves no gap: whatever dies whenever, the writes are in their tables if and only if the work
    /// counts as done. They cost twice the write units.
    ///
    /// ```swift
    /// try await once.performTransaction(key: order.id, in: context) {
    ///     [.update(addToTotal(order)), .put(PutItem(receipt, into: "receipts"))]
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - key: the name of the work.
    ///   - validation: a digest of what must be the same in every call with this key.
    ///   - remainingTime: how long this invocation may still take; nil if nothing ends it.
    ///   - functionName: the prefix of the key, if the operations have none.
    ///   - logger: receives what the caller does not: a lease that could not be released, a result that is not stored.
    ///   - operation: says what to write. What else it does may be done again.
    /// - Throws: what the operation throws; the `AWSError` of the transaction when it was not carried out, with the reason
    ///   for each write; ``TooManyTransactedWrites``; and `IdempotencyError`.
    @discardableResult
    public func performTransaction<Result: Codable & Sendable>(
        key: String?,
        validation: String? = nil,
        remainingTime: Duration? = nil,
        functionName: String? = nil,
        logger: Logger? = nil,
        _ operation: @escaping @Sendable () async throws -> TransactedResult<Result>
    ) async throws -> Result {
        let transaction = Transaction(store: store)
        let call = OperationCall(
            key: key,
            validation: validation,
            remainingTime: remainingTime,
            functionName: functionName,
            prefetched: nil,
            logger: logger
        )
        let body: @Sendable () async throws -> Result = {
            let transacted = try await operation()
            try transaction.take(transacted.writes)
            return transacted.result
        }
        let result = try await run(call, onReplay: { result, _ in result }, operation: body) { record, call in
            try await transaction.carryOut(completing: record, in: call)
        }
        // Without a key, or switched off, there is nothing to complete, and the writes are still to be carried out.
        try await transaction.carryOutAlone(within: remainingTime)
        return result
    }

    /// Has the writes of `operation` carried out together with its completion, all or none, for work without a result.
    ///
    /// - Throws: what the operation throws; the `AWSError` of the transaction if it was not carried out;
    ///   ``TooManyTransactedWrites``; and `IdempotencyError`.
    public func performTransaction(
        key: String?,
        validation: String? = nil,
        remainingTime: Duration? = nil,
        functionName: String? = nil,
        logger: Logger? = nil,
        _ operation: @escaping @Sendable () async throws -> [TransactWrite]
    ) async throws {
        try await performTransaction(
            key: key,
            validation: validation,
            remainingTime: remainingTime,
            functionName: functionName,
            logger: logger
        ) { () async throws -> TransactedResult<Bool?> in
            TransactedResult(try await operation(), result: nil)
        }
    }
}
