// Redriving files: what remains is written in order, the file itself stays, and a second run continues.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import TemporaryFiles
import Testing

@testable import RecordReplay

@Suite struct MessageFileSourceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func source(
        _ path: String,
        _ stream: ScriptedStream? = nil,
        parcelSize: Int = 2,
        isReadOnly: Bool = false
    ) throws -> MessageFileSource {
        let stream = try stream ?? ScriptedStream(.init(iteratorError: "ResourceNotFoundException"))
        var settings = MessageFileSource.Settings()
        settings.parcelSize = parcelSize
        settings.isReadOnly = isReadOnly
        return MessageFileSource(path: path, recovery: recovery(stream), settings: settings)
    }

    private func recovery(_ stream: ScriptedStream) -> FailureRecovery {
        FailureRecovery(
            reader: StreamRangeReader(
                DynamoDBStreamsClient(stream.aws),
                patience: .seconds(20),
                pause: .milliseconds(1)
            )
        )
    }

    private func lines(_ name: String) throws -> [String] {
        try folder.read(name).split(separator: "\n").map(String.init)
    }

    @Test("every form may stand in one file, and what remains is written in its order and form")
    func mixed() async throws {
        let printed =
            #"{"Messages":[{"Body":\#(quoted(deadLetterJSON("8")))},{"Body":\#(quoted(eventJSON(["9", "10"])))}]}"#
        let input = [
            deadLetterJSON("1"), recordJSON("2"), eventJSON(["3", "4"]), "{\"nothing\":1}", failureJSON(),
            deadLetterJSON("5"),
            printed,
        ]
        let path = try folder.write(input.joined(separator: "\n") + "\n", to: "in.jsonl")
        let stream = try ScriptedStream(.init(numbers: ["100", "200", "300"]))
        let source = try source(path, stream)
        let (done, losses) = try await drain(source) { !["1", "4", "200", "10"].contains($0) }
        #expect(done == ["2", "3", "100", "300", "5", "8", "9"])
        #expect(losses.map(\.kind) == [.refused])
        #expect(losses.first?.reason.contains("line 4") == true)
        let rest = try lines("in.jsonl.remaining.jsonl")
        #expect(rest.count == 5)
        #expect(rest.first == deadLetterJSON("1"))
        #expect(try rest.dropFirst().first.map { try FailureDocument($0).records?.numbers } == ["4"])
        #expect(rest[2] == "{\"nothing\":1}")
        #expect(try FailureDocument(rest[3]).batch?.records?.start.description == "200")
        #expect(try FailureDocument(rest[4]).records?.numbers == ["10"])
        #expect(try folder.read("in.jsonl") == input.joined(separator: "\n") + "\n")
    }

    @Test("a list and one document of several lines are read as well, and remain as lines")
    func otherLayouts() async throws {
        let list = try folder.write("[\n \(deadLetterJSON("1")),\n \(deadLetterJSON("2"))]", to: "list.json")
        #expect(try await drain(try source(list)) { $0 == "1" }.done == ["1"])
        #expect(try lines("list.json.remaining.jsonl") == [deadLetterJSON("2")])
        let pretty = eventJSON(["1", "2"]).replacingOccurrences(of: "[", with: "[\n  ")
        let one = try folder.write(pretty, to: "event.json")
        #expect(try await drain(try source(one)) { _ in false }.done.isEmpty)
        let rest = try lines("event.json.remaining.jsonl")
        #expect(rest.count == 1)
        #expect(try FailureDocument(rest[0]).records?.count == 2)
    }

    @Test("a run that was ended by force is continued where it was, and nothing is written twice")
    func continued() async throws {
        let all = (1...10).map(String.init)
        let path = try folder.write(all.map { deadLetterJSON($0) }.joined(separator: "\n"), to: "in.jsonl")
        // Two parcels are settled; of the third nobody hears again.
        let first = try source(path)
        var handled: [String] = []
        for _ in 0..<2 {
            let parcel = try #require(try await first.next())
            handled += parcel.records.numbers
            try await first.settle(parcel, ParcelOutcome(remaining: [1]))
        }
        _ = try await first.next()
        await first.close()
        // What was written after the progress is written again, so it must not stay.
        let remaining = FileHandle(forWritingAtPath: folder.file("in.jsonl.remaining.jsonl"))
        try remaining?.seekToEnd()
        try remaining?.write(contentsOf: Data("half a line".utf8))
        try remaining?.close()
        let second = try source(path)
        let (done, _) = try await drain(second) { Int($0).map { $0 % 2 == 1 } ?? false }
        #expect(await second.counts.continuedAtLine == 4)
        #expect(handled + done == ["1", "2", "3", "4", "5", "7", "9"])
        let expected = ["2", "4", "6", "8", "10"].map { deadLetterJSON($0) }
        #expect(try lines("in.jsonl.remaining.jsonl") == expected)
        // A third run has nothing to do, until something is appended.
        #expect(try await drain(try source(path)).done.isEmpty)
        let file = FileHandle(forWritingAtPath: path)
        try file?.seekToEnd()
        try file?.write(contentsOf: Data(("\n" + deadLetterJSON("11") + "\n").utf8))
        try file?.close()
        #expect(try await drain(try source(path)).done == ["11"])
    }

    @Test("parcels that are settled in another order are written in the order of the file")
    func outOfOrder() async throws {
        let path = try folder.write((1...6).map { deadLetterJSON("\($0)") }.joined(separator: "\n"), to: "in.jsonl")
        let source = try source(path)
        var parcels: [ReplayParcel] = []
        while let parcel = try await source.next() { parcels.append(parcel) }
        #expect(parcels.count == 3)
        for parcel in parcels.reversed() { try await source.settle(parcel, ParcelOutcome(remaining: [0])) }
        await source.close()
        #expect(try lines("in.jsonl.remaining.jsonl") == ["1", "3", "5"].map { deadLetterJSON($0) })
    }

    @Test("what an earlier redrive left is not overwritten, and another file is not continued")
    func refusals() async throws {
        let path = try folder.write(deadLetterJSON("1"), to: "in.jsonl")
        _ = try folder.write("x", to: "in.jsonl.remaining.jsonl")
        await #expect(throws: MessageFileError.remainderExists(path: path + ".remaining.jsonl")) {
            try await source(path).next()
        }
        try FileManager.default.removeItem(atPath: path + ".remaining.jsonl")
        try await drain(try source(path))
        _ = try folder.write(deadLetterJSON("2") + "\n", to: "in.jsonl")
        await #expect(throws: MessageFileError.self) { try await source(path).next() }
        await #expect(throws: MessageFileError.self) { try await source(folder.file("nothing")).next() }
        await #expect(throws: MessageFileError.self) { try await source(folder.path).next() }
    }

    @Test("two redrives of one file at once: the second one is refused")
    func locked() async throws {
        let path = try folder.write(deadLetterJSON("1"), to: "in.jsonl")
        let first = try source(path)
        _ = try await first.next()
        await #expect(throws: MessageFileError.inUse(path: path)) { try await source(path).next() }
        await first.close()
        #expect(try await drain(try source(path)).done == ["1"])
    }

    @Test("a dry run writes nothing")
    func dryRun() async throws {
        let path = try folder.write(deadLetterJSON("1"), to: "in.jsonl")
        try await drain(try source(path, isReadOnly: true), isDryRun: true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["in.jsonl"])
    }
}
