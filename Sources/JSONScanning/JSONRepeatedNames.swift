// One pass over the names of an object: how many there are, and whether one comes twice, which RFC 8259 allows and
// nobody means.

/// What is known of an object's names.
public struct JSONNames: Sendable {
    public let count: Int
    /// The key of the second member of a name that is there already, if there is one.
    var repeatedKey: UInt32?
    public var hasRepetition: Bool { repeatedKey != nil }
    /// Finds members by name in an object of many.
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
    /// Looks at every name of an object once.
    ///
    /// Of up to sixteen names each sets a bit by its hash. Where a bit is set already, the hashes of the names before are
    /// looked at again, and the bytes where hashes are equal. More names go into a ``JSONMemberIndex``, whose hashes no
    /// input can foresee.
    public func names(of object: JSONNode.Place) -> JSONNames {
        guard object.word.is(.object) else {
            return JSONNames(count: object.word.is(.singleScalarObject) ? 1 : 0, areASCII: true)
        }
        let first = object.tapeIndex + 2
        let small: JSONNames? = withWords { words in
            withInput { input in
                var (count, seen, union) = (0, UInt64(0), UInt64(0))
                var repeated: UInt32?
                var index = first
                while case let key = words[index], !key.is(.end) {
                    if count == JSONNames.greatestUnindexedCount { return nil }
                    let hash = nameHash(of: key, in: input, union: &union)
                    let bit: UInt64 = 1 &<< (hash &>> 58)
                    if seen & bit != 0, repeated == nil,
                        isRepeated(index, hash, from: first, in: words, input)
                    {
                        repeated = index
                    }
                    seen |= bit
                    count += 1
                    index = words.index(behindMemberAt: index)
                }
                return JSONNames(count: count, repeatedKey: repeated, areASCII: union & 0x8080_8080_8080_8080 == 0)
            }
        }
        if let small { return small }
        let index = JSONMemberIndex(of: object, in: self)
        return JSONNames(count: index.count, repeatedKey: index.repeatedKey, index: index, areASCII: index.areASCII)
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
        var union: UInt64 = 0
        var index = first
        while index < last {
            if nameHash(of: words[index], in: input, union: &union) == hash, hasSameText(words[index], words[last]) {
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

    /// A number that is the same for equal names.
    ///
    /// - Parameter union: gets the bits of all bytes; all of them for a name with escapes.
    @inline(__always)
    private func nameHash(of key: TapeWord, in input: UncheckedBytes, union: inout UInt64) -> UInt64 {
        var hash = NameHash()
        guard key.is(.string) else {
            union = .max
            return hashOfEscaped(key)
        }
        var position = key.offset + 1
        while let word = input.word(at: position) {
            let quotes = word.quotes
            if quotes != 0 {
                let rest = word & ((1 &<< UInt64(quotes.trailingZeroBitCount & ~7)) &- 1)
                union |= rest
                hash.combine(rest)
                return hash.value
            }
            union |= word
            hash.combine(word)
            position += 8
        }
        let rest = lastBytes(ofNameAt: position, in: input)
        union |= rest
        hash.combine(rest)
        return hash.value
    }

    /// What is left of a name where fewer than eight bytes are left in the document, the closing quote among them. Out of
    /// line: it keeps the loop above small.
    @inline(never)
    private func lastBytes(ofNameAt start: Int, in input: UncheckedBytes) -> UInt64 {
        var rest: UInt64 = 0
        var shift: UInt64 = 0
        var position = start
        while case let byte = input.byte(at: position), byte != UInt8(ascii: "\""), byte != 0, shift < 64 {
            rest |= UInt64(byte) << shift
            shift += 8
            position += 1
        }
        return rest
    }

    @inline(never)
    private func hashOfEscaped(_ key: TapeWord) -> UInt64 {
        var hash = NameHash()
        var rest = (JSONNode(document: self, word: key).textBytes ?? [])[...]
        while true {
            var word: UInt64 = 0
            for (position, byte) in rest.prefix(8).enumerated() { word |= UInt64(byte) << UInt64(position * 8) }
            hash.combine(word)
            if rest.count < 8 { return hash.value }
            rest = rest.dropFirst(8)
        }
    }
}

/// A quick hash of a name's words, the last of them padded with zeros.
private struct NameHash {
    private var state: UInt64 = 0

    @inline(__always)
    mutating func combine(_ word: UInt64) {
        state = (state ^ state &>> 29 ^ word) &* 0x9E37_79B9_7F4A_7C15
    }

    var value: UInt64 { @inline(__always) get { state } }
}
