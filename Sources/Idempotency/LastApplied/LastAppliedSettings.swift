// The settings of last applied numbers, each with its default.

/// The choices of ``LastAppliedGuard``.
///
/// ```swift
/// let settings = LastAppliedSettings(guarantee: .atLeastOnce)
/// ```
public struct LastAppliedSettings: Sendable {
    /// What is guaranteed for each change, and so when its number is written.
    public var guarantee: ApplyGuarantee
    /// What a call does that finds a change of its key claimed by another call.
    public var runningDuplicate: RunningDuplicateRule
    /// How much longer a claim lasts than its invocation: Lambda has been seen to end a process 0.7 s after its deadline,
    /// and a claim that ends before its owner does lets two apply at once. Without a deadline the invocation counts as
    /// the longest there is, fifteen minutes.
    public var leaseMargin: Duration
    /// Tells the time that claims are judged by.
    public var clock: WallClock

    /// Creates settings.
    public init(
        guarantee: ApplyGuarantee = .atLeastOnceExclusively,
        runningDuplicate: RunningDuplicateRule = .waitWithinInvocation,
        leaseMargin: Duration = .seconds(2),
        clock: WallClock = .system
    ) {
        self.guarantee = guarantee
        self.runningDuplicate = runningDuplicate
        self.leaseMargin = leaseMargin
        self.clock = clock
    }
}

/// What is guaranteed for the effect of each change.
///
/// | | requests for a new change | for one that was applied | the process dies between effect and write | two at once |
/// |---|---|---|---|---|
/// | ``atLeastOnceExclusively`` | two writes | one refused write | applied again, when the claim ends | one applies, the other waits |
/// | ``atLeastOnce`` | a read and a write | one read | applied again | both may apply |
/// | ``atMostOnce`` | one write | one refused write | **never applied** | one applies, the other skips |
///
/// Exactly once is `applyTransaction` of the guard over DynamoDB: for effects that are writes to DynamoDB themselves.
///
/// ``atLeastOnce`` and ``atMostOnce`` need the changes of an item one after the other, as a stream delivers them. Where
/// records are redriven or backfilled beside the live stream, an older change and a newer one can be applied at the same
/// moment, and the older effect can end last. ``atLeastOnceExclusively`` and transactions do not let that happen.
public enum ApplyGuarantee: Sendable, Hashable {
    /// At least once, and by one process at a time: claimed before the effect, applied after it. The default: nothing is
    /// applied twice or out of order while its owner lives, and nothing is lost when it dies.
    case atLeastOnceExclusively
    /// At least once: looked at before the effect, written after it; a read instead of a write. For effects that may be
    /// repeated, such as writing an item whole. A change that was overtaken while it was applied is reported.
    case atLeastOnce
    /// At most once: written before the effect and undone when that throws. For effects that are worse done twice than not
    /// at all, such as a text message: a process that dies between the write and the effect loses it, and so does one that
    /// cannot reach the store to undo the write.
    case atMostOnce
}
