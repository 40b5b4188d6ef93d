// Finding a name that an object has twice, which RFC 8259 allows and nobody means.

extension JSONNode {
    /// The second member of a name that is there already, if there is one.
    ///
    /// A filter of 64 bits over the first bytes of the names settles most objects in one pass over them; only names that
    /// fall on a taken bit are compared. Objects with many names are looked through with a set, so that no input makes
    /// this quadratic.
    public var firstRepeatedMember: JSONMember? {
        guard word.kind == .object else { return nil }
        var seen: UInt64 = 0
        var position = 0
        var suspects: [Int] = []
        let first = tapeIndex + 2
        document.withWords { words in
            var index = first
            while case let key = words[index], key.kind != .end {
                let mixed = document.fingerprint(of: key) &* 0x9E37_79B9_7F4A_7C15
                let bit: UInt64 = 1 << (mixed >> 58)
                if seen & bit != 0 { suspects.append(position) }
                seen |= bit
                position += 1
                index = words[index + 1].isContainer ? words[index + 2].bits : index + 2
            }
        }
        if suspects.isEmpty { return nil }
        if position > 48 { return firstRepeatedMemberOfMany }
        var remaining = suspects[...]
        for (position, member) in members.enumerated() where position == remaining.first {
            remaining.removeFirst()
            if isNamed(like: member, before: position) { return member }
        }
        return nil
    }

    private func isNamed(like last: JSONMember, before count: Int) -> Bool {
        let fingerprint = document.fingerprint(of: last.key)
        for member in members.prefix(count) where document.fingerprint(of: member.key) == fingerprint {
            if member.name.textBytes == last.name.textBytes { return true }
        }
        return false
    }

    private var firstRepeatedMemberOfMany: JSONMember? {
        var names: Set<ArraySlice<UInt8>> = []
        return members.first { !names.insert($0.name.textBytes ?? []).inserted }
    }
}

extension JSONDocument {
    /// The first eight bytes of a name, cut off at its end; the same for equal names.
    fileprivate func fingerprint(of key: TapeWord) -> UInt64 {
        guard key.kind == .string, let word = withInput({ $0.word(at: key.offset + 1) }) else {
            var bytes: UInt64 = 0
            let name = JSONNode(document: self, word: key).textBytes ?? []
            for (position, byte) in name.prefix(8).enumerated() { bytes |= UInt64(byte) << UInt64(position * 8) }
            return bytes
        }
        let quotes = word.quotes
        guard quotes != 0 else { return word }
        let length = UInt64(quotes.trailingZeroBitCount & ~7)
        return word & ((1 << length) - 1)
    }
}
