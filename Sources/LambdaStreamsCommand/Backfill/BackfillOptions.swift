// Which items are backfilled, and what keeps them from overwriting something newer.

import ArgumentParser
import RecordReplay

struct BackfillOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The table, by name or ARN.", valueName: "name"))
    var table: String

    @Option(
        help: ArgumentHelp(
            "Read a full export in DynamoDB JSON instead of the table: a folder, or s3://bucket/prefix/AWSDynamoDB/ID.",
            valueName: "place"
        )
    )
    var export: String?

    @Option(help: "How many parts of the table are read at once: 1 to 1,000.")
    var segments = 1

    @Option(help: ArgumentHelp("The most read units in a second; 128 read 1 MB.", valueName: "units/s"))
    var readUnits: RateText?

    @Flag(help: "See every write that was acknowledged before the page is read, at twice the read units.")
    var consistentRead = false

    @Option(
        help: ArgumentHelp(
            "Where the progress is kept. A run that finds the file goes on from there.",
            valueName: "file"
        )
    )
    var progressFile: String?

    @Option(
        name: .customLong("guard"),
        help: ArgumentHelp(
            "last-applied: the function keeps the last applied numbers (.onlyNewer), with the default guarantee or in "
                + "transactions.",
            valueName: "kind"
        )
    )
    var guardKind: GuardKind?

    @Flag(help: "Compare each record with the table's current item, and skip it if that has changed.")
    var skipIfNewer = false

    @Option(
        help: ArgumentHelp(
            "With --skip-if-newer: a record is stale if this attribute of the current item is greater; by default, if any "
                + "attribute differs.",
            valueName: "attribute"
        )
    )
    var newerBy: String?

    @Flag(help: "Nothing keeps items from overwriting newer changes, because nobody writes to the table.")
    var noGuard = false

    @Option(
        help: ArgumentHelp(
            "Since when the stream is read, where Lambda's mappings do not tell.",
            valueName: "2026-01-01T00:00:00Z"
        )
    )
    var streamReadSince: MomentText?

    enum GuardKind: String, ExpressibleByArgument, CaseIterable {
        case lastApplied = "last-applied"
    }

    func validate() throws {
        guard (1...1_000).contains(segments) else { throw ValidationError("--segments takes 1 to 1,000.") }
        if export != nil {
            let ofTable =
                segments != 1
                ? "--segments" : readUnits != nil ? "--read-units" : consistentRead ? "--consistent-read" : nil
            if let ofTable { throw ValidationError("\(ofTable) is for reading the table: leave it out with --export.") }
        }
        if [guardKind != nil, skipIfNewer, noGuard].filter({ $0 }).count > 1 {
            throw ValidationError("Give one of --guard last-applied, --skip-if-newer and --no-guard.")
        }
        if newerBy != nil, !skipIfNewer { throw ValidationError("--newer-by needs --skip-if-newer.") }
    }

    var protection: BackfillSafety.Protection {
        if guardKind == .lastApplied { return .lastApplied }
        if skipIfNewer { return .currentItem }
        return noGuard ? .none : .unknown
    }

    /// - Parameter itemSize: on average, as far as the table knows.
    func scanOptions(itemSize: Double?) -> TableScanOptions {
        var options = TableScanOptions()
        options.segmentCount = segments
        options.readUnitsPerSecond = readUnits?.perSecond
        options.isConsistent = consistentRead
        options.expectedItemSize = itemSize
        return options
    }
}
