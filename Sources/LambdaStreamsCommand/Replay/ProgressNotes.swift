// What a replay with a progress file says at its end.

import RecordReplay

enum ProgressNotes {
    /// Whether records that failed, in this run or an earlier one, are beside the progress file.
    static func hasFailedRecords(_ progressFile: String?) -> Bool {
        progressFile.map { ProgressFile.hasFailedRecords($0) } ?? false
    }

    /// For the items of a table, which no queue or file keeps.
    static func sentencesOfBackfill(_ progressFile: String?, _ summary: ReplaySummary) -> [String] {
        guard progressFile == nil, summary.failed > 0 else { return sentences(progressFile, summary) }
        return [
            "The items that failed are not kept. With --progress-file FILE a backfill stores them in FILE.failed.jsonl, from "
                + "where they can be redriven."
        ]
    }

    static func sentences(_ progressFile: String?, _ summary: ReplaySummary) -> [String] {
        guard let progressFile else { return [] }
        var sentences: [String] = []
        if hasFailedRecords(progressFile) {
            let path = ProgressFile.failedRecordsPath(of: progressFile)
            sentences.append(
                "Records that failed are in \(path), and everything behind them goes on. Once the function is repaired, redrive "
                    + "them with `lambda-streams redrive --from \(path)`, then remove the file."
            )
        }
        if summary.untried > 0 || summary.unsettled > 0 || summary.ending != nil || !summary.losses.isEmpty {
            sentences.append("The progress is in \(progressFile): run the same command again to go on.")
        }
        return sentences
    }
}
