// What a store of watermarks must do: one conditional write and a read.

/// Keeps one watermark for each source key.
///
/// A store is right if `take` is atomic: the rule is checked and its outcome written in one step that nothing comes
/// between, as ``WatermarkChange/applied(to:at:)`` states it. A database without conditional writes can do it in a
/// transaction:
///
/// ```swift
/// struct SQLiteWatermarkStore: WatermarkStore {
///     func take(_ change: WatermarkChange, in call: StoreCall) async throws -> WatermarkOutcome {
///         try await database.transaction { rows in
///             let current = try rows.watermark(of: change.key)
///             guard let changed = change.applied(to: current, at: call.now) else { return .refused(current) }
///             try rows.set(changed, for: change.key)
///             return .taken
///         }
///     }
///     // read: SELECT
/// }
/// ```
///
/// A step may be repeated by whatever carries it after its reply was lost: the caller recognises its own earlier write by
/// `owner` in what ``WatermarkOutcome/refused(_:)`` holds, so hand over the watermark as it is.
public protocol WatermarkStore: Sendable {
    /// Takes a step, or refuses it.
    func take(_ change: WatermarkChange, in call: StoreCall) async throws -> WatermarkOutcome

    /// The watermark of `key` as the last write left it; nil when there is none.
    func watermark(of key: String, in call: StoreCall) async throws -> Watermark?

    /// The longest key, in bytes of UTF-8, its prefix included. By default any.
    var longestKey: Int { get }
}

extension WatermarkStore {
    public var longestKey: Int { .max }
}

/// What became of a step.
public enum WatermarkOutcome: Sendable, Hashable {
    case taken
    /// What is there now, as it was when the step was refused.
    case refused(Watermark?)
}
