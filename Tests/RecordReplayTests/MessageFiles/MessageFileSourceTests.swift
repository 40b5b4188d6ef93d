// Redriving files: what remains is written in order, the file itself stays, and a second run continues.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import TemporaryFiles
import Testing

@testable import RecordReplay

@Suite struct MessageFileSourceTests {
    private let folder: TemporaryFolder
    /// Of which nothing is read.
    private let goneStream: ScriptedStream

    init() throws {
        folder = try TemporaryFolder()
        goneStream = try ScriptedStream(.init(iteratorError: "ResourceNotFoundException"))
    }

    private func source(
        _ path: String,
        _ stream: ScriptedStream? = nil,
        parcelSize: Int = 2,
        isReadOnly: Bool = false
    ) -> MessageFileSource {
        var settings = MessageFileSource.Settings()
        settings.parcelSize = parcelSize
        settings.isReadOnly = isReadOnly
        return MessageFileSource(path: path, recovery: recovery(stream ?? goneStream), settings: settings)
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
        let source = source(path, stream)
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
        #expect(try await drain(source(list)) { $0 == "1" }.done == ["1"])
        #expect(try lines("list.json.remaining.jsonl") == [deadLetterJSON("2")])
        let pretty = eventJSON(["1", "2"]).replacingOccurrences(of: "[", with: "[\n  ")
        let one = try folder.write(pretty, to: "event.json")
        #expect(try await drain(source(one)) { _ in false }.done.isEmpty)
        let rest = try lines("event.json.remaining.jsonl")
        #expect(rest.count == 1)
        #expect(try FailureDocument(rest[0]).records?.count == 2)
    }

    @Test("a run that was ended by force is continued where it was, and nothing is written twice")
    func continued() async throws {
        let all = (1...10).map(String.init)
        let path = try folder.write(all.map { deadLetterJSON($0) }.joined(separator: "\n"), to: "in.jsonl")
        // Two parcels are settled; of the third nobody hears again.
        let first = source(path)
        var handled: [String] = []
        for _ in 0..<2 {
            let parcel = try #require(try await first.next())
            handled += parcel.records.numbers
            try await first.settle(parcel, ParcelOutcome(remaining: [1]))
        }
        _ = try await first.next()
        await first.close()
        // What was being appended at the end is written again, so it must not stay.
        let noted = try folder.read("in.jsonl.progress.json")
        _ = try folder.write(
            noted.replacingOccurrences(of: #""appended":0"#, with: #""appended":99"#),
            to: "in.jsonl.progress.json"
        )
        let remaining = FileHandle(forWritingAtPath: folder.file("in.jsonl.remaining.jsonl"))
        try remaining?.seekToEnd()
        try remaining?.write(contentsOf: Data("half a line".utf8))
        try remaining?.close()
        let second = source(path)
        let (done, _) = try await drain(second) { Int($0).map { $0 % 2 == 1 } ?? false }
        #expect(await second.counts.continuedAtLine == 4)
        #expect(handled + done == ["1", "2", "3", "4", "5", "7", "9"])
        let expected = ["2", "4", "6", "8", "10"].map { deadLetterJSON($0) }
        #expect(try lines("in.jsonl.remaining.jsonl") == expected)
        // A third run tries what remains. Then there is nothing to do, until something is appended.
        #expect(try await drain(source(path)).done == ["2", "4", "6", "8", "10"])
        #expect(try await drain(source(path)).done.isEmpty)
        let file = FileHandle(forWritingAtPath: path)
        try file?.seekToEnd()
        try file?.write(contentsOf: Data(("\n" + deadLetterJSON("11") + "\n").utf8))
        try file?.close()
        #expect(try await drain(source(path)).done == ["11"])
    }

    @Test("the same command again tries what remains before what is new, and leaves no empty file")
    func remainderFirst() async throws {
        let path = try folder.write((1...5).map { deadLetterJSON("\($0)") }.joined(separator: "\n"), to: "in.jsonl")
        let first = source(path)
        let parcel = try #require(try await first.next())
        // Ctrl-C: nothing of what was read was tried.
        try await first.settle(parcel, ParcelOutcome(remaining: [0, 1]))
        await first.close()
        #expect(try lines("in.jsonl.remaining.jsonl") == ["1", "2"].map { deadLetterJSON($0) })
        // A dry run says the same and changes nothing.
        var dry: [String] = []
        let reading = source(path, isReadOnly: true)
        while let parcel = try await reading.next() { dry += parcel.records.numbers }
        #expect(dry == ["1", "2", "3", "4", "5"])
        #expect(try lines("in.jsonl.remaining.jsonl").count == 2)
        #expect(try await drain(source(path)) { $0 != "2" }.done == ["1", "3", "4", "5"])
        #expect(try lines("in.jsonl.remaining.jsonl") == [deadLetterJSON("2")])
        #expect(try await drain(source(path)).done == ["2"])
        #expect(!FileManager.default.fileExists(atPath: folder.file("in.jsonl.remaining.jsonl")))
        #expect(try await drain(source(path)).done.isEmpty)
    }

    @Test("what remains may be repaired by hand")
    func edited() async throws {
        let path = try folder.write("{\"nothing\":1}\n" + deadLetterJSON("2"), to: "in.jsonl")
        try await drain(source(path)) { _ in false }
        let repaired = deadLetterJSON("1") + "\n" + deadLetterJSON("2") + "\n" + deadLetterJSON("3")
        _ = try folder.write(repaired, to: "in.jsonl.remaining.jsonl")
        #expect(try await drain(source(path)) { $0 == "1" }.done == ["1"])
        #expect(try lines("in.jsonl.remaining.jsonl") == ["2", "3"].map { deadLetterJSON($0) })
        _ = try folder.write(deadLetterJSON("3"), to: "in.jsonl.remaining.jsonl")
        #expect(try await drain(source(path)).done == ["3"])
    }

    @Test("what remains is not redriven from two places, and its loss is known")
    func remainderElsewhere() async throws {
        let path = try folder.write(deadLetterJSON("1") + "\n" + deadLetterJSON("2"), to: "in.jsonl")
        try await drain(source(path)) { $0 == "1" }
        let remaining = path + ".remaining.jsonl"
        try await drain(source(remaining)) { _ in false }
        await #expect(throws: MessageFileError.remainderInUse(path: remaining)) { try await source(path).next() }
        for suffix in ["", ".progress.json", ".remaining.jsonl"] {
            try FileManager.default.removeItem(atPath: remaining + suffix)
        }
        let last = source(path)
        #expect(try await drain(last).done.isEmpty)
        #expect(await last.counts.lacksRemainder)
    }

    @Test(
        "whenever runs end, by force or not: no record is lost, and what remains is tried in order",
        arguments: 0..<60
    )
    func anyEnds(seed: Int) async throws {
        var random = SeededGenerator(seed)
        let all = (0..<Int.random(in: 1...20, using: &random)).map(String.init)
        let path = try folder.write(all.map { deadLetterJSON($0) }.joined(separator: "\n"), to: "in\(seed).jsonl")
        let remaining = path + ".remaining.jsonl"
        var confirmed: Set<String> = []
        for count in 0..<40 {
            // The last runs are left alone, so that there is an end.
            let isCalm = count >= 36
            let run = source(path, parcelSize: Int.random(in: 1...4, using: &random))
            var parcels: [ReplayParcel] = []
            let limit = isCalm ? Int.max : Int.random(in: 0...4, using: &random)
            while parcels.count < limit, let parcel = try await run.next() { parcels.append(parcel) }
            let numbers = parcels.flatMap(\.records.numbers)
            #expect(numbers == numbers.sorted { Int($0) ?? 0 < Int($1) ?? 0 }, "what is older comes first")
            #expect(confirmed.isDisjoint(with: numbers), "what was noted as done comes again")
            if !isCalm {
                parcels = Array(parcels.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random)))
            }
            var settled: [(ReplayParcel, remaining: [Int])] = []
            for parcel in parcels {
                let rest = isCalm ? [] : parcel.records.indices.filter { _ in Bool.random(using: &random) }
                try await run.settle(parcel, ParcelOutcome(remaining: Array(rest)))
                settled.append((parcel, Array(rest)))
            }
            if isCalm || Bool.random(using: &random) { await run.close() }
            // What the files say is done is what no later run may see.
            let left = try await undone(path)
            for (parcel, rest) in settled {
                for (index, record) in parcel.records.enumerated() where !rest.contains(index) {
                    let number = record.sequenceNumber.description
                    if !left.contains(number) { confirmed.insert(number) }
                }
            }
            #expect(confirmed.union(left) == Set(all), "seed \(seed), run \(count)")
        }
        #expect(confirmed == Set(all))
        #expect(!FileManager.default.fileExists(atPath: remaining))
    }

    /// The records that a run would begin with now.
    private func undone(_ path: String) async throws -> Set<String> {
        let reading = source(path, isReadOnly: true)
        var numbers: [String] = []
        while let parcel = try await reading.next() { numbers += parcel.records.numbers }
        await reading.close()
        #expect(Set(numbers).count == numbers.count, "nothing comes twice")
        return Set(numbers)
    }

    @Test("an end by force while the file of what remains is cut: before the progress is written, and behind that")
    func killedWhileCutting() async throws {
        let path = try folder.write((1...4).map { deadLetterJSON("\($0)") }.joined(separator: "\n"), to: "in.jsonl")
        let remaining = "in.jsonl.remaining.jsonl"
        try await drain(source(path)) { _ in false }
        // The first parcel of what remains is done and noted; the run ends by force.
        let second = source(path)
        let parcel = try #require(try await second.next())
        try await second.settle(parcel, ParcelOutcome(remaining: []))
        let noted = try folder.read("in.jsonl.progress.json")
        #expect(try lines(remaining).count == 4)
        await second.close()
        let cut = try folder.read(remaining)
        #expect(cut.split(separator: "\n").count == 2)
        let notedAfterwards = try folder.read("in.jsonl.progress.json")
        // Before the progress said so: the half that was copied is worth nothing.
        let whole = (1...4).map { deadLetterJSON("\($0)") + "\n" }.joined()
        for (progress, draft) in [(noted, "half of a li"), (notedAfterwards, cut)] {
            _ = try folder.write(progress, to: "in.jsonl.progress.json")
            _ = try folder.write(whole, to: remaining)
            _ = try folder.write(draft, to: remaining + ".new")
            #expect(try await undone(path) == ["3", "4"])
            #expect(try await drain(source(path)) { _ in false }.done.isEmpty)
            #expect(try folder.read(remaining) == cut)
            #expect(!FileManager.default.fileExists(atPath: folder.file(remaining + ".new")))
        }
    }

    @Test("parcels that are settled in another order are written in the order of the file")
    func outOfOrder() async throws {
        let path = try folder.write((1...6).map { deadLetterJSON("\($0)") }.joined(separator: "\n"), to: "in.jsonl")
        let source = source(path)
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
        try await drain(source(path))
        _ = try folder.write(deadLetterJSON("2") + "\n", to: "in.jsonl")
        await #expect(throws: MessageFileError.self) { try await source(path).next() }
        await #expect(throws: MessageFileError.self) { try await source(folder.file("nothing")).next() }
        await #expect(throws: MessageFileError.self) { try await source(folder.path).next() }
    }

    @Test("two redrives of one file at once: the second one is refused")
    func locked() async throws {
        let path = try folder.write(deadLetterJSON("1"), to: "in.jsonl")
        let first = source(path)
        _ = try await first.next()
        await #expect(throws: MessageFileError.inUse(path: path)) { try await source(path).next() }
        await first.close()
        #expect(try await drain(source(path)).done == ["1"])
    }

    @Test("a dry run writes nothing")
    func dryRun() async throws {
        let path = try folder.write(deadLetterJSON("1"), to: "in.jsonl")
        try await drain(source(path, isReadOnly: true), isDryRun: true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["in.jsonl"])
    }
}
