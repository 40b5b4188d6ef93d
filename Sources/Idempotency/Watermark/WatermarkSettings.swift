// What can be chosen about watermarks, each with its default.

/// The choices of ``Watermarks``.
public struct WatermarkSettings: Sendable {
    /// When the watermark is written, and so what a process that dies leaves behind.
    public var order: WatermarkOrder
    /// How much longer a claim lasts than its invocation: Lambda has been seen to end a process 0.7 s after its deadline,
    /// and a claim that ends before its owner does lets two apply at once. Without a deadline the invocation counts as
    /// the longest there is, fifteen minutes.
    public var leaseMargin: Duration
    /// Tells the time that claims are judged by.
    public var clock: WallClock

    public init(order: WatermarkOrder = .claimed, leaseMargin: Duration = .seconds(2), clock: WallClock = .system) {
        self.order = order
        self.leaseMargin = leaseMargin
        self.clock = clock
    }
}

/// When the watermark is written.
///
/// | | requests for a new record | for one that was applied | the owner dies between effect and write | two at once |
/// |---|---|---|---|---|
/// | ``claimed`` | two writes | one refused write | applied again, when the claim ends | one applies, the other fails and comes again |
/// | ``afterEffect`` | a read and a write | one read | applied again | both may apply |
/// | ``beforeEffect`` | one write | one refused write | **never applied** | one applies, the other passes |
public enum WatermarkOrder: Sendable, Hashable {
    /// Claimed before the effect, applied after it. The default: nothing is applied twice or out of order while its owner
    /// lives, and nothing is lost when it dies.
    case claimed
    /// Looked at before the effect, written after it: at least once, a read in the place of a write. For effects that may
    /// be repeated, such as writing an item whole. A change that was overtaken while it was applied is reported.
    case afterEffect
    /// Written before the effect and taken back when that throws: at most once. For effects that are worse done twice
    /// than not at all, such as a text message: a process that dies between the write and the effect loses it, and so does
    /// one that cannot reach the store to take the write back.
    case beforeEffect
}
