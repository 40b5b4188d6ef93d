// The errors of idempotent operations.

/// The reason why an idempotent operation has neither a result nor its own error.
///
/// ```swift
/// do {
///     _ = try await once.perform(key: order.id, in: context) { try await charge(order) }
/// } catch IdempotencyError.payloadMismatch(let key) {
///     context.logger.error("\(key) was used for another order")
/// }
/// ```
///
/// Errors contain keys, so that a record can be found in its table. They do not contain results or payloads.
public enum IdempotencyError: Error, Sendable {
    /// There is no key, and ``IdempotencySettings/missingKey`` says that there must be one.
    case missingKey
    /// The key is longer than the store takes, in bytes of UTF-8 and with its prefix.
    case keyTooLong(byteCount: Int, limit: Int)
    /// Another call holds the lease. `leaseEnd` is in milliseconds since 1970, nil when the record has none.
    case alreadyInProgress(key: String, leaseEnd: Int64?)
    /// The key was used with a different `validation`.
    case payloadMismatch(key: String)
    /// The record changed between the refused write and the read, three times in a row.
    case inconsistentState(key: String)
    /// The record has a status that this library does not write.
    case unknownStatus(key: String, status: String)
    /// The work ran, but its lease had ended, and another call had taken the key or removed the record. The other
    /// call's result stays; it was not overwritten.
    case leaseLost(key: String)
    /// The work was done before, and its result was not stored.
    case resultNotStored(key: String, reason: String)
    /// The work was done before, and its stored result is not of the requested type.
    case unreadableResult(key: String, reason: String)
    /// The store failed.
    case store(step: StoreStep, key: String, underlying: any Error)
    /// `POWERTOOLS_IDEMPOTENCY_DISABLED` has a value that means neither yes nor no.
    case unreadableSwitch(value: String)
}

/// A step of a store.
public enum StoreStep: String, Sendable, Hashable {
    /// Claiming the key. The work did not run.
    case begin
    /// Reading a record. The work did not run.
    case read
    /// Storing the result. The work ran. Unless the result was stored nevertheless, it will run again when the lease
    /// has ended.
    case complete
}

extension IdempotencyError: CustomStringConvertible {
    public var description: String {
        description(naming: { " \($0)" }, underlying: { "\($0)" })
    }

    /// What went wrong and what to do about it.
    ///
    /// - Parameters:
    ///   - name: what is said of a key behind "the idempotency record".
    ///   - underlying: what is said of the store's error.
    package func description(naming name: (String) -> String, underlying: (any Error) -> String) -> String {
        switch self {
        case .missingKey: "there is no idempotency key; give one, or set missingKey to .run"
        case .keyTooLong(let byteCount, let limit):
            "the idempotency key has \(byteCount) bytes with its prefix and the store takes \(limit); use a digest of it"
        case .alreadyInProgress(let key, let leaseEnd):
            """
            the work of the idempotency record\(name(key)) is in progress elsewhere\
            \(leaseEnd.map { ", until \($0.iso8601) at the latest" } ?? ""); try again later
            """
        case .payloadMismatch(let key):
            "the idempotency record\(name(key)) is of a different payload; use another key for different work"
        case .inconsistentState(let key):
            "the idempotency record\(name(key)) changed during each of three reads; try again"
        case .unknownStatus(let key, let status):
            """
            the idempotency record\(name(key)) has the status \(status), which is neither INPROGRESS nor COMPLETED; see \
            who writes to the table
            """
        case .leaseLost(let key):
            """
            the lease on the idempotency record\(name(key)) ended before its work did, and was taken over; make the \
            lease or its margin longer
            """
        case .resultNotStored(let key, let reason):
            "the work of the idempotency record\(name(key)) was done before and its result is not stored: \(reason)"
        case .unreadableResult(let key, let reason):
            "the work of the idempotency record\(name(key)) was done before and its result cannot be read: \(reason)"
        case .store(.begin, let key, let error):
            "the idempotency record\(name(key)) could not be claimed, and the work did not run: \(underlying(error))"
        case .store(.read, let key, let error):
            "the idempotency record\(name(key)) could not be read, and the work did not run: \(underlying(error))"
        case .store(.complete, let key, let error):
            """
            the work of the idempotency record\(name(key)) is done, but that could not be stored; it will be done again \
            when the lease has ended: \(underlying(error))
            """
        case .unreadableSwitch(let value):
            "\(DisablingVariable.name) is \(value); set it to true or false, or remove it"
        }
    }
}
