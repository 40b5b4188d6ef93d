// How far a file was redriven, kept beside it.

internal import JSONScanning

/// The progress through a file, up to which everything was handled or written to the file of what remains.
struct FileProgress: Equatable {
    var place = DocumentSplitter.Place()
    /// How long the file of what remains was then; what is behind that is written again.
    var remainingByteCount = 0
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
            "isInList":\(place.isInList),"remainingBytes":\(remainingByteCount),"check":"\(check)"}

            """.utf8
        )
    }

    init() {}

    /// - Returns: nil for anything but what ``json`` writes.
    init?(_ json: [UInt8]) {
        func number(_ node: JSONNode?) -> Int? { node?.numberText.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }
        guard let root = (try? JSONDocument(json))?.root, root["version"]?.isString("1.0") == true,
            let offset = number(root["offset"]), let line = number(root["line"]),
            let remaining = number(root["remainingBytes"]), let isInList = root["isInList"]?.bool,
            let check = root.memberText("check").flatMap({ UInt64($0) })
        else { return nil }
        place = DocumentSplitter.Place(
            offset: offset,
            line: max(1, line),
            layout: root.memberText("layout").flatMap(DocumentSplitter.Layout.init(rawValue:)),
            isInList: isInList
        )
        remainingByteCount = remaining
        self.check = check
    }
}
