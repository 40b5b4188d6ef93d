// A million items of an export, read and made into records: how long it takes, and how much memory.
//
// Usage: ExportBenchmarks [items]. The export is made first, in a temporary folder, with `gzip`; that is not measured.

import ExportReplay
import Foundation
import RecordReplay

@main
struct ExportBenchmarks {
    private static let fileCount = 8
    private static let table = "arn:aws:dynamodb:eu-central-1:123456789012:table/orders"

    static func main() async throws {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("export-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let compressed = try makeExport(of: count, in: folder)
        let source = try await ExportSource(
            ExportLocation.find(folder.path),
            stream: BackfillStream(streamARN: "\(table)/stream/2026-01-01T00:00:00.000", keyNames: ["customer", "id"]),
            progressFile: folder.appendingPathComponent("progress.json").path
        )
        var records = 0
        var bytes = 0
        let time = try await ContinuousClock().measure {
            while let parcel = try await source.next() {
                precondition(parcel.losses.isEmpty)
                records += parcel.records.count
                for record in parcel.records { bytes += record.json.count }
                try await source.settle(parcel, ParcelOutcome(remaining: []))
            }
            await source.close()
        }
        precondition(records == count)
        let seconds = time / .seconds(1)
        let read = Double(await source.counts.bytes) / 1e6
        print("\(count) items, \(Int(read)) MB in \(fileCount) files of \(Int(Double(compressed) / 1e6)) MB compressed")
        print("\(seconds) s: \(Int(read / seconds)) MB/s, \(Int(Double(count) / seconds)) items/s")
        print("records of \(Int(Double(bytes) / 1e6)) MB")
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        print("greatest memory: \(usage.ru_maxrss / 1_024) MB")
    }

    /// - Returns: the size of its data files.
    private static func makeExport(of count: Int, in folder: URL) throws -> Int {
        let data = folder.appendingPathComponent("data")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        var list = ""
        var size = 0
        for file in 0..<fileCount {
            let range = (count * file / fileCount)..<(count * (file + 1) / fileCount)
            let url = data.appendingPathComponent("\(file).json")
            try Data().write(to: url)
            let handle = try FileHandle(forWritingTo: url)
            for start in stride(from: range.lowerBound, to: range.upperBound, by: 10_000) {
                let lines = (start..<min(start + 10_000, range.upperBound)).map(line).joined()
                try handle.write(contentsOf: Data(lines.utf8))
            }
            try handle.close()
            let gzip = try Process.run(URL(fileURLWithPath: "/usr/bin/env"), arguments: ["gzip", url.path])
            gzip.waitUntilExit()
            size +=
                try data.appendingPathComponent("\(file).json.gz").resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            list += #"{"itemCount":\#(range.count),"dataFileS3Key":"data/\#(file).json.gz"}"# + "\n"
        }
        try Data(list.utf8).write(to: folder.appendingPathComponent("manifest-files.json"))
        let summary = """
            {"outputFormat":"DYNAMODB_JSON","tableArn":"\(table)","exportTime":"2026-01-01T12:00:00Z","itemCount":\(count)}
            """
        try Data(summary.utf8).write(to: folder.appendingPathComponent("manifest-summary.json"))
        return size
    }

    private static func line(_ index: Int) -> String {
        """
        {"Item":{"customer":{"S":"c-\(index % 5_000)"},"id":{"S":"order-\(index)"},"total":{"N":"\(index % 9_973).\(index % 90 + 10)"},\
        "placed":{"S":"2026-01-\(index % 20 + 10)T09:\(index % 50 + 10):17.123Z"},"paid":{"BOOL":\(index % 3 == 0)},\
        "lines":{"L":[{"M":{"sku":{"S":"sku-\(index &* 7_919 % 100_000)"},"count":{"N":"\(index % 7 + 1)"}}},\
        {"M":{"sku":{"S":"sku-\(index &* 104_729 % 100_000)"},"count":{"N":"1"}}}]},"note":{"S":"Tür \(index)"}}}\n
        """
    }
}
