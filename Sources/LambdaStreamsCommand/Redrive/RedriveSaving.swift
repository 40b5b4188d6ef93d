// `redrive --save`: keeps messages with their records in a file, and replays nothing.

import AWSServices
import EventSourceMapping
import Foundation
import JSONScanning
import RecordReplay

/// Writes every document of a source, complete, on a line of a new file.
struct RedriveSaving {
    private let source: any SavableSource
    private let origin: RedriveOrigin
    private let folder: String
    private let isJSON: Bool

    init(_ source: any SavableSource, from origin: RedriveOrigin, folder: String, isJSON: Bool) {
        self.source = source
        self.origin = origin
        self.folder = folder
        self.isJSON = isJSON
    }

    /// `saved/orders-failed-2026-01-01T00.00.00.000Z.jsonl`
    private var path: String {
        let time = MappingInstant.now.description.replacingOccurrences(of: ":", with: ".")
        return "\(folder)/\(origin.shortName)-\(time).jsonl"
    }

    private struct Counts {
        var documents = 0
        var records = 0
        var losses: [ReplayLoss] = []
    }

    func run() async throws {
        let path = path
        let file: FileHandle
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // Records are nobody else's to read.
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
                let handle = FileHandle(forWritingAtPath: path)
            else { throw RedriveError("\(path) cannot be written.") }
            file = handle
        } catch let error as RedriveError {
            throw error
        } catch {
            throw RedriveError("The folder \(folder) cannot be made: \(error.localizedDescription)")
        }
        var counts = Counts()
        do {
            while let parcel = try await source.next() {
                counts.records += parcel.records.count
                counts.losses += parcel.losses
                for document in await source.documents(of: parcel) {
                    counts.documents += 1
                    try file.write(contentsOf: Data(document.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 } + [0x0A]))
                }
                // A dry run changes nothing.
                let all = Array(parcel.records.indices)
                try await source.settle(parcel, ParcelOutcome(remaining: all, isDryRun: true))
            }
            try file.synchronize()
            try file.close()
        } catch {
            await source.close()
            throw RedriveError("Saving ended early, with \(counts.documents.of("message")) in \(path): \(error)")
        }
        await source.close()
        report(counts, path)
        try exit(counts).exit()
    }

    private func exit(_ counts: Counts) -> CommandExit {
        if counts.losses.contains(where: { $0.kind == .lost }) { return .lost }
        if counts.losses.contains(where: { $0.kind == .refused }) { return .finding }
        return counts.losses.isEmpty ? .done : .unknown
    }

    private func report(_ counts: Counts, _ path: String) {
        guard !isJSON else {
            var line = JSONLine()
            line.add("event", "saved")
            line.add("file", path)
            line.add("messages", counts.documents)
            line.add("records", counts.records)
            line.add("losses", counts.losses.map(\.reason))
            line.add("exitCode", Int(exit(counts).rawValue))
            return Terminal.standardOutput.write(line.text + "\n")
        }
        var text = "\(counts.documents.of("message")) with \(counts.records.of("record")) saved in \(path).\n"
        for loss in counts.losses.prefix(20) { text += "  \(loss.reason.printable)\n" }
        if counts.losses.count > 20 { text += "  … and \((counts.losses.count - 20).grouped) more.\n" }
        text += "The messages stay where they are. Redrive the file with --from \(path).\n"
        Terminal.standardOutput.write(text)
    }
}
