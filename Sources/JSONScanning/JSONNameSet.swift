// The members of an object whose names are known beforehand, found in one walk.

/// Names that a kind of object has, in the order in which they mostly come.
public struct JSONNameSet: Sendable {
    @usableFromInline let names: [StaticString]
    @usableFromInline let starts: [NameStart]

    /// - Parameter names: at most 32.
    public init(_ names: [StaticString]) {
        self.names = Array(names.prefix(32))
        starts = self.names.map { $0.withUTF8Buffer { NameStart($0) } }
    }

    /// Calls `body` with the position of each name that the object has, and the place of its value.
    ///
    /// - Returns: false when more has to be known: a name comes twice, is written with escapes, or is one of several that
    ///   are not in the set. The object must then be looked at member by member.
    @inlinable @inline(__always)
    public func find(in object: JSONNode.Place, of document: JSONDocument, _ body: (Int, JSONNode.Place) -> Void)
        -> Bool
    {
        guard object.word.is(.object) else { return false }
        return withStarts(of: document) { starts, words, input in
            var found: UInt32 = 0
            var hasUnknown = false
            var expected = 0
            var index = object.tapeIndex &+ 2
            while case let key = words[index], !key.is(.end) {
                guard key.is(.string) else { return false }
                if let position = position(of: key.offset, in: input, from: expected, starts) {
                    guard found & 1 &<< UInt32(truncatingIfNeeded: position) == 0 else { return false }
                    found |= 1 &<< UInt32(truncatingIfNeeded: position)
                    expected = position &+ 1
                    body(position, JSONNode.Place(word: words[index &+ 1], tapeIndex: index &+ 1))
                } else {
                    if hasUnknown { return false }
                    hasUnknown = true
                }
                index = words.index(behindMemberAt: index)
            }
            return true
        }
    }

    /// Which of the names a string without escapes is; nil for any other value.
    public func position(of string: JSONNode.Place, in document: JSONDocument) -> Int? {
        guard string.word.is(.string) else { return nil }
        return withStarts(of: document) { starts, _, input in
            position(of: string.word.offset, in: input, from: 0, starts)
        }
    }

    @inlinable @inline(__always)
    func withStarts<Result>(
        of document: JSONDocument,
        _ body: (UnsafeBufferPointer<NameStart>, UncheckedWords, UncheckedBytes) -> Result
    ) -> Result {
        starts.withUnsafeBufferPointer { starts in
            document.withWords { words in document.withInput { input in body(starts, words, input) } }
        }
    }

    @inlinable @inline(__always)
    func position(
        of offset: Int,
        in input: UncheckedBytes,
        from expected: Int,
        _ starts: UnsafeBufferPointer<NameStart>
    ) -> Int? {
        var position = expected
        for _ in starts.indices {
            if position >= starts.count { position = 0 }
            switch starts[position].matches(stringAt: offset, in: input) {
            case .yes: return position
            case .unknown where input.hasString(names[position], at: offset): return position
            case .no, .unknown: position += 1
            }
        }
        return nil
    }
}

extension UncheckedBytes {
    @inline(never) @usableFromInline
    func hasString(_ text: StaticString, at offset: Int) -> Bool {
        text.withUTF8Buffer { hasString($0, at: offset) }
    }
}
