// What is written can be read.

import JSONScanning
import Testing

@Suite("Writing JSON")
struct WritingTests {
    @Test("a string is escaped where it must be and nowhere else")
    func escaping() {
        var json: [UInt8] = []
        json.appendJSONString("a\"b\\c/\u{8}\t\n\u{C}\r\u{0}\u{1F}\u{7F}é😀")
        #expect(String(decoding: json, as: UTF8.self) == #""a\"b\\c/\b\t\n\f\r\u0000\u001f"# + "\u{7F}é😀\"")
    }

    @Test("every scalar below U+0800, and some above, comes back", arguments: [0..<0x800, 0xFFF0..<0x10010])
    func roundTrip(range: Range<UInt32>) throws {
        let text = String(String.UnicodeScalarView(range.compactMap(Unicode.Scalar.init)))
        var json: [UInt8] = []
        json.appendJSONString(text)
        #expect(try JSONDocument(json).root.string() == text)
    }
}
