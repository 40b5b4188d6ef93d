// How far a file was redriven, kept beside it.

internal import JSONScanning

/// The progress through a file, up to which everything was handled or written to the file of what remains.
struct FileProgress: Equatable {
    var place = DocumentSplitter.Place()
    /// The file of what remains: what an earlier run left, then what this run has left of that and of the file.
    var remaining = Remaining()

    struct Remaining: Equatable {
        /// Where in what an earlier run left begins what this one has not done.
        var start = 0
        /// Where what an earlier run left ends.
        var earlierEnd = 0
        /// Where all of it ends.
        var end = 0
        /// How many bytes were about to be appended.
        var appendedCount = 0

        /// What is not done, in the order in which it is to be tried: what this run left of the beginning of what an earlier
        /// one left comes before the rest of that.
        var undone: [Range<Int>] { [earlierEnd..<end, start..<earlierEnd].filter { !$0.isEmpty } }
        var isEmpty: Bool { undone.isEmpty }
    }

    /// A number made of the bytes before the place, which shows whether the file is still the same.
    var check: UInt64 = 0

    /// How many bytes before the place make the check.
    static let checkedByteCount = 256

    static func check(of bytes: some Sequence<UInt8>) -> UInt64 {
        // FNV-1a
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    var json: [UInt8] {
        let layout = place.layout.map { "\"\($0.rawValue)\"" } ?? "null"
        return Array(
            """
            {"version":"1.0","offset":\(place.offset),"line":\(place.line),"layout":\(layout),\
            "isInList":\(place.isInList),"remaining":{"start":\(remaining.start),\
            "earlierEnd":\(remaining.earlierEnd),"end":\(remaining.end),"appended":\(remaining.appendedCount)},\
            "check":"\(check)"}

            """.utf8
        )
    }

    init() {}

    /// - Returns: nil for anything but what ``json`` writes.
    init?(_ json: [UInt8]) {
        func number(_ node: JSONNode?) -> Int? { node?.numberText.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }
        guard let root = (try? JSONDocument(json))?.root, root["version"]?.isString("1.0") == true,
            let offset = number(root["offset"]), let line = number(root["line"]),
            let remaining = root["remaining"], let start = number(remaining["start"]),
            let earlierEnd = number(remaining["earlierEnd"]), let end = number(remaining["end"]),
            let appended = number(remaining["appended"]), start <= earlierEnd, earlierEnd <= end,
            let isInList = root["isInList"]?.bool,
            let check = root.memberText("check").flatMap({ UInt64($0) })
        else { return nil }
        place = DocumentSplitter.Place(
            offset: offset,
            line: max(1, line),
            layout: root.memberText("layout").flatMap(DocumentSplitter.Layout.init(rawValue:)),
            isInList: isInList
        )
        self.remaining = Remaining(start: start, earlierEnd: earlierEnd, end: end, appendedCount: appended)
        self.check = check
    }
}
