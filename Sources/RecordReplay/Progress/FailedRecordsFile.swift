// The records of a backfill that failed, beside its progress file, so that the others go on past them.

extension ProgressFile {
    /// The file of the records that failed: `orders.progress.json.failed.jsonl`. `lambda-streams redrive` reads it.
    package static func failedRecordsPath(of path: String) -> String { path + ".failed.jsonl" }

    /// Whether there is such a file, and so records of this run or an earlier one that are not done.
    package static func hasFailedRecords(_ path: String) -> Bool {
        OpenFile.exists(failedRecordsPath(of: path))
    }

    /// Keeps the records of a parcel that failed or were held back, each as a line, so that its place can be moved past
    /// them. A run that is killed between this and the next write of the places keeps them once more.
    ///
    /// - Returns: whether everything of the parcel is done or kept. It is not where records were not tried.
    package func keepFailures(of parcel: ReplayParcel, _ outcome: ParcelOutcome) throws(ProgressFileError) -> Bool {
        guard outcome.remaining.allSatisfy({ outcome.failures[$0] != nil }) else { return false }
        guard !outcome.remaining.isEmpty else { return true }
        var lines: [UInt8] = []
        for position in outcome.remaining where parcel.records.indices.contains(position) {
            lines += parcel.records[position].json.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
            lines.append(0x0A)
        }
        do throws(MessageFileError) {
            let file = try OpenFile.appending(Self.failedRecordsPath(of: path))
            try file.append(lines)
            // Before the places say that these records are behind them.
            try file.synchronize()
        } catch {
            throw .cannotWrite(path: Self.failedRecordsPath(of: path), reason: "\(error)")
        }
        return true
    }
}
