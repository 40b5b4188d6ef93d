// `lambda-streams backfill`: the items that a table already has, through the function of its stream.

import AWSServices
import ArgumentParser
import EventSourceMapping
import ExportReplay
import RecordReplay

struct BackfillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Hand the items that a table already has to the function of its stream.",
        discussion: """
            Reads the table, or an export of it to S3, and hands each item to the function as an INSERT that \
            record.isBackfill tells. It may run beside live traffic if the function keeps the last applied numbers and the \
            stream is being read: then the function's state ends with what the table holds.

            EXAMPLES
              lambda-streams backfill --table orders --to function projector \\
                --guard last-applied --dry-run
              lambda-streams backfill --table orders --to function projector \\
                --guard last-applied --segments 4 --read-units 500 \\
                --progress-file orders.progress.json
              lambda-streams backfill --table orders \\
                --export s3://exports/AWSDynamoDB/01767-a1b2 \\
                --to function projector --guard last-applied
              lambda-streams backfill --table orders --no-guard \\
                --stream-read-since 2026-01-01T12:00:00Z -- ./bootstrap
              lambda-streams backfill --table orders --to file items.jsonl

            \(CommandExit.help(of: .backfill))
            """
    )

    @OptionGroup(title: "The items") var items: BackfillOptions
    @OptionGroup(title: "Where they go") var target: ReplayTargetOptions
    @OptionGroup(title: "How they go") var pace: ReplayPaceOptions

    func validate() throws {
        guard pace.since == nil else {
            throw ValidationError("--since selects changes by their time: a table has items, which do not say theirs.")
        }
        guard target.target != nil || pace.dryRun else {
            throw ValidationError("Say where the records go: --to function NAME, --to file PATH, or -- ./bootstrap")
        }
    }

    func run() async throws {
        try await CommandExit.reporting {
            let preparation = try await BackfillPreparation(items, target, pace)
            preparation.sayFindings()
            if pace.dryRun {
                preparation.sayEstimate(isJSON: pace.json)
                return try preparation.exit.exit()
            }
            try preparation.exit.exit()
            let runner = ReplayRunner(.backfill, target: target, pace: pace)
            let (source, isResumed) = try await preparation.makeSource()
            let progressFile = items.progressFile
            try await runner.run(
                source,
                guardedBy: preparation.staleness,
                total: isResumed ? nil : .records(preparation.itemCount),
                hasLeftovers: { ProgressNotes.hasFailedRecords(progressFile) }
            ) { ProgressNotes.sentencesOfBackfill(progressFile, $0) }
        }
    }
}

extension BackfillError: UserFacingError {}
extension ExportError: UserFacingError {}
extension ProgressFileError: UserFacingError {}
