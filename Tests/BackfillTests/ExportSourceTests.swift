// An export as a source: every item once, and what is missing by name.

import AWSServices
import CZlib
import DynamoDBStreamEvents
import ExportReplay
import Foundation
import Moto
import RecordReplay
import TemporaryFiles
import Testing

@Suite("An export as a source of records")
struct ExportSourceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func source(progressFile: String? = nil) async throws -> ExportSource {
        try await ExportSource(
            try ExportLocation.find(folder.path),
            stream: ordersStream,
            progressFile: progressFile,
            progressInterval: .zero
        )
    }

    @Test("every item comes once, as of the export's time, over files, members and empty lines")
    func everyItem() async throws {
        let first = try gzip(lines(0..<1_000)) + gzip("") + gzip("\n" + lines(1_000..<1_500) + "\r\n")
        try ExportFolder(folder.path).write([
            ("a.json.gz", 1_500, first), ("b.json.gz", 3, try gzip(lines(1_500..<1_503))),
        ])
        let source = try await source()
        var ids: [String] = []
        while let parcel = try await source.next() {
            #expect(parcel.losses.isEmpty)
            ids += parcel.ids
            #expect(
                parcel.records.allSatisfy { $0.streamRecord?.approximateCreationDateTime?.seconds == 1_767_268_800 }
            )
        }
        #expect(ids == (0..<1_503).map { "o-\($0)" })
        #expect(await source.counts.items == 1_503)
    }

    @Test("an export of no items is done")
    func empty() async throws {
        try ExportFolder(folder.path).write([("a.json.gz", 0, try gzip(""))])
        #expect(try await source().readAll().isEmpty)
    }

    @Test("a line that is longer than a piece, and a last line without an end, are lines")
    func longLines() async throws {
        let long = #"{"Item":{"id":{"S":"o-0"},"text":{"S":"\#(String(repeating: "é", count: 900_000))"}}}"#
        try ExportFolder(folder.path).write([("a.json.gz", 2, try gzip(long + "\n" + lines(1..<2).dropLast()))])
        #expect(try await source().readAll() == ["o-0", "o-1"])
    }

    @Test(
        "lines that are valid only together, or hold two values, are refused one by one",
        arguments: [
            "{\"Item\":{\"id\":{\"S\":\"o-0\"}}\n\"b\":1}",
            "{\"Item\":{\"id\":{\"S\":\"o-0\"}}},{\"Item\":{\"id\":{\"S\":\"o-1\"}}}\n1",
            "[\n]", "{\"Item\":{\"id\":{\"S\":\"\nx\"}}}",
        ]
    )
    func joined(text: String) async throws {
        try ExportFolder(folder.path).write([("a.json.gz", 3, try gzip(lines(7..<8) + text))])
        let source = try await source()
        let parcel = try #require(try await source.next())
        #expect(parcel.ids == ["o-7"])
        #expect(parcel.losses.map(\.kind) == [.refused, .refused])
        #expect(parcel.losses.first?.reason.contains("a.json.gz, line 2") == true)
    }

    @Test("fewer items than the manifest says are lost, by name; more are not what was exported")
    func counts() async throws {
        try ExportFolder(folder.path).write([
            ("a.json.gz", 12, try gzip(lines(0..<10))), ("b.json.gz", 1, try gzip(lines(10..<12))),
        ])
        let losses = try await source().readLosses()
        #expect(losses.map(\.kind) == [.lost, .unknown])
        #expect(losses.map(\.count) == [2, nil])
        #expect(losses.first?.reason.contains("a.json.gz has 10 items, and its manifest says 12") == true)
    }

    @Test("a file that is cut off gives what it has, and the rest is lost by name")
    func truncated() async throws {
        let whole = try gzip(lines(0..<50_000))
        try ExportFolder(folder.path).write([
            ("a.json.gz", 50_000, Array(whole.dropLast(whole.count / 2))), ("b.json.gz", 1, try gzip(lines(0..<1))),
        ])
        let source = try await source()
        var count = 0
        var losses: [ReplayLoss] = []
        while let parcel = try await source.next() {
            count += parcel.records.count
            losses += parcel.losses
        }
        let loss = try #require(losses.first)
        #expect(losses.count == 1 && loss.kind == .lost)
        #expect(loss.count == 50_001 - count && count > 1)
        #expect(loss.reason.contains("ends in the middle"))
    }

    @Test("a damaged file, a missing one, and one that is not compressed are lost by name")
    func damaged() async throws {
        var damaged = try gzip(lines(0..<10))
        damaged[damaged.count - 6] ^= 1
        try ExportFolder(folder.path).write([
            ("a.json.gz", 10, damaged), ("b.json.gz", 5, nil), ("c.json.gz", 1, Array(lines(0..<1).utf8)),
        ])
        let losses = try await source().readLosses()
        #expect(losses.map(\.kind) == [.lost, .lost, .lost])
        #expect(losses.map(\.count) == [10, 5, 1])
        for (loss, words) in zip(losses, ["is damaged", "has no data/b.json.gz", "does not begin as a gzip file"]) {
            #expect(loss.reason.contains(words))
        }
    }

    @Test("a manifest whose sums do not agree is named first")
    func contradiction() async throws {
        try ExportFolder(folder.path).write([("a.json.gz", 1, try gzip(lines(0..<1)))], total: 5)
        #expect(try await source().readLosses().map(\.count) == [4])
    }

    @Test("a run that was killed is gone on from, within a file as well", arguments: 0..<10)
    func resume(seed: UInt64) async throws {
        var random = SeededRandom(seed + 1)
        try ExportFolder(folder.path).write([
            ("a.json.gz", 30_000, try gzip(lines(0..<30_000))), ("b.json.gz", 2, try gzip(lines(30_000..<30_002))),
        ])
        var done: Set<String> = []
        for _ in 0..<100 {
            let source = try await source(progressFile: folder.file("p.json"))
            var isAtEnd = false
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                guard let parcel = try await source.next() else {
                    isAtEnd = true
                    break
                }
                guard Int.random(in: 0..<4, using: &random) > 0 else { break }
                done.formUnion(parcel.ids)
                try await source.settle(parcel, ParcelOutcome(remaining: []))
            }
            if isAtEnd { break }
        }
        #expect(done.count == 30_002)
        #expect(try await source(progressFile: folder.file("p.json")).next() == nil)
    }

    @Test(
        "what is no full export in DynamoDB JSON is refused, with what to do",
        arguments: [
            (#""outputFormat":"ION""#, "--export-format DYNAMODB_JSON"),
            (#""outputFormat":"DYNAMODB_JSON","exportType":"INCREMENTAL_EXPORT""#, "FULL_EXPORT"),
            (
                #""outputFormat":"DYNAMODB_JSON","tableArn":"arn:aws:dynamodb:eu-central-1:1:table/other""#,
                "another table"
            ),
            (#""outputFormat":"DYNAMODB_JSON","exportTime":"yesterday""#, "is not a time"), (#""x":1"#, "outputFormat"),
        ]
    )
    func refused(members: String, words: String) async throws {
        try ExportFolder(folder.path).write([], members: members)
        let error = try await #require(throws: ExportError.self) { try await self.source() }
        #expect(error.description.contains(words))
    }

    @Test(
        "a list of files that cannot be used is refused, and no name leaves the folder",
        arguments: [
            "x", "{}", #"{"itemCount":1}"#, #"{"itemCount":-1,"dataFileS3Key":"a.gz"}"#,
            #"{"itemCount":1,"dataFileS3Key":"../.."}"#, #"{"itemCount":1,"dataFileS3Key":"a.json"}"#,
            "{\"itemCount\":1,\"dataFileS3Key\":\"x/a.gz\"}\n{\"itemCount\":1,\"dataFileS3Key\":\"y/a.gz\"}",
        ]
    )
    func badList(list: String) async throws {
        try ExportFolder(folder.path).write([], list: list)
        await #expect(throws: ExportError.self) { try await self.source() }
    }

    @Test("an export is found below the folder that it was copied to; none and two are errors")
    func location() async throws {
        #expect(throws: ExportError.noLocation(folder.file("none"))) { try ExportLocation.find(folder.file("none")) }
        #expect(throws: ExportError.noManifest(location: folder.path)) { try ExportLocation.find(folder.path) }
        _ = try folder.write("", to: "_started")
        #expect(throws: ExportError.notFinished(location: folder.path)) { try ExportLocation.find(folder.path) }
        let one = folder.path + "/AWSDynamoDB/1-a"
        try ExportFolder(one).write([("a.json.gz", 1, try gzip(lines(0..<1)))])
        #expect(try ExportLocation.find(folder.path).description == one)
        #expect(try ExportLocation.find(one + "/manifest-summary.json").description == one)
        try ExportFolder(folder.path + "/AWSDynamoDB/2-b").write([])
        #expect(throws: ExportError.self) { try ExportLocation.find(folder.path) }
    }

    @Test("an export is read from S3, piece by piece")
    func bucket() async throws {
        let moto = try Moto.shared()
        let bucket = "exports-\(UInt64.random(in: .min ... .max))"
        try await moto.createBucket(bucket)
        let s3 = S3Client(moto.client())
        try ExportFolder(folder.path).write([("a.json.gz", 20_000, try gzip(lines(0..<20_000))), ("b.json.gz", 4, nil)])
        for name in ["manifest-summary.json", "manifest-files.json", "data/a.json.gz"] {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file(name))))
            try await s3.putObject(bytes, key: "2026/AWSDynamoDB/1-a/\(name)", in: bucket)
        }
        let location = try ExportLocation.find("s3://\(bucket)/2026/AWSDynamoDB/1-a/", s3: s3)
        let source = try await ExportSource(location, stream: ordersStream)
        var ids: [String] = []
        var losses: [ReplayLoss] = []
        while let parcel = try await source.next() {
            ids += parcel.ids
            losses += parcel.losses
        }
        #expect(ids == (0..<20_000).map { "o-\($0)" })
        #expect(losses.map(\.count) == [4])
        let none = try ExportLocation.find("s3://\(bucket)/none", s3: s3)
        await #expect(throws: ExportError.noManifest(location: "s3://\(bucket)/none")) {
            try await ExportSource(none, stream: ordersStream)
        }
        let part = try await s3.getObject(
            key: "2026/AWSDynamoDB/1-a/data/a.json.gz",
            from: bucket,
            offset: 3,
            byteCount: 10
        )
        #expect(part.bytes.count == 10 && part.size > 13)
        let file = try Data(contentsOf: URL(fileURLWithPath: folder.file("data/a.json.gz")))
        #expect(part.bytes == Array(file[3..<13]))
    }
}

extension ExportSource {
    fileprivate func readLosses() async throws -> [ReplayLoss] {
        var losses: [ReplayLoss] = []
        while let parcel = try await next() { losses += parcel.losses }
        return losses
    }
}

private func lines(_ range: Range<Int>) -> String {
    range.map { #"{"Item":{"id":{"S":"o-\#($0)"},"total":{"N":"\#($0 * 7)"}}}\#n"# }.joined()
}

private func gzip(_ text: String) throws -> [UInt8] {
    var stream = z_stream()
    try #require(czlib_deflate_init(&stream, 6, 15 + 16) == Z_OK)
    defer { deflateEnd(&stream) }
    var input = Array(text.utf8)
    var output = [UInt8](repeating: 0, count: input.count + 1_000)
    let count = input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            return deflate(&stream, Z_FINISH) == Z_STREAM_END ? output.count - Int(stream.avail_out) : 0
        }
    }
    try #require(count > 0)
    return Array(output[..<count])
}

/// The folder of one export.
private struct ExportFolder {
    let path: String

    init(_ path: String) { self.path = path }

    /// - Parameters:
    ///   - files: the name, the count of the manifest, and the bytes; a file without bytes is missing.
    ///   - members: members of the summary, before and instead of the usual ones.
    func write(
        _ files: [(name: String, count: Int, bytes: [UInt8]?)],
        total: Int? = nil,
        members: String = #""outputFormat":"DYNAMODB_JSON""#,
        list: String? = nil
    ) throws {
        try FileManager.default.createDirectory(atPath: path + "/data", withIntermediateDirectories: true)
        let sum = total ?? files.reduce(0) { $0 + $1.count }
        let table = "arn:aws:dynamodb:eu-central-1:123456789012:table/orders"
        try write(
            """
            {"version":"2020-06-30",\(members),"exportArn":"\(table)/export/1-a","tableArn":"\(table)",\
            "exportTime":"2026-01-01T12:00:00.123Z","itemCount":\(sum),"manifestFilesS3Key":"p/manifest-files.json"}
            """,
            "manifest-summary.json"
        )
        let entries = files.map { file in
            #"{"itemCount":\#(file.count),"md5Checksum":"x","etag":"y","dataFileS3Key":"p/AWSDynamoDB/1-a/data/\#(file.name)"}"#
        }
        try write(list ?? entries.joined(separator: "\n") + "\n", "manifest-files.json")
        for file in files {
            if let bytes = file.bytes { try Data(bytes).write(to: URL(fileURLWithPath: path + "/data/" + file.name)) }
        }
    }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
    }
}
