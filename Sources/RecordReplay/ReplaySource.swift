// Where the records of a replay come from.

/// Gives out records, a parcel at a time, and takes back what became of them.
///
/// ```swift
/// actor OneEvent: ReplaySource {
///     private var parcels: [ReplayParcel]
///
///     init(_ records: [ReplayRecord]) {
///         parcels = [ReplayParcel(id: 0, origin: "the event", records: records)]
///     }
///
///     func next() -> ReplayParcel? { parcels.popLast() }
///
///     func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) {
///         for position in outcome.remaining { print("not done: \(parcel.records[position].sequenceNumber)") }
///     }
/// }
/// ```
///
/// A replay asks for the next parcel before it has settled the ones before, up to its bound on records in memory. A parcel
/// may be settled while the next one is awaited, but no two calls of one method run at once.
public protocol ReplaySource: Sendable {
    /// The next records; nil when there are no more.
    ///
    /// - Throws: what ends the replay. What concerns one parcel alone goes into its ``ReplayParcel/losses``.
    func next() async throws -> ReplayParcel?

    /// Takes note of what became of a parcel: deletes its message, puts back what is left of it, or moves on a progress
    /// file. It is called once for each parcel, when the last of its records has come to an end.
    ///
    /// - Throws: when that could not be done. The parcel then counts as left where it was.
    func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) async throws

    /// Called once after the last parcel was settled, whatever ended the replay.
    func close() async
}

extension ReplaySource {
    public func close() async {}
}

/// Records that are settled together: those of a message, a page or a few lines.
///
/// ```swift
/// let source = try await StreamSource(DynamoDBClient().latestStreamARN(ofTable: "orders") ?? "")
/// let replay = Replay(from: source, to: FunctionTarget("OrderProjector")) { event in
///     guard case .settled(let parcel, let outcome) = event, !outcome.isComplete else { return }
///     print("\(parcel.origin): \(outcome.remaining.count) of \(parcel.records.count) records are not done")
/// }
/// ```
public struct ReplayParcel: Sendable {
    /// The source's own name for it, unique within a replay.
    public let id: Int
    /// Where it comes from, for people: `message 5fa3… of orders-failed`, `orders.jsonl, lines 1 to 1000`.
    public let origin: String
    /// In the order in which they are to be handled.
    public let records: [ReplayRecord]
    /// What it should have and cannot be brought back.
    public let losses: [ReplayLoss]
    /// Records that do not match the mapping's filters.
    public let filteredCount: Int

    /// Creates a parcel.
    public init(
        id: Int,
        origin: String,
        records: [ReplayRecord],
        losses: [ReplayLoss] = [],
        filteredCount: Int = 0
    ) {
        self.id = id
        self.origin = origin
        self.records = records
        self.losses = losses
        self.filteredCount = filteredCount
    }
}

/// Records that cannot be brought back, or a message that cannot be read.
///
/// ```swift
/// let source = try await StreamSource(DynamoDBClient().latestStreamARN(ofTable: "orders") ?? "")
/// let replay = Replay(from: source, to: FunctionTarget("OrderProjector")) { event in
///     guard case .loss(let loss, let origin) = event, loss.kind == .lost else { return }
///     print("\(origin): \(loss.count.map(String.init) ?? "an unknown number of") records are lost. \(loss.reason)")
/// }
/// ```
public struct ReplayLoss: Hashable, Sendable {
    /// What is known of the records.
    public enum Kind: String, Hashable, Sendable {
        /// The records are gone: the stream no longer has them.
        case lost
        /// Nobody here can tell what is missing, or whether.
        case unknown
        /// It was not understood and stays where it is.
        case refused
    }

    /// Whether the records are gone, not understood, or not known.
    public let kind: Kind
    /// How many records; nil where that is not known.
    public let count: Int?
    /// One sentence: what is gone and why, and what can be done.
    public let reason: String

    /// Creates a loss.
    public init(_ kind: Kind, count: Int?, reason: String) {
        self.kind = kind
        self.count = count
        self.reason = reason
    }
}

/// What became of a parcel's records.
///
/// ```swift
/// let source = try await StreamSource(DynamoDBClient().latestStreamARN(ofTable: "orders") ?? "")
/// let replay = Replay(from: source, to: FunctionTarget("OrderProjector")) { event in
///     guard case .settled(let parcel, let outcome) = event else { return }
///     for (position, reason) in outcome.failures { print(parcel.records[position].sequenceNumber, reason) }
/// }
/// ```
public struct ParcelOutcome: Sendable {
    /// The positions, in ``ReplayParcel/records``, of the records that are not done: failed, held back behind a failed
    /// record of their item, not selected, or not tried before the replay ended. Ascending.
    public let remaining: [Int]
    /// Why each record failed, by its position; records that were not tried have none.
    public let failures: [Int: String]
    /// Whether nothing was to be changed: the replay was a dry run.
    public let isDryRun: Bool

    /// Creates the outcome of a parcel.
    public init(remaining: [Int], failures: [Int: String] = [:], isDryRun: Bool = false) {
        self.remaining = remaining
        self.failures = failures
        self.isDryRun = isDryRun
    }

    /// Whether every record is done.
    public var isComplete: Bool { remaining.isEmpty && !isDryRun }
}
