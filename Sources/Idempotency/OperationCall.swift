// One call of an operation with everything that belongs to it.

package import Logging

/// What is particular to one call.
package struct OperationCall: Sendable {
    package let key: String?
    package let validation: String?
    package let remainingTime: Duration?
    /// The prefix of the key where the operations have none of their own.
    package let functionName: String?
    package let prefetched: CompletedRecords?
    /// Makes the logger, which few calls need and costs more than many.
    package let makeLogger: @Sendable () -> Logger?

    package init(
        key: String?,
        validation: String?,
        remainingTime: Duration?,
        functionName: String? = nil,
        prefetched: CompletedRecords?,
        logger makeLogger: @escaping @autoclosure @Sendable () -> Logger?
    ) {
        self.key = key
        self.validation = validation
        self.remainingTime = remainingTime
        self.functionName = functionName
        self.prefetched = prefetched
        self.makeLogger = makeLogger
    }
}

extension IdempotentOperations {
    /// Runs `operation` once for the key of `call`.
    package func perform<Result: Codable & Sendable>(
        _ call: OperationCall,
        onReplay: (_ result: Result, _ record: IdempotencyRecord) async throws -> Result,
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await run(call, onReplay: onReplay, operation: operation) { [store] record, call in
            try await store.complete(record, in: call)
        }
    }

    /// Runs `operation`, which has no result, once for the key of `call`.
    package func perform(
        _ call: OperationCall,
        onReplay: (_ record: IdempotencyRecord) async throws -> Void,
        _ operation: @escaping @Sendable () async throws -> Void
    ) async throws {
        let replay: (NoResult, IdempotencyRecord) async throws -> NoResult = { none, record in
            try await onReplay(record)
            return none
        }
        _ = try await perform(call, onReplay: replay) { () async throws -> NoResult in
            try await operation()
            return NoResult()
        }
    }

    /// The key as the store has it.
    ///
    /// - Parameter functionName: of the invocation, where there is one.
    package func storedKey(_ key: String, functionName: String?) -> String {
        let prefix = prefix ?? functionName ?? environmentPrefix
        return prefix.isEmpty ? key : "\(prefix)#\(key)"
    }

    /// Runs `operation` once, with a custom step that completes it.
    ///
    /// - Parameter finish: stores the completed record under the rules of ``IdempotencyStore/complete(_:in:)``. Throws
    ///   ``NothingStored`` when it is sure that nothing was done: that is an error of the operation then, and not that a
    ///   result could not be stored.
    package func run<Result: Codable & Sendable>(
        _ call: OperationCall,
        onReplay: (_ result: Result, _ record: IdempotencyRecord) async throws -> Result,
        operation body: @escaping @Sendable () async throws -> Result,
        finish: @escaping @Sendable (IdempotencyRecord, StoreCall) async throws -> FenceOutcome
    ) async throws -> Result {
        switch disabling {
        case .disabled: return try await body()
        case .unreadable(let value): throw IdempotencyError.unreadableSwitch(value: value)
        case .enabled: break
        }
        guard let key = call.key, !key.isEmpty else {
            guard settings.missingKey == .run else { throw IdempotencyError.missingKey }
            return try await body()
        }
        let operation = try Operation(of: self, key: storedKey(key, functionName: call.functionName), call: call)
        switch try await operation.begin() {
        case .done(let record):
            return try await onReplay(try record.result(as: Result.self, settings: settings), record)
        case .owned(let record):
            return try await operation.run(record, body, finish: finish)
        }
    }
}

/// One call on its way through the states. It never changes, so that nested and concurrent ones have nothing in common.
struct Operation<Store: IdempotencyStore>: Sendable {
    let store: Store
    let settings: IdempotencySettings
    let cache: LocalCache?
    let key: String
    let validation: String?
    /// Marks what this call writes.
    let owner = OwnerToken.random()
    /// When the invocation ends.
    let deadline: ContinuousClock.Instant?
    let prefetched: CompletedRecords?
    private let makeLogger: @Sendable () -> Logger?

    init(of operations: IdempotentOperations<Store>, key: String, call: OperationCall) throws(IdempotencyError) {
        let limit = operations.store.limits.keyByteCount
        guard key.utf8.count <= limit else { throw .keyTooLong(byteCount: key.utf8.count, limit: limit) }
        store = operations.store
        settings = operations.settings
        cache = operations.cache
        self.key = key
        validation = call.validation
        deadline = call.remainingTime.map { ContinuousClock.now + $0 }
        prefetched = call.prefetched
        makeLogger = call.makeLogger
    }

    var logger: Logger? { makeLogger() }

    /// A step taken now.
    var storeCall: StoreCall { StoreCall(now: settings.clock.now, deadline: deadline) }

    var remainingTime: Duration? { deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) } }
}

/// Tokens that no two calls share.
package enum OwnerToken {
    /// 128 random bits in 32 hexadecimal digits.
    package static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return hexadecimal(generator.next()) + hexadecimal(generator.next())
    }

    private static func hexadecimal(_ bits: UInt64) -> String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
