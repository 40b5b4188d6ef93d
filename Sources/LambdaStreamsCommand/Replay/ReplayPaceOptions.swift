// Which records are replayed, and how fast.

import ArgumentParser
import DynamoDBStreamEvents
import EventSourceMapping
import RecordReplay

struct ReplayPaceOptions: ParsableArguments {
    @Option(help: "Records of one event: 1 to 10,000.")
    var batchSize = 100

    @Option(help: "Events handled at once: 1 to 1,000. The records of one item are never in two of them.")
    var concurrency = 1

    @Option(help: ArgumentHelp("The most records in a second.", valueName: "number/s"))
    var rate: RateText?

    @Option(help: ArgumentHelp("The most records to hand over; the others stay where they are.", valueName: "count"))
    var limit: Int?

    @Option(help: "How often a batch is tried before its record counts as failed.")
    var attempts = 3

    @Option(help: "After how many failed records the command ends.")
    var failureLimit = 1_000

    @Option(
        help: ArgumentHelp(
            "Only records of the item whose key attribute has this value; may be repeated.",
            valueName: "key=value"
        )
    )
    var only: [VariableText] = []

    @Option(help: ArgumentHelp("Only records written at this time or later.", valueName: "2026-01-01T00:00:00Z"))
    var since: MomentText?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether the function reports batchItemFailures (FunctionResponseTypes). It does by default."
    )
    var reportBatchItemFailures: Bool?

    @Flag(help: "Say what would be done, what is lost already and what it would cost. Nothing is changed.")
    var dryRun = false

    @Flag(help: "Print JSON lines: one for each record that fails, each loss, and the summary.")
    var json = false

    @Option(help: ArgumentHelp("An endpoint for all of AWS's services.", valueName: "url"))
    var endpointUrl: String?

    func validate() throws {
        for (name, value, range) in [
            ("batch-size", batchSize, 1...10_000), ("concurrency", concurrency, 1...1_000),
            ("limit", limit ?? 1, 1...Int.max), ("attempts", attempts, 1...100),
            ("failure-limit", failureLimit, 1...1_000_000),
        ] where !range.contains(value) {
            let bounds = range.upperBound == .max ? "1 or more" : "\(range.lowerBound) to \(range.upperBound.grouped)"
            throw ValidationError("--\(name) takes \(bounds).")
        }
    }

    var options: ReplayOptions {
        var options = ReplayOptions()
        options.batchSize = batchSize
        options.concurrency = concurrency
        options.recordsPerSecond = rate?.perSecond
        options.limit = limit
        options.attempts = attempts
        options.failureLimit = failureLimit
        options.reportsBatchItemFailures = reportBatchItemFailures ?? true
        options.isDryRun = dryRun
        let selection = RecordSelection(only: only, since: since?.instant)
        if !selection.isEverything { options.selection = { selection.includes($0) } }
        return options
    }

    /// What a source of its own records, rather than messages about them, gives out: what is left out is not left undone.
    func selection(by filters: FilterCriteria?) -> ReplaySelection {
        let chosen = RecordSelection(only: only, since: nil)
        let patterns = filters?.texts ?? []
        let name = (only.map { "\($0.name)=\($0.value)" }.sorted() + patterns).joined(separator: " ")
        guard !chosen.isEverything else { return ReplaySelection(filters: filters, name: name) }
        return ReplaySelection(filters: filters, name: name) { chosen.includes($0) }
    }
}

/// The records of some items, from some time on.
struct RecordSelection: Sendable {
    /// For each attribute of the key, the values that it may have.
    private let values: [String: Set<[UInt8]>]
    private let since: MappingInstant?

    init(only: [VariableText], since: MappingInstant?) {
        values = only.reduce(into: [:]) { $0[$1.name, default: []].insert(Array($1.value.utf8)) }
        self.since = since
    }

    var isEverything: Bool { values.isEmpty && since == nil }

    /// What cannot be compared is not included: a whole event, a record without a time.
    func includes(_ record: ReplayRecord) -> Bool {
        guard let record = record.streamRecord else { return false }
        if let since {
            guard let time = try? record.arrival(), time >= since else { return false }
        }
        return values.allSatisfy { name, values in
            guard let value = record.keys?[name] else { return false }
            let text = value.string ?? value.number?.description
            return text.map { values.contains(Array($0.utf8)) } ?? false
        }
    }
}
