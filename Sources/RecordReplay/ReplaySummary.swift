// The outcome of a replay, in numbers.

/// The counts of a replay, during it and at its end. Every record that was read is in exactly one of the counts
/// ``handled``, ``repeated``, ``stale``, ``failed``, ``heldBack``, ``notSelected`` and ``untried``.
///
/// ```swift
/// let source = try await StreamSource(DynamoDBClient().latestStreamARN(ofTable: "orders") ?? "")
/// let summary = await Replay(from: source, to: FunctionTarget("OrderProjector")).run()
/// if !summary.isComplete {
///     print("\(summary.failed) records failed, and \(summary.heldBack) wait behind them")
/// }
/// if case .unavailable(let reason) = summary.ending { print("The replay ended early: \(reason)") }
/// ```
public struct ReplaySummary: Hashable, Sendable {
    /// Parcels that the source gave out: messages, pages, lines.
    public internal(set) var parcels = 0
    /// Records that the source gave out.
    public internal(set) var read = 0
    /// Records that the target handled, as far as its response says. A function that keeps the last applied numbers may
    /// have skipped some of them as stale; its response does not tell.
    public internal(set) var handled = 0
    /// Records that this replay had handled before: a queue delivers at least once, and messages overlap.
    public internal(set) var repeated = 0
    /// Records that the guard of the replay refused, because their item has changed since.
    public internal(set) var stale = 0
    /// Records that failed in every attempt.
    public internal(set) var failed = 0
    /// Records that were not tried because an earlier record of their item failed.
    public internal(set) var heldBack = 0
    /// Records that the selection leaves out.
    public internal(set) var notSelected = 0
    /// Records that were read and not tried: the replay ended before, or was a dry run.
    public internal(set) var untried = 0
    /// Records that do not match the mapping's filters; they are not in ``read``.
    public internal(set) var filtered = 0
    /// Records known to be permanently gone, where the number is known.
    public internal(set) var lost = 0
    /// Losses of each kind, whether their number of records is known or not.
    public internal(set) var losses: [ReplayLoss.Kind: Int] = [:]
    /// Parcels that could not be settled: what was done of them may be done again by the next replay.
    public internal(set) var unsettled = 0
    /// Events that the target was given.
    public internal(set) var invocations = 0
    /// Bytes of the records that are selected.
    public internal(set) var selectedBytes = 0
    /// Why the replay ended before its source did; nil when it did not.
    public internal(set) var ending: Ending?

    /// Why a replay ended before its source did.
    public enum Ending: Hashable, Sendable {
        /// ``Replay/stop()`` was called.
        case stopped
        /// ``ReplayOptions/limit`` was reached.
        case limit
        /// ``ReplayOptions/failureLimit`` was reached.
        case tooManyFailures
        /// The target could not be reached for longer than ``ReplayOptions/patience``, or the guard could not decide.
        case unavailable(reason: String)
        /// The source could not be read on.
        case source(reason: String)
    }

    /// Whether everything that the source had was handled or is stale, and nothing is lost or unknown.
    public var isComplete: Bool { notSelected == 0 && isCompleteSelection }

    /// The same of what the selection does not leave out.
    package var isCompleteSelection: Bool {
        failed == 0 && heldBack == 0 && untried == 0 && losses.isEmpty && unsettled == 0 && ending == nil
    }
}

/// Something that happens in a replay.
public enum ReplayEvent: Sendable {
    /// Counts have changed.
    case progress(ReplaySummary)
    /// Something of a parcel cannot be brought back.
    case loss(ReplayLoss, origin: String)
    /// A record failed in every attempt, and stays where it was.
    case failed(ReplayRecord, origin: String, reason: String)
    /// The guard refused a record.
    case stale(ReplayRecord, origin: String)
    /// A parcel is settled.
    case settled(ReplayParcel, ParcelOutcome)
    /// A parcel could not be settled.
    case unsettled(origin: String, reason: String)
    /// The target or the guard is out of reach, and is asked again.
    case waiting(reason: String)
}
