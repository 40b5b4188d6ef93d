// Whether a backfill beside live traffic ends with what the table holds, and what speaks against it.

public import AWSServices
public import DynamoDBStreamEvents
public import EventSourceMapping

/// What is known about a backfill before it begins.
///
/// ```swift
/// let name = "OrderProjector"
/// let stream = try await BackfillSurvey(of: "orders").stream
/// let safety = BackfillSafety(
///     stream: stream,
///     destination: .function(name: name),
///     protection: .lastApplied,
///     mappings: try await LambdaClient().eventSourceMappings(function: name, eventSource: stream.streamARN),
///     itemsAsOf: MappingInstant(milliseconds: LambdaClock.now.millisecondsSinceEpoch)
/// )
/// for finding in safety.findings { print(finding.isRefusal ? "Refused:" : "Note:", finding) }
/// ```
///
/// A backfill is right beside live traffic under two conditions. The stream was read before the items were: then every
/// change that the read missed comes by the stream. And the function keeps the last applied numbers: then an item that was
/// read does not overwrite a change that came meanwhile, and a deleted item is not written again.
public struct BackfillSafety: Sendable {
    /// What keeps a backfilled item from overwriting a newer change.
    public enum Protection: Hashable, Sendable {
        /// The user says that the function keeps the last applied numbers (`.onlyNewer`). It cannot be seen from outside.
        case lastApplied
        /// Each record is compared with the table's current item before it is handled.
        case currentItem
        /// Nothing, and the user knows.
        case none
        /// The user has not said anything.
        case unknown
    }

    /// Where the records go.
    public enum Destination: Hashable, Sendable {
        /// A deployed function.
        case function(name: String)
        /// A process on this machine: what reads the stream for it is not known here.
        ///
        /// - Parameter name: the function's name there.
        case process(name: String)
        /// A file, which nothing is applied to.
        case file
    }

    /// The stream whose live records the backfill runs beside.
    public var stream: BackfillStream
    /// Where the records go.
    public var destination: Destination
    /// What keeps an older state from replacing a newer one.
    public var protection: Protection
    /// The mappings between the stream and the function; nil where they are not known.
    public var mappings: [FunctionMapping]?
    /// Since when the user says that the stream is read.
    public var streamReadSince: MappingInstant?
    /// When the items were, or will be, as they are read: the export's time, or now.
    public var itemsAsOf: MappingInstant
    /// The lowest sequence number that the stream's shards begin with; nil where that is not known.
    public var lowestSequenceNumber: SequenceNumber?
    /// Whether the items are of an export.
    public var isExport: Bool
    /// Whether the function's `batchItemFailures` will be read.
    public var reportsBatchItemFailures: Bool

    /// Collects what is known of a backfill before it begins.
    public init(
        stream: BackfillStream,
        destination: Destination,
        protection: Protection,
        mappings: [FunctionMapping]? = nil,
        streamReadSince: MappingInstant? = nil,
        itemsAsOf: MappingInstant,
        lowestSequenceNumber: SequenceNumber? = nil,
        isExport: Bool = false,
        reportsBatchItemFailures: Bool = true
    ) {
        self.stream = stream
        self.destination = destination
        self.protection = protection
        self.mappings = mappings
        self.streamReadSince = streamReadSince
        self.itemsAsOf = itemsAsOf
        self.lowestSequenceNumber = lowestSequenceNumber
        self.isExport = isExport
        self.reportsBatchItemFailures = reportsBatchItemFailures
    }

    /// Something to know before a backfill begins.
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// Whether the backfill must not begin unless the user asks for it all the same.
        public let isRefusal: Bool
        /// Whether it is one because nobody here can know whether the backfill is right.
        public let isUnknown: Bool
        /// What is the case, what can go wrong, and what to do.
        public let description: String
    }

    /// What speaks against the backfill; refusals first.
    public var findings: [Finding] {
        let all =
            destination == .file
            ? [view] : [orderOfReading, numbers, windows, protectionFinding, view, age, responses, filters]
        let findings = all.compactMap { $0 }
        return findings.filter(\.isRefusal) + findings.filter { !$0.isRefusal }
    }

    /// AWS documents that a new mapping may take several minutes to begin to poll; with LATEST, what is written meanwhile
    /// is never delivered.
    static let warmUp = Duration.seconds(300)

    // MARK: The stream is read before the items are

    private var orderOfReading: Finding? {
        // Where nobody writes to the table, there is no change to miss.
        protection == .none ? missedChanges.map { warning($0.description) } : missedChanges
    }

    private var missedChanges: Finding? {
        if let since = streamReadSince {
            guard since > itemsAsOf else { return nil }
            return refusal(
                "The items are as of \(itemsAsOf), and the stream is read since \(since): what changed in between is neither "
                    + "in the items nor in what is read of the stream. \(isExport ? "Export again" : "Wait") and run again."
            )
        }
        guard case .function(let name) = destination else {
            return unknown(
                "Since when the stream is read for this target cannot be known here. A change that is made after an item was read "
                    + "and before the stream is read is missed. Start to read the stream first, then say since when: "
                    + "--stream-read-since 2026-01-01T12:00:00Z."
            )
        }
        guard let mappings else {
            return unknown(
                "The event source mappings of \(name) could not be listed, so it is not known whether it reads the stream. "
                    + "Allow lambda:ListEventSourceMappings, or say since when it does: --stream-read-since "
                    + "2026-01-01T12:00:00Z."
            )
        }
        let enabled = Self.enabled(mappings)
        guard let mapping = enabled.first(where: { startOfReading(of: $0).map { $0 <= itemsAsOf } ?? true }) else {
            return refusal(reasonWithoutMapping(name, mappings, enabled))
        }
        guard startOfReading(of: mapping) == nil else { return nil }
        return warning(
            "Lambda does not say since when the mapping \(mapping.uuid) reads the stream. It must be longer than the items are "
                + "old."
        )
    }

    private static func enabled(_ mappings: [FunctionMapping]) -> [FunctionMapping] {
        mappings.filter { $0.state == "Enabled" || $0.state == "Updating" }
    }

    /// The mapping by which live records come to the function; nil where none is enabled or known.
    public var mapping: FunctionMapping? { mappings.flatMap { Self.enabled($0).first } }

    /// From when on every change comes to the function.
    private func startOfReading(of mapping: FunctionMapping) -> MappingInstant? {
        guard let modified = mapping.lastModified.map({ MappingInstant($0) }) else { return nil }
        // From the oldest record on, which is a day old or as old as the stream.
        if mapping.startingPosition == "TRIM_HORIZON" {
            let oldest = modified + .seconds(-23 * 3_600)
            return max(oldest, stream.creationTime ?? oldest)
        }
        return modified + Self.warmUp
    }

    private func reasonWithoutMapping(
        _ name: String,
        _ mappings: [FunctionMapping],
        _ enabled: [FunctionMapping]
    ) -> String {
        if let late = enabled.first, let start = startOfReading(of: late) {
            return "The mapping \(late.uuid) of \(name) was changed last at "
                + "\(late.lastModified.map { "\(MappingInstant($0))" } ?? "an unknown time"), and counts as reading the stream "
                + "since \(start). The items are as of \(itemsAsOf), so changes in between may be missed. "
                + (isExport
                    ? "Export again after \(start)."
                    : "Wait until then. If the mapping has read the stream for longer, say so: --stream-read-since …")
        }
        guard let other = mappings.first else {
            return
                "\(name) has no event source mapping to the stream \(stream.streamARN). A change that is made after an item "
                + "was read would never come to it. Create the mapping, with StartingPosition TRIM_HORIZON, then run again."
        }
        return
            "The mapping \(other.uuid) between the stream and \(name) is \(other.state.isEmpty ? "in no state" : other.state). "
            + "Enable it, then run again: aws lambda update-event-source-mapping --uuid \(other.uuid) --enabled"
    }

    // MARK: The guard

    private var protectionFinding: Finding? {
        switch protection {
        case .lastApplied:
            guard case .process(let name) = destination else { return nil }
            return warning(
                "The last applied numbers are kept under the function's name unless the function names a prefix. Here its name "
                    + "is \(name). If live records come to it by another name, give its LastAppliedGuard a prefix, or it sees "
                    + "none of their numbers."
            )
        case .currentItem:
            return warning(
                "Each record is compared with the table's current item. A change between that comparison and the handling is "
                    + "not seen: an item that is deleted in that moment can come back."
            )
        case .none:
            return warning(
                "Nothing keeps a backfilled item from overwriting a newer change, or a deleted item from coming back. That is "
                    + "right only if nobody writes to the table until the backfill is done and the stream is read to its end."
            )
        case .unknown:
            return unknown(
                "Whether the function keeps the last applied numbers cannot be known here. If it does (.onlyNewer in this "
                    + "package), say so: --guard last-applied. If it does not, an item that was read can overwrite a newer "
                    + "change, and a deleted item can come back: use --skip-if-newer, or --no-guard if nobody writes to the "
                    + "table."
            )
        }
    }

    /// A backfill's numbers must be lower than those of the stream, or live records are refused after it.
    private var numbers: Finding? {
        guard let lowest = lowestSequenceNumber, let limit = SequenceNumber("\(BackfillRecords.numberLimit)"),
            lowest < limit
        else { return nil }
        let problem =
            "The stream's sequence numbers begin at \(lowest), as DynamoDB Local counts them; DynamoDB's have 21 digits or more. "
            + "A backfilled record has a number of up to 19 digits, so the function would take live changes for older ones."
        return protection == .lastApplied
            ? refusal(problem) : warning(problem + " Do not add .onlyNewer to the function on this stream later.")
    }

    // MARK: What cannot be backfilled, or looks different

    private var windows: Finding? {
        guard let mapping = mappings?.first(where: { $0.tumblingWindowInSeconds > 0 }) else { return nil }
        return refusal(
            "The mapping \(mapping.uuid) has tumbling windows of \(mapping.tumblingWindowInSeconds) s. Aggregates over windows "
                + "cannot be backfilled: their records belong to windows that are closed, and a record is counted again that "
                + "was counted before."
        )
    }

    private var view: Finding? {
        switch stream.viewType {
        case .newImage, .newAndOldImages: nil
        case .keysOnly, .oldImage, .other:
            warning(
                "The stream's view type is \(stream.viewType): a live INSERT has no NewImage. A backfilled one has, so the "
                    + "function sees an image that it never sees otherwise."
            )
        }
    }

    private var responses: Finding? {
        guard let mapping, mapping.reportsBatchItemFailures != reportsBatchItemFailures else { return nil }
        return warning(
            mapping.reportsBatchItemFailures
                ? "The mapping reads batchItemFailures, and this backfill does not: records that the function reports as failed "
                    + "count as done. Leave --no-report-batch-item-failures out."
                : "The mapping does not read batchItemFailures, and this backfill does. If the function's response is not meant "
                    + "so, add --no-report-batch-item-failures."
        )
    }

    private var filters: Finding? {
        guard let mapping, mapping.mayHideFilters else { return nil }
        return warning(
            "The mapping \(mapping.uuid) encrypts its filters with a customer managed key, and Lambda does not list those: items "
                + "that do not match them are sent to the function as well."
        )
    }

    private var age: Finding? {
        guard isExport, protection == .lastApplied else { return nil }
        return warning(
            "The items are as of \(itemsAsOf). If the function's last applied numbers have a lifetime, it must be longer than "
                + "from then to the end of this backfill: where the number of a changed or deleted item has expired, the item "
                + "of the export is applied."
        )
    }

    private func refusal(_ text: String) -> Finding {
        Finding(isRefusal: true, isUnknown: false, description: text)
    }

    private func unknown(_ text: String) -> Finding {
        Finding(isRefusal: true, isUnknown: true, description: text)
    }

    private func warning(_ text: String) -> Finding {
        Finding(isRefusal: false, isUnknown: false, description: text)
    }
}
