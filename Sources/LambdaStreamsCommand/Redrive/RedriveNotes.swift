// What a redrive says at its end beside its counts.

import RecordReplay

struct RedriveNotes: Sendable {
    let recovery: FailureRecovery
    let source: RedriveCommand.OpenSource
    let isDryRun: Bool
    let discardsLost: Bool

    func sentences(for summary: ReplaySummary) -> [String] {
        var notes: [String] = []
        if isDryRun, recovery.readCount > 0 {
            notes.append(
                "Reading the records back took \(recovery.readCount.of("call")) of GetRecords, and takes as many again."
            )
        }
        if let path = source.remainingPath, !summary.isComplete, !isDryRun {
            notes.append("What remains is in \(path). Redrive it with --from \(path).")
        }
        notes += ProgressNotes.sentences(source.progressFile, summary)
        if source.hiddenCount > 0 {
            let were = source.hiddenCount == 1 ? "was" : "were"
            notes.append(
                """
                \(source.hiddenCount.of("message")) of the queue \(were) hidden at the beginning: another consumer or an \
                earlier run has received them. Run the command again when they are visible.
                """
            )
        }
        if summary.losses[.lost] != nil, !discardsLost, !isDryRun {
            notes.append("Messages about lost records stay. --discard-lost deletes them.")
        }
        return notes
    }
}
