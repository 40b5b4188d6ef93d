// The only unsafe code of the scanner: reads from the input and writes to the tape, each with the bound that holds it.

/// The bytes of a document.
///
/// Made and used only inside `withUnsafeBufferPointer` of the array that owns the bytes, so the memory outlives it.
@usableFromInline
struct UncheckedBytes {
    /// nil only when there are no bytes, so whoever has compared a position with a count need not look.
    @usableFromInline let base: UnsafeRawPointer?
    @usableFromInline let count: Int
    /// How many words of eight bytes begin within the document.
    @usableFromInline let wordCount: Int

    @inlinable @inline(__always)
    init(_ buffer: UnsafeBufferPointer<UInt8>) {
        base = UnsafeRawPointer(buffer.baseAddress)
        count = buffer.count
        wordCount = Swift.max(0, buffer.count - 7)
    }

    /// The byte at `position`, or 0 past the end. JSON allows a 0 nowhere, so the end needs no separate check.
    ///
    /// Bound: `position` is compared with `count` as an unsigned number, so a negative one is past the end too.
    @inlinable @inline(__always)
    func byte(at position: Int) -> UInt8 {
        guard UInt(bitPattern: position) < UInt(bitPattern: count) else { return 0 }
        return base.unsafelyUnwrapped.load(fromByteOffset: position, as: UInt8.self)
    }

    /// The eight bytes from `position`, the first one lowest, or nil when fewer remain.
    ///
    /// Bound: `position` is compared with `wordCount` as an unsigned number, so it is neither negative nor more than
    /// `count - 8`, and all eight bytes lie inside.
    @inlinable @inline(__always)
    func word(at position: Int) -> UInt64? {
        guard UInt(bitPattern: position) < UInt(bitPattern: wordCount) else { return nil }
        return UInt64(littleEndian: base.unsafelyUnwrapped.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// All bytes of a text of fewer than eight, the first one lowest; 0 for any other.
    ///
    /// Bound: each case reads from the first byte on and up to the last one, and no more bytes at once than there are.
    @inlinable @inline(__always)
    var shortText: UInt64 {
        guard let base else { return 0 }
        switch count {
        case 4...7:
            let start = UInt32(littleEndian: base.loadUnaligned(as: UInt32.self))
            let end = UInt32(littleEndian: base.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
            return UInt64(start) | UInt64(end) << UInt64((count - 4) * 8)
        case 2...3:
            let start = UInt16(littleEndian: base.loadUnaligned(as: UInt16.self))
            let end = UInt16(littleEndian: base.loadUnaligned(fromByteOffset: count - 2, as: UInt16.self))
            return UInt64(start) | UInt64(end) << UInt64((count - 2) * 8)
        case 1: return UInt64(base.load(as: UInt8.self))
        default: return 0
        }
    }
}

/// The index while it is being written.
///
/// Made and used only inside `Array(unsafeUninitializedCapacity:)`, whose memory it writes.
struct UncheckedTape {
    /// nil only when there is no capacity.
    private let words: UnsafeMutablePointer<UInt32>?
    private let capacity: Int
    private(set) var count = 0

    /// Whether a word found no room, which makes the whole index worthless.
    private(set) var isTooSmall = false

    /// More words than a document can need: a scalar or key has at least one byte and takes one word; a container has
    /// two bytes and takes three, or, while open, one byte and two. So two words per byte are never exceeded.
    static func sufficientCapacity(forByteCount byteCount: Int) -> Int { byteCount * 2 }

    /// Room for any event and for most other documents: real events take a word for ten bytes, a list of single digits
    /// one for two. Less room than `sufficientCapacity` lets the allocator keep the memory for the next event, instead of
    /// giving it back and faulting it in again page by page, which cost a fifth of the scan.
    static func usualCapacity(forByteCount byteCount: Int) -> Int { byteCount / 2 + 64 }

    init(_ buffer: UnsafeMutableBufferPointer<UInt32>) {
        words = buffer.baseAddress
        capacity = buffer.count
    }

    /// Bound: compared with the capacity.
    @inline(__always)
    mutating func append(_ word: UInt32) {
        guard count < capacity else {
            isTooSmall = true
            return
        }
        (words.unsafelyUnwrapped + count).initialize(to: word)
        count += 1
    }

    /// Bound: only words that were appended can be read or replaced; anything else reads as 0 and is not written.
    subscript(index: Int) -> UInt32 {
        @inline(__always) get {
            guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return 0 }
            return words.unsafelyUnwrapped[index]
        }
        @inline(__always) set {
            guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return }
            words.unsafelyUnwrapped[index] = newValue
        }
    }

    @inline(__always)
    mutating func truncate(to newCount: Int) {
        count = Swift.max(0, Swift.min(count, newCount))
    }
}

/// The index once it is written.
///
/// Made and used only inside `withUnsafeBufferPointer` of the array that owns the words.
@usableFromInline
struct UncheckedWords {
    /// nil only when there are no words.
    @usableFromInline let base: UnsafePointer<UInt32>?
    @usableFromInline let count: Int

    @inlinable @inline(__always)
    init(_ buffer: UnsafeBufferPointer<UInt32>) {
        base = buffer.baseAddress
        count = buffer.count
    }

    /// The word at `index`, or an end word past the last one, so that no walk goes on there.
    ///
    /// Bound: an index is never negative, and it is compared with `count`.
    @inlinable @inline(__always)
    subscript(index: UInt32) -> TapeWord {
        guard Int(index) < count else { return TapeWord(.end, at: 0) }
        return TapeWord(bits: base.unsafelyUnwrapped[Int(index)])
    }
}
