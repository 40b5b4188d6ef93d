// Broken documents: never a trap, and always the verdict of the plain validator.

import JSONScanning
import SeededNumbers
import Testing

@Suite("Broken documents")
struct MutationTests {
    @Test("a document cut off anywhere gets the right verdict")
    func truncated() {
        let whole = bytes(sampleRecord)
        for length in 0...whole.count {
            let cut = Array(whole.prefix(length))
            #expect(accepts(cut) == ReferenceValidator.accepts(cut), "cut at \(length)")
        }
    }

    @Test("a document with one byte replaced by any other gets the right verdict")
    func replaced() {
        let whole = bytes(sampleRecord)
        for position in whole.indices {
            for byte in [0, 0x1F, 0x22, 0x2C, 0x30, 0x3A, 0x5B, 0x5C, 0x5D, 0x65, 0x7B, 0x7D, 0x80, 0xE2, 0xFF]
                as [UInt8]
            {
                var broken = whole
                broken[position] = byte
                #expect(accepts(broken) == ReferenceValidator.accepts(broken), "\(byte) at \(position)")
            }
        }
    }

    @Test("documents broken at random get the right verdict, and what is accepted can be read", arguments: 1...8)
    func random(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let alphabet = bytes("{}[]\",:\\u019.-+eE ntrf\n\0\u{7F}é")
        for _ in 0..<2_000 {
            var broken = bytes(sampleRecord)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let position = Int.random(in: broken.indices, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: broken.remove(at: position)
                case 1: broken.insert(alphabet.randomElement(using: &generator) ?? 0, at: position)
                case 2: broken[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                default:
                    let end = Int.random(in: position..<broken.count, using: &generator)
                    broken.append(contentsOf: broken[position...end])
                }
            }
            let verdict = ReferenceValidator.accepts(broken)
            #expect(accepts(broken) == verdict, "\(String(decoding: broken, as: UTF8.self))")
            if verdict { readEverything(in: try JSONDocument(broken).root) }
        }
    }

    @Test("short runs of the bytes that matter, every one of them, get the right verdict")
    func exhaustive() {
        let alphabet = bytes("{}[]\",:\\0-.e a")
        var texts: [[UInt8]] = [[]]
        for _ in 0..<4 {
            texts = texts.flatMap { text in alphabet.map { text + [$0] } }
            for text in texts where accepts(text) != ReferenceValidator.accepts(text) {
                Issue.record("\(String(decoding: text, as: UTF8.self))")
            }
        }
    }
}

/// Goes through every accessor, so that one that trapped would be seen.
func readEverything(in node: JSONNode) {
    _ = (try? node.string(), node.numberText, node.bool, node.isNull, node.textBytes, node.singleMember)
    _ = (node.firstRepeatedMember, node["S"], node.member(named: "eventID"))
    for member in node.members {
        _ = (member.repairedName, member.singleByteName)
        readEverything(in: member.value)
    }
    for element in node.elements { readEverything(in: element) }
    #expect(accepts(Array(node.jsonText)))
}
