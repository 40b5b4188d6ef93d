// Finds the keys whose work is done, many at once.

internal import JSONScanning

/// Completed records that were read before the operations that ask for them.
///
/// ```swift
/// let done = try await once.completed(among: ["o-1", "o-2"])
/// print("\(done.count) of 2 are done")
/// ```
public struct CompletedRecords: Sendable {
    private let records: [ExactText: IdempotencyRecord]

    init(_ records: [IdempotencyRecord]) {
        self.records = Dictionary(
            records.lazy.filter { $0.status == .completed }.map { (ExactText($0.key), $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    public var count: Int { records.count }
    /// Whether no record of the batch was completed before.
    public var isEmpty: Bool { records.isEmpty }

    /// The record of a key with its prefix.
    subscript(storedKey: String) -> IdempotencyRecord? { records[ExactText(storedKey)] }
}

extension IdempotentOperations {
    /// Finds the keys whose work is done, a hundred with one request if the store can do that.
    ///
    /// Pass the result to `perform(key:prefetched:_:)`: a key in it needs no request. A key that is not in it is
    /// claimed as usual, so the result may be a moment old.
    ///
    /// - Parameters:
    ///   - keys: as `perform` takes them. Empty and repeated ones cost nothing.
    ///   - remainingTime: how long this may take. What was not found by then is not in the result.
    ///   - functionName: the prefix of keys if the operations have none.
    /// - Throws: ``IdempotencyError/store(step:key:underlying:)``.
    public func completed(
        among keys: some Sequence<String>,
        remainingTime: Duration? = nil,
        functionName: String? = nil
    ) async throws -> CompletedRecords {
        guard disabling == .enabled else { return CompletedRecords([]) }
        var unique: Set<ExactText> = []
        let limit = store.limits.keyByteCount
        let wanted = keys.lazy.filter { !$0.isEmpty }.map { storedKey($0, functionName: functionName) }
            .filter { $0.utf8.count <= limit && unique.insert(ExactText($0)).inserted }
        let call = StoreCall(now: settings.clock.now, deadline: remainingTime.map { ContinuousClock.now + $0 })
        let stored = Array(wanted)
        guard let first = stored.first else { return CompletedRecords([]) }
        do {
            return CompletedRecords(try await store.read(stored, in: call))
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw IdempotencyError.store(step: .read, key: first, underlying: error)
        }
    }
}
