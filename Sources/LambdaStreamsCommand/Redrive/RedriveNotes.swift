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
        if let file = source.file { notes += sentences(file, summary) }
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

    private func sentences(_ file: RedriveCommand.OpenSource.File, _ summary: ReplaySummary) -> [String] {
        var notes: [String] = []
        if file.counts.lacksRemainder {
            notes.append(
                """
                An earlier run left records in \(file.remainingPath). That file is gone, and its records are not redriven \
                from here.
                """
            )
        }
        if file.counts.continuedAtLine != nil, summary.read == 0 {
            notes.append(
                """
                Earlier runs have worked through \(file.path). To redrive all of it again, delete \
                \(file.path).progress.json.
                """
            )
        }
        if !summary.isComplete, !isDryRun {
            let next =
                summary.isCompleteSelection
                ? "It was not selected: --only and --since leave it out." : "The same command tries it again."
            notes.append("What remains is in \(file.remainingPath). \(next)")
        }
        return notes
    }
}
