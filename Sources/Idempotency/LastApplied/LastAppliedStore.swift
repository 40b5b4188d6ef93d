// The requirements of a store of last applied numbers: one conditional write and a read.

/// Keeps the last applied number of each key.
///
/// A store is right if `take` is atomic: the rule is checked and its outcome written in one step that nothing comes
/// between, as ``LastAppliedChange/applied(to:at:)`` states it. A database without conditional writes can do it in a
/// transaction:
///
/// ```text
/// struct SQLiteLastAppliedStore: LastAppliedStore {
///     func take(_ change: LastAppliedChange, in call: StoreCall) async throws -> LastAppliedOutcome {
///         try await database.transaction { rows in
///             let current = try rows.lastApplied(of: change.key)
///             guard let changed = change.applied(to: current, at: call.now) else { return .refused(current) }
///             try rows.set(changed, for: change.key)
///             return .taken
///         }
///     }
///     // read: SELECT
/// }
/// ```
///
/// A step may be repeated after its reply was lost. The caller recognizes its own earlier write by `owner` in what
/// ``LastAppliedOutcome/refused(_:)`` contains, so return the record unchanged.
public protocol LastAppliedStore: Sendable {
    /// Takes a step, or refuses it.
    ///
    /// - Throws: the store's error; ``NothingStored`` if it certainly changed nothing.
    func take(_ change: LastAppliedChange, in call: StoreCall) async throws -> LastAppliedOutcome

    /// What is kept of `key`, as the last write left it; nil when there is none.
    ///
    /// - Throws: the store's error.
    func lastApplied(of key: String, in call: StoreCall) async throws -> LastApplied?

    /// The longest key, in bytes of UTF-8, its prefix included. By default any.
    var longestKey: Int { get }
}

extension LastAppliedStore {
    public var longestKey: Int { .max }
}

/// What became of a step.
public enum LastAppliedOutcome: Sendable, Hashable {
    /// The step was carried out.
    case taken
    /// What is there now, as it was when the step was refused.
    case refused(LastApplied?)
}
