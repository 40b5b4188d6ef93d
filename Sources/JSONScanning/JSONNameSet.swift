// The members of an object whose names are known beforehand, found in one walk.

/// Names that a kind of object has, in the order in which they mostly come.
public struct JSONNameSet: Sendable {
    fileprivate let names: [StaticString]
    fileprivate let starts: [NameStart]

    /// - Parameter names: at most 16.
    public init(_ names: [StaticString]) {
        self.names = Array(names.prefix(Found.capacity))
        starts = self.names.map { $0.withUTF8Buffer { NameStart($0) } }
    }

    /// Where an object's members of known names stand, by the positions of the names.
    public struct Found: Sendable {
        fileprivate static let capacity = 16
        /// Tape indices; 0, the root's, for a name that the object does not have.
        fileprivate var indices = SIMD16<UInt32>(repeating: 0)

        public func place(_ position: Int, in document: JSONDocument) -> JSONNode.Place? {
            let index = indices[position]
            return index == 0 ? nil : JSONNode.Place(word: document.tapeWord(index), tapeIndex: index)
        }
    }

    /// Looks at each member of an object once.
    ///
    /// - Returns: nil when more has to be known: a name comes twice, is written with escapes, or is one of several that
    ///   are not in the set. The object must then be looked at member by member.
    public func find(in object: JSONNode.Place, of document: JSONDocument) -> Found? {
        guard object.word.is(.object) else { return nil }
        return withStarts(of: document) { starts, words, input in
            var found = Found()
            var hasUnknown = false
            var expected = 0
            var index = object.tapeIndex + 2
            while case let key = words[index], !key.is(.end) {
                guard key.is(.string) else { return nil }
                if let position = position(of: key.offset, in: input, from: expected, starts) {
                    guard found.indices[position] == 0 else { return nil }
                    found.indices[position] = index + 1
                    expected = position + 1
                } else {
                    if hasUnknown { return nil }
                    hasUnknown = true
                }
                index = words.index(behindMemberAt: index)
            }
            return found
        }
    }

    /// Which of the names a string without escapes is; nil for any other value.
    public func position(of string: JSONNode.Place, in document: JSONDocument) -> Int? {
        guard string.word.is(.string) else { return nil }
        return withStarts(of: document) { starts, _, input in
            position(of: string.word.offset, in: input, from: 0, starts)
        }
    }

    @inline(__always)
    private func withStarts<Result>(
        of document: JSONDocument,
        _ body: (UnsafeBufferPointer<NameStart>, UncheckedWords, UncheckedBytes) -> Result
    ) -> Result {
        starts.withUnsafeBufferPointer { starts in
            document.withWords { words in document.withInput { input in body(starts, words, input) } }
        }
    }

    @inline(__always)
    private func position(
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
    @inline(never)
    fileprivate func hasString(_ text: StaticString, at offset: Int) -> Bool {
        text.withUTF8Buffer { hasString($0, at: offset) }
    }
}
