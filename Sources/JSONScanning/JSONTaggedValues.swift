// Values as DynamoDB writes nearly all of them, `{"S":"text"}` and `{"BOOL":true}` without white space or escapes, read
// in one go. Whatever is spelled otherwise is nil here and is looked at member by member.

extension JSONDocument {
    /// Passes the text of `{"S":"text"}` with this tag to `body`.
    @inlinable
    public func withPlainTaggedText<Result>(
        at place: JSONNode.Place,
        tag: UInt8,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result?
    ) -> Result? {
        guard place.word.is(.singleScalarObject) else { return nil }
        let range = rangeOfTaggedText(at: place.word.offset, tag: tag)
        guard range.lowerBound > 0 else { return nil }
        return bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// The value of `{"BOOL":true}` or `{"BOOL":false}`.
    public func plainTaggedBool(at place: JSONNode.Place) -> Bool? {
        guard place.word.is(.singleScalarObject) else { return nil }
        return withInput { input in
            // {"BOOL":
            guard input.word(at: place.word.offset) == 0x3A22_4C4F_4F42_227B else { return nil }
            return switch input.byte(at: place.word.offset + 8) {
            case UInt8(ascii: "t"): true
            case UInt8(ascii: "f"): false
            default: nil
            }
        }
    }

    /// Whether the value opens as an object whose first name is one character of ASCII.
    @inlinable
    public func opensWithOneLetterName(_ place: JSONNode.Place) -> Bool {
        withInput { input in
            // {"X":
            guard let word = input.word(at: place.word.offset) else { return false }
            return word & 0x0000_00FF_FF00_FFFF == 0x0000_003A_2200_227B && word & 0x80_0000 == 0
        }
    }

    /// Whether this is an object that is not empty.
    public func hasMembers(_ object: JSONNode.Place) -> Bool {
        object.word.is(.singleScalarObject)
            || object.word.is(.object) && !withWords { $0[object.firstCursor] }.is(.end)
    }

    public func elementCount(of array: JSONNode.Place) -> Int {
        guard array.word.is(.array) else { return 0 }
        return withWords { words in
            var count = 0
            var index = array.firstCursor
            while !words[index].is(.end) {
                count += 1
                index = words.index(behindValueAt: index)
            }
            return count
        }
    }

    /// The element of an array at a cursor, which is moved behind it; nil at the end.
    public func element(after cursor: inout UInt32) -> JSONNode.Place? {
        withWords { words in
            let word = words[cursor]
            guard !word.is(.end) else { return nil }
            let place = JSONNode.Place(word: word, tapeIndex: cursor)
            cursor = words.index(behindValueAt: cursor)
            return place
        }
    }
}

extension JSONNode.Place {
    /// The cursor before the first element or key; for a place that is an indexed object or array.
    @inlinable
    public var firstCursor: UInt32 { tapeIndex &+ 2 }
}
