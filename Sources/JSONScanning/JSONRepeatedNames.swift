// One pass over the names of an object: how many there are, and whether one comes twice, which RFC 8259 allows and
// nobody means.

/// What is known of an object's names.
public struct JSONNames: Sendable {
    public let count: Int
    /// The key of the second member of a name that is there already, if there is one.
    var repeatedKey: UInt32?
    public var hasRepetition: Bool { repeatedKey != nil }
    /// Finds members by name in an object of many, and in one whose names have escapes.
    public private(set) var index: JSONMemberIndex?
    /// Whether the names are ASCII without escapes.
    public let areASCII: Bool

    init(count: Int, repeatedKey: UInt32? = nil, index: JSONMemberIndex? = nil, areASCII: Bool) {
        self.count = count
        self.repeatedKey = repeatedKey
        self.index = index
        self.areASCII = areASCII
    }

    /// Objects of more members than this have an index, so that no sequence of searches is quadratic.
    public static let greatestUnindexedCount = 16
}

extension JSONNode {
    /// The second member of a name that is there already, if there is one.
    public var firstRepeatedMember: JSONMember? { firstRepeatedMember(among: document.names(of: place)) }

    /// The second member of a name that is there already, if there is one.
    public func firstRepeatedMember(among names: JSONNames) -> JSONMember? {
        guard let index = names.repeatedKey else { return nil }
        return JSONMember(key: document.tapeWord(index), value: document.node(atTapeIndex: index + 1))
    }
}

extension JSONDocument {
    /// How many names an object has, where their first eight bytes show that no two are the same: a quick look, which is
    /// enough for most.
    ///
    /// - Returns: nil when ``names(of:)`` has to tell: where two names begin alike, one has escapes, or there are many.
    public func countOfDistinctNames(of object: JSONNode.Place) -> Int? {
        guard object.word.is(.object) else { return nil }
        return withWords { words in
            withInput { input in
                var (count, seen) = (0, UInt64(0))
                var index = object.firstCursor
                while case let key = words[index], !key.is(.end) {
                    guard key.is(.string), count < JSONNames.greatestUnindexedCount,
                        let beginning = input.beginning(ofNameAt: key.offset)
                    else { return nil }
                    // Names whose bits differ differ themselves.
                    let bit: UInt64 = 1 &<< ((beginning &* 0x9E37_79B9_7F4A_7C15) &>> 58)
                    if seen & bit != 0, isBegun(beginning, from: object.firstCursor, to: index, in: words, input) {
                        return nil
                    }
                    seen |= bit
                    count &+= 1
                    index = words.index(behindMemberAt: index)
                }
                return count
            }
        }
    }

    /// Whether a name before the member at `last` begins with the same eight bytes.
    @inline(never)
    private func isBegun(
        _ beginning: UInt64,
        from first: UInt32,
        to last: UInt32,
        in words: UncheckedWords,
        _ input: UncheckedBytes
    ) -> Bool {
        var index = first
        while index < last {
            if input.beginning(ofNameAt: words[index].offset) == beginning { return true }
            index = words.index(behindMemberAt: index)
        }
        return false
    }

    /// Looks at every name of an object once.
    ///
    /// Of up to sixteen names each sets a bit by its hash. Where a bit is set already, the hashes of the names before are
    /// looked at again, and the bytes where hashes are equal. More names, and names with escapes, go into a
    /// ``JSONMemberIndex``, whose hashes no input can foresee.
    public func names(of object: JSONNode.Place) -> JSONNames {
        guard object.word.is(.object) else {
            return JSONNames(count: object.word.is(.singleScalarObject) ? 1 : 0, areASCII: true)
        }
        if let few = fewNames(from: object.firstCursor) { return few }
        let index = JSONMemberIndex(of: object, in: self)
        return JSONNames(count: index.count, repeatedKey: index.repeatedKey, index: index, areASCII: index.areASCII)
    }

    /// - Returns: nil when there are many, or one with escapes.
    private func fewNames(from first: UInt32) -> JSONNames? {
        withWords { words in
            withInput { input in
                var (count, seen, union) = (0, UInt64(0), UInt64(0))
                var index = first
                while case let key = words[index], !key.is(.end) {
                    guard key.is(.string), count < JSONNames.greatestUnindexedCount else { return nil }
                    let hash = input.nameHash(at: key.offset, union: &union)
                    let bit: UInt64 = 1 &<< (hash &>> 58)
                    count &+= 1
                    if seen & bit != 0, isRepeated(index, hash, from: first, in: words, input) {
                        return JSONNames(count: count, repeatedKey: index, areASCII: false)
                    }
                    seen |= bit
                    index = words.index(behindMemberAt: index)
                }
                return JSONNames(count: count, areASCII: union & 0x8080_8080_8080_8080 == 0)
            }
        }
    }

    /// Whether a member before the one at `last` has the same name.
    @inline(never)
    private func isRepeated(
        _ last: UInt32,
        _ hash: UInt64,
        from first: UInt32,
        in words: UncheckedWords,
        _ input: UncheckedBytes
    ) -> Bool {
        var (index, union) = (first, UInt64(0))
        while index < last {
            if input.nameHash(at: words[index].offset, union: &union) == hash, hasSameText(words[index], words[last]) {
                return true
            }
            index = words.index(behindMemberAt: index)
        }
        return false
    }

    /// Whether two strings of the document have the same bytes.
    func hasSameText(_ first: TapeWord, _ second: TapeWord) -> Bool {
        let first = JSONNode(document: self, word: first).textBytes ?? []
        let second = JSONNode(document: self, word: second).textBytes ?? []
        return first.count == second.count && first.elementsEqual(second)
    }
}

extension UncheckedBytes {
    /// The first eight bytes of a name that opens at `quote`, zeros behind its end; nil at the end of the input.
    @inline(__always)
    fileprivate func beginning(ofNameAt quote: Int) -> UInt64? {
        guard let word = word(at: quote &+ 1) else { return nil }
        let quotes = word.quotes
        return quotes == 0 ? word : word.bytes(before: quotes)
    }

    /// A number that is the same for equal names without escapes; the name opens at `quote`.
    ///
    /// - Parameter union: gets the bits of all bytes.
    @inline(__always)
    fileprivate func nameHash(at quote: Int, union: inout UInt64) -> UInt64 {
        var hash: UInt64 = 0
        // Offsets have 28 bits.
        var position = quote &+ 1
        while let word = word(at: position) {
            let quotes = word.quotes
            if quotes != 0 {
                let rest = word.bytes(before: quotes)
                union |= rest
                return Self.combined(hash, rest)
            }
            union |= word
            hash = Self.combined(hash, word)
            position &+= 8
        }
        let rest = lastBytes(ofNameAt: position)
        union |= rest
        return Self.combined(hash, rest)
    }

    /// A quick hash of a name's words, the last of them padded with zeros.
    @inline(__always)
    private static func combined(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        (hash ^ hash &>> 29 ^ word) &* 0x9E37_79B9_7F4A_7C15
    }

    /// What is left of a name where fewer than eight bytes are left in the document, the closing quote among them. Out of
    /// line: it keeps the loop above small.
    @inline(never)
    private func lastBytes(ofNameAt start: Int) -> UInt64 {
        var rest: UInt64 = 0
        var shift: UInt64 = 0
        var position = start
        while case let byte = byte(at: position), byte != UInt8(ascii: "\""), byte != 0, shift < 64 {
            rest |= UInt64(byte) << shift
            shift += 8
            position += 1
        }
        return rest
    }
}

extension UInt64 {
    /// The bytes below the first mark of `marks`, which has 0x80 in the bytes that it marks.
    @inline(__always)
    fileprivate func bytes(before marks: UInt64) -> UInt64 {
        self & ((1 &<< UInt64(marks.trailingZeroBitCount & ~7)) &- 1)
    }
}
