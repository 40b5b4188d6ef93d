// Cutting files into documents, whatever their layout and however the bytes arrive.

import Testing

@testable import RecordReplay

@Suite struct DocumentSplitterTests {
    /// The documents of a text that comes in pieces of that many bytes.
    private func documents(_ text: String, pieceSize: Int = .max, limit: Int = 1 << 20) throws -> [String] {
        try pieces(text, pieceSize: pieceSize, limit: limit).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    private func pieces(_ text: String, pieceSize: Int = .max, limit: Int = 1 << 20) throws -> [DocumentPiece] {
        var rest = Array(text.utf8)[...]
        var splitter = DocumentSplitter(maximumByteCount: limit) { count in
            let piece = rest.prefix(min(count, pieceSize))
            rest = rest.dropFirst(piece.count)
            return Array(piece)
        }
        var pieces: [DocumentPiece] = []
        while let piece = try splitter.next() { pieces.append(piece) }
        return pieces
    }

    @Test(
        "lines, lists and documents one behind the other give the same documents",
        arguments: [
            "{\"a\":1}\n{\"b\":\"x\\n]\"}\n{}",
            "\u{FEFF}{\"a\":1}\r\n\r\n  {\"b\":\"x\\n]\"}\r\n{}\r\n",
            "[{\"a\":1},{\"b\":\"x\\n]\"},{}]",
            " [ {\"a\":1}\n, {\"b\":\"x\\n]\"} , {} ] ",
            "[\n{\"a\":1},\n{\"b\":\"x\\n]\"},\n{}\n]\n",
        ],
        [1, 2, 7, 1000]
    )
    func layouts(_ text: String, _ pieceSize: Int) throws {
        #expect(try documents(text, pieceSize: pieceSize) == [#"{"a":1}"#, #"{"b":"x\n]"}"#, "{}"])
    }

    @Test("a document over several lines is one, and others may follow it")
    func pretty() throws {
        let text = "{\n  \"a\": [1,\n 2]\n}\n{\n  \"b\": \"}\"\n}\n"
        #expect(try documents(text, pieceSize: 3) == ["{\n  \"a\": [1,\n 2]\n}", "{\n  \"b\": \"}\"\n}"])
        #expect(try pieces(text).map(\.line) == [1, 5])
    }

    @Test("a malformed line costs itself, the first one too")
    func malformedLines() throws {
        #expect(try documents("{\"a\":1}\n{\"b\":\n{\"c\":3}\n") == [#"{"a":1}"#, #"{"b":"#, #"{"c":3}"#])
        #expect(try documents("{\"a\" 1}\n{\"c\":3}\n") == [#"{"a" 1}"#, #"{"c":3}"#])
        // Cut off within a string, where no line may end.
        #expect(try documents("{\"a\":\"cut\n{\"c\":3}\n") == [#"{"a":"cut"#, #"{"c":3}"#])
    }

    @Test("what is between documents of a list is not lost")
    func scalars() throws {
        #expect(try documents("[1,\"a\",{}]") == ["1", "\"a\"", "{}"])
        #expect(try documents("[{}]]x") == ["{}", "]", "x"])
        #expect(try documents("") == [] && documents(" \n") == [] && documents("[]") == [])
    }

    @Test("a list that does not end, and a document that is too large, are errors that name the line")
    func unbounded() {
        #expect(throws: MessageFileError.listDoesNotEnd(line: 3)) { try documents("[\n{},\n{}") }
        let long = "{}\n{\"a\":\"" + String(repeating: "x", count: 5000) + "\"}"
        #expect(throws: MessageFileError.documentTooLarge(line: 2, limit: 1000)) {
            try documents(long, pieceSize: 100, limit: 1000)
        }
    }

    @Test(
        "reading goes on from every place between two documents",
        arguments: ["{\"a\":1}\n{\"b\":2}\n{}\n", "[{\"a\":1},\n{\"b\":2},{}]"]
    )
    func continued(_ text: String) throws {
        let all = try documents(text)
        var splitter = DocumentSplitter(from: .init()) { _ in [] }
        for count in 0...all.count {
            var rest = Array(text.utf8)[...]
            splitter = DocumentSplitter { count in
                let piece = rest.prefix(min(count, 4))
                rest = rest.dropFirst(piece.count)
                return Array(piece)
            }
            for _ in 0..<count { _ = try splitter.next() }
            let place = splitter.place
            var tail = Array(text.utf8)[place.offset...]
            var second = DocumentSplitter(from: place) { count in
                let piece = tail.prefix(count)
                tail = tail.dropFirst(piece.count)
                return Array(piece)
            }
            var found: [String] = []
            while let piece = try second.next() { found.append(String(decoding: piece.bytes, as: UTF8.self)) }
            #expect(found == Array(all.dropFirst(count)))
        }
    }
}
