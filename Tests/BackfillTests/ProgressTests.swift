// Places in a file: what is read back, what is refused, and how far everything is done.

import Foundation
import RecordReplay
import TemporaryFiles
import Testing

@Suite("Progress")
struct ProgressTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let identity = [("kind", "table"), ("stream", #"arn:"x""#), ("segments", "2")]

    private func open(_ identity: [(String, String)] = ProgressTests.identity) throws -> ProgressFile {
        try ProgressFile(folder.file("p.json"), identity: identity.map { (name: $0.0, value: $0.1) }, interval: .zero)
    }

    @Test("places are read back as they were written")
    func roundTrip() throws {
        var file = try open()
        #expect(!file.isResumed)
        try file.move("0", to: .after(Array(#"{"id":{"S":"é\n"}}"#.utf8)))
        try file.move("1", to: .done)
        let again = try open()
        #expect(again.isResumed)
        #expect(again.places == file.places)
        #expect(
            try folder.read("p.json") == """
                {"version":1,"source":{"kind":"table","stream":"arn:\\"x\\"","segments":"2"},\
                "places":{"0":{"after":{"id":{"S":"é\\n"}}},"1":{"done":true}}}\n
                """
        )
    }

    @Test("a file of another run is refused, with what is different", arguments: ["kind", "stream", "segments"])
    func other(name: String) throws {
        var file = try open()
        try file.move("0", to: .done)
        let identity = Self.identity.map { ($0.0, $0.0 == name ? "other" : $0.1) }
        let value = try #require(Self.identity.first { $0.0 == name }?.1)
        #expect(
            throws: ProgressFileError.other(path: folder.file("p.json"), name: name, found: value, expected: "other")
        ) { try open(identity) }
    }

    @Test(
        "what is no progress file is not written over",
        arguments: [
            "", "{}", "[]", #"{"version":1,"source":{}}"#, #"{"version":1,"source":{},"places":{"0":{}}}"#, "\u{0}",
        ]
    )
    func noProgressFile(text: String) throws {
        _ = try folder.write(text, to: "p.json")
        #expect(throws: ProgressFileError.self) { try open([]) }
        #expect(try folder.read("p.json") == text)
    }

    @Test("another version is refused")
    func version() throws {
        _ = try folder.write(#"{"version":2,"source":{},"places":{}}"#, to: "p.json")
        #expect(throws: ProgressFileError.otherVersion(path: folder.file("p.json"))) { try open([]) }
    }

    @Test("a folder that is missing is an error that says so")
    func missingFolder() throws {
        var file = try ProgressFile(folder.file("none/p.json"), identity: [], interval: .zero)
        #expect(throws: ProgressFileError.self) { try file.move("0", to: .done) }
    }

    @Test("nothing else is left in the folder, and a link stays one")
    func link() throws {
        let target = try folder.write(#"{"version":1,"source":{},"places":{}}"#, to: "target.json")
        try FileManager.default.createSymbolicLink(atPath: folder.file("p.json"), withDestinationPath: target)
        var file = try open([])
        try file.move("0", to: .done)
        #expect(try folder.read("target.json").contains(#""0""#))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names == ["p.json", "target.json"])
    }

    @Test("a place that is written late is written at the end")
    func late() throws {
        var file = try ProgressFile(folder.file("p.json"), identity: [], interval: .seconds(3_600))
        try file.move("0", to: .after([0x31]))
        try file.move("0", to: .after([0x32]))
        #expect(try ProgressFile(folder.file("p.json"), identity: []).places["0"] == .after([0x31]))
        try file.write()
        #expect(try ProgressFile(folder.file("p.json"), identity: []).places["0"] == .after([0x32]))
    }

    @Test("a place moves only past parcels that are all done, in whatever order they end", arguments: 0..<50)
    func ordered(seed: UInt64) {
        var random = SeededRandom(seed + 1)
        var places = OrderedPlaces()
        let count = Int.random(in: 1...300, using: &random)
        let failing = Set((0..<count).filter { _ in Int.random(in: 0..<100, using: &random) == 0 })
        for id in 0..<count { places.add(id, until: .after([UInt8(truncatingIfNeeded: id)])) }
        var place: ProgressFile.Place?
        var ended: Set<Int> = []
        for id in (0..<count).shuffled(using: &random) {
            let moved = places.settle(id, isComplete: !failing.contains(id))
            if !failing.contains(id) { ended.insert(id) }
            let done = (0..<count).prefix { ended.contains($0) }.count
            if let moved { place = moved }
            #expect(place == (done == 0 ? nil : .after([UInt8(truncatingIfNeeded: done - 1)])))
        }
    }
}
