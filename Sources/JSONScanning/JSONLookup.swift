// Finding a member by its name, in one walk over the index that touches nothing else.

extension JSONDocument {
    /// The value of the first member of that name at or after `cursor`, or before it when there is none behind.
    ///
    /// Types mostly ask for their members in the order in which they come, so a search that begins where the last one
    /// ended mostly ends at once.
    ///
    /// - Parameter cursor: 0, or where an earlier search in the same object ended. Set to the member that was found.
    public func member(
        of object: JSONNode.Place,
        named name: UnsafeBufferPointer<UInt8>,
        from cursor: inout UInt32
    ) -> JSONNode.Place? {
        switch object.word.kind {
        case .object: break
        case .singleScalarObject:
            let (key, value) = wordsOfSingle(at: object.word.offset)
            return string(key, equals: name) ? JSONNode.Place(word: value, tapeIndex: JSONNode.notIndexed) : nil
        default: return nil
        }
        return withWords { words in
            let first = object.tapeIndex + 2
            let start = max(cursor, first)
            var index = start
            while true {
                let key = words[index]
                if key.kind == .end {
                    guard start > first, index >= start else { return nil }
                    index = first
                    continue
                }
                if string(key, equals: name) {
                    cursor = index
                    return JSONNode.Place(word: words[index + 1], tapeIndex: index + 1)
                }
                let next = words[index + 1].isContainer ? words[index + 2].bits : index + 2
                // Once round is enough.
                if index < start, next >= start { return nil }
                index = next
            }
        }
    }

    public func member(of object: JSONNode.Place, named name: StaticString) -> JSONNode.Place? {
        var cursor: UInt32 = 0
        return name.withUTF8Buffer { member(of: object, named: $0, from: &cursor) }
    }
}
