// Documents at random from a seed: every rule of the grammar, and then half of them broken.

struct DocumentGenerator {
    private var random: SplitMix

    init(seed: UInt64) { random = SplitMix(state: seed) }

    mutating func next() -> [UInt8] {
        var document: [UInt8] = []
        space(&document)
        value(&document, depth: 0)
        space(&document)
        if chance(2) { mutate(&document) }
        return document
    }

    private mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }

    private mutating func pick(_ texts: [String]) -> [UInt8] {
        Array((texts.randomElement(using: &random) ?? "").utf8)
    }

    private mutating func value(_ document: inout [UInt8], depth: Int) {
        switch Int.random(in: 0..<(depth > 5 ? 4 : 7), using: &random) {
        case 0: document += pick(["true", "false", "null"])
        case 1: number(&document)
        case 2, 3: string(&document)
        case 4: container(&document, open: "[", close: "]") { $0.value(&$1, depth: depth + 1) }
        case 5: tagged(&document)
        default:
            var names = 0
            container(&document, open: "{", close: "}") { generator, document in
                document += Array("\"n\(names)".utf8)
                names += 1
                generator.characters(&document)
                document.append(0x22)
                generator.space(&document)
                document.append(0x3A)
                generator.space(&document)
                generator.value(&document, depth: depth + 1)
            }
        }
    }

    private mutating func container(
        _ document: inout [UInt8],
        open: Unicode.Scalar,
        close: Unicode.Scalar,
        _ element: (inout DocumentGenerator, inout [UInt8]) -> Void
    ) {
        document.append(UInt8(ascii: open))
        space(&document)
        for position in 0..<Int.random(in: 0...4, using: &random) {
            if position > 0 {
                document.append(0x2C)
                space(&document)
            }
            element(&self, &document)
            space(&document)
        }
        document.append(UInt8(ascii: close))
    }

    private mutating func tagged(_ document: inout [UInt8]) {
        document += pick(["{\"S\":", "{\"N\":", "{ \"S\" :", "{\"SS\":"])
        string(&document)
        document += pick(["}", " }"])
    }

    private mutating func number(_ document: inout [UInt8]) {
        document += pick(["", "-"])
        document += pick(["0", "7", "10", "123456789", "9007199254740993", "\(random.next())"])
        document += pick(["", "", ".0", ".5", ".125", ".\(random.next())"])
        document += pick(["", "", "e0", "E+5", "e-7", "e17", "E-300", "e300"])
    }

    private mutating func string(_ document: inout [UInt8]) {
        document.append(0x22)
        characters(&document)
        document.append(0x22)
    }

    private mutating func characters(_ document: inout [UInt8]) {
        for _ in 0..<Int.random(in: 0...9, using: &random) {
            document += pick([
                "a", "Z", "0", " ", "/", "é", "日", "😀", "\u{7F}", "\u{2028}", "plain text that is long", "\\n", "\\\\",
                "\\\"",
                "\\/", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\u0000", "\\b\\f\\r\\t",
            ])
        }
        if chance(40) { document += pick(["\\ud800", "\\udfff", "\\ud83dx", "\\ud83d\\u0041"]) }
    }

    private mutating func space(_ document: inout [UInt8]) {
        if chance(4) { document += pick([" ", "\n", "\t", "\r\n", "  "]) }
    }

    private mutating func mutate(_ document: inout [UInt8]) {
        for _ in 0..<Int.random(in: 1...2, using: &random) where !document.isEmpty {
            let position = Int.random(in: document.indices, using: &random)
            let byte = pick([
                "{", "}", "[", "]", "\"", ",", ":", "\\", "0", "-", ".", "e", "t", " ", "\u{1}", "\u{1F}", "é",
            ])
            switch Int.random(in: 0..<6, using: &random) {
            case 0: document.remove(at: position)
            case 1: document.insert(contentsOf: byte, at: position)
            case 2: document.replaceSubrange(position...position, with: byte)
            case 3: document.removeSubrange(position...)
            // 0 is left out: decoders that guess encodings take it for UTF-16.
            case 4: document[position] = UInt8.random(in: 1...255, using: &random)
            default: document.swapAt(position, Int.random(in: document.indices, using: &random))
            }
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
