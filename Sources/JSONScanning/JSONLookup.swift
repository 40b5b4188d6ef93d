// Finding a member by its name, in one walk over the index that touches nothing else.

extension JSONDocument {
    /// The value of the first member of that name at or after `cursor`, or before it when there is none behind.
    ///
    /// Types mostly ask for their members in the order in which they come, so a search that begins where the last one
    /// ended mostly ends at once. A search passes every other member at worst: who looks for many names in an object of
    /// many makes a ``JSONMemberIndex``.
    ///
    /// - Parameters:
    ///   - cursor: 0, or where an earlier search in the same object ended. Set behind the member that was found.
    ///   - steps: grows by the number of members that were looked at.
    public func member(
        of object: JSONNode.Place,
        named sought: SoughtName,
        from cursor: inout UInt32,
        counting steps: inout Int
    ) -> JSONNode.Place? {
        guard object.word.is(.object) else {
            steps += 1
            return onlyMember(of: object, named: sought.text)
        }
        let first = object.tapeIndex + 2
        let start = max(cursor, first)
        var passed = 0
        defer { steps += passed }
        return withWords { words in
            withInput { input in
                var index = start
                while true {
                    let key = words[index]
                    if key.is(.end) {
                        guard start > first, index >= start else { return nil }
                        index = first
                        continue
                    }
                    passed += 1
                    let isFound =
                        key.is(.string) ? sought.isString(at: key.offset, in: input) : string(key, equals: sought.text)
                    let next = words.index(behindMemberAt: index)
                    if isFound {
                        cursor = next
                        return JSONNode.Place(word: words[index + 1], tapeIndex: index + 1)
                    }
                    // Once round is enough.
                    if index < start, next >= start { return nil }
                    index = next
                }
            }
        }
    }

    /// The value of the member whose key is at `cursor`, if that is its name; `cursor` is then set behind it. Types mostly
    /// ask for their members in the order in which they come: this is the first step of the search above, compiled where
    /// the name is known.
    ///
    /// - Parameter cursor: where an object's keys begin, or where an earlier search in the same object ended.
    @inlinable @inline(__always)
    public func member(at cursor: inout UInt32, ifNamed sought: SoughtName) -> JSONNode.Place? {
        withWords { words in
            let index = cursor
            let key = words[index]
            guard key.is(.string), withInput({ sought.start.matches(stringAt: key.offset, in: $0) }) == .yes else {
                return nil
            }
            cursor = words.index(behindMemberAt: index)
            return JSONNode.Place(word: words[index + 1], tapeIndex: index + 1)
        }
    }

    private func onlyMember(of object: JSONNode.Place, named name: UnsafeBufferPointer<UInt8>) -> JSONNode.Place? {
        guard object.word.is(.singleScalarObject) else { return nil }
        let (key, value) = wordsOfSingle(at: object.word.offset)
        return string(key, equals: name) ? JSONNode.Place(word: value, tapeIndex: JSONNode.notIndexed) : nil
    }

    /// The value of the first member of that name.
    public func member(of object: JSONNode.Place, named name: StaticString) -> JSONNode.Place? {
        var cursor: UInt32 = 0
        var steps = 0
        return name.withUTF8Buffer { member(of: object, named: SoughtName($0), from: &cursor, counting: &steps) }
    }

    /// Whether the value at a place is a string with exactly this text.
    @inlinable
    public func isString(_ place: JSONNode.Place, _ text: StaticString) -> Bool {
        (place.word.is(.string) || place.word.is(.escapedString)) && string(place.word, equals: text)
    }

    /// Passes the bytes of a string's text to `body`; nil for any other kind.
    @inlinable
    public func withText<Result>(
        of place: JSONNode.Place,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result?
    ) -> Result? {
        switch place.word.kind {
        case .string:
            let start = place.word.offset + 1
            let end = endOfPlainString(from: start)
            return bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start..<end])) }
        case .escapedString:
            return repairedText(at: place.word.offset).withUnsafeBufferPointer(body)
        default: return nil
        }
    }

    /// Passes the bytes of a number as it is spelled to `body`; nil for any other kind.
    @inlinable
    public func withNumber<Result>(
        at place: JSONNode.Place,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result?
    ) -> Result? {
        guard place.word.is(.number) else { return nil }
        let range = place.word.offset..<endOfScalar(place.word)
        return bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// The tape indices of an object's keys, in order; none for any other kind and for an object in one word.
    public func tapeIndices(ofKeysOf object: JSONNode.Place) -> [UInt32] {
        guard object.word.is(.object) else { return [] }
        return withWords { words in
            var indices: [UInt32] = []
            var index = object.tapeIndex + 2
            while !words[index].is(.end) {
                indices.append(index)
                index = words.index(behindMemberAt: index)
            }
            return indices
        }
    }

    /// The member whose key is at a tape index that came from `tapeIndices(ofKeysOf:)`.
    public func member(atTapeIndex key: UInt32) -> JSONMember {
        JSONMember(key: tapeWord(key), value: node(atTapeIndex: key + 1))
    }

    /// The tape indices of an array's elements, in order; none for any other kind.
    ///
    /// - Returns: nil when there are more than `limit`.
    public func tapeIndices(ofElementsOf array: JSONNode.Place, limit: Int) -> [UInt32]? {
        guard array.word.is(.array) else { return [] }
        return withWords { words in
            var indices: [UInt32] = []
            var index = array.tapeIndex + 2
            while !words[index].is(.end) {
                guard indices.count < limit else { return nil }
                indices.append(index)
                index = words.index(behindValueAt: index)
            }
            return indices
        }
    }
}

extension UncheckedWords {
    /// The index of the word behind the value at `index`.
    @inlinable @inline(__always)
    func index(behindValueAt index: UInt32) -> UInt32 {
        self[index].isContainer ? self[index &+ 1].bits : index &+ 1
    }

    /// The index of the word behind the member whose key is at `index`.
    @inlinable @inline(__always)
    func index(behindMemberAt index: UInt32) -> UInt32 { self.index(behindValueAt: index &+ 1) }
}
