// How a table is read for a backfill, and what was read of it.

/// How a table is read. Each setting has a default.
///
/// ```swift
/// var options = TableScanOptions()
/// options.segmentCount = 4
/// options.readUnitsPerSecond = 100
/// let survey = try await BackfillSurvey(of: "orders")
/// options.expectedItemSize = survey.averageItemSize
/// let source = try TableSource("orders", stream: survey.stream, options: options)
/// ```
public struct TableScanOptions: Sendable {
    /// How many parts of the table are read at once, 1 to 1,000.
    public var segmentCount = 1
    /// Read units per second; nil for as fast as the table gives them.
    public var readUnitsPerSecond: Double?
    /// Whether to see every write that was acknowledged before the page is read; at twice the cost.
    public var isConsistent = false
    /// The most items of a page; nil for 1 MB of them.
    public var itemsPerPage: Int?
    /// The size of an item in bytes, as far as is known before the first is read.
    public var expectedItemSize: Double?
    /// How long a segment may be throttled or out of reach before the reading ends.
    public var patience = Duration.seconds(300)
    /// The progress file is written at most so often.
    public var progressInterval = Duration.seconds(1)

    public init() {}

    /// The same with every number within its bounds.
    var bounded: TableScanOptions {
        var options = self
        options.segmentCount = min(max(segmentCount, 1), 1_000)
        options.readUnitsPerSecond = readUnitsPerSecond.map { max($0, 0.5) }
        options.itemsPerPage = itemsPerPage.map { max($0, 1) }
        return options
    }
}

/// What was read of a table so far.
///
/// ```swift
/// let source = try await TableSource("orders", stream: BackfillSurvey(of: "orders").stream)
/// _ = await Replay(from: source, to: FunctionTarget("OrderProjector")).run()
/// let counts = await source.counts
/// print("\(counts.items) items on \(counts.pages) pages took \(counts.readUnits) read units")
/// ```
public struct TableScanCounts: Hashable, Sendable {
    /// Items that were read.
    public internal(set) var items = 0
    /// Pages that were read.
    public internal(set) var pages = 0
    /// Read units that DynamoDB charged.
    public internal(set) var readUnits = 0.0
    /// Reads that were throttled or failed, and were repeated.
    public internal(set) var failedReads = 0
}
