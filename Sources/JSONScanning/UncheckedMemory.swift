// The only unsafe code of the scanner: reads from the input and writes to the tape, each with the bound that holds it.

/// The bytes of a document.
///
/// Made and used only inside `withUnsafeBufferPointer` of the array that owns the bytes, so the memory outlives it.
@usableFromInline
struct UncheckedBytes {
    @usableFromInline let base: UnsafeRawPointer?
    @usableFromInline let count: Int

    @inlinable
    init(_ buffer: UnsafeBufferPointer<UInt8>) {
        base = UnsafeRawPointer(buffer.baseAddress)
        count = buffer.count
    }

    /// The byte at `position`, or 0 past the end. JSON allows a 0 nowhere, so the end needs no separate check.
    ///
    /// Bound: `position` is compared with `count` as an unsigned number, so a negative one is past the end too.
    @inlinable @inline(__always)
    func byte(at position: Int) -> UInt8 {
        guard UInt(bitPattern: position) < UInt(bitPattern: count), let base else { return 0 }
        return base.load(fromByteOffset: position, as: UInt8.self)
    }

    /// The eight bytes from `position`, the first one lowest, or nil when fewer remain.
    ///
    /// Bound: `position >= 0 && position <= count - 8`, so all eight bytes lie inside. `count - 8` cannot overflow,
    /// for a count is never negative.
    @inlinable @inline(__always)
    func word(at position: Int) -> UInt64? {
        guard position >= 0, position <= count - 8, let base else { return nil }
        return UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
}

/// The index while it is being written.
///
/// Made and used only inside `Array(unsafeUninitializedCapacity:)`, whose memory it writes.
struct UncheckedTape {
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
        guard count < capacity, let words else {
            isTooSmall = true
            return
        }
        (words + count).initialize(to: word)
        count += 1
    }

    /// Bound: only words that were appended can be read or replaced; anything else reads as 0 and is not written.
    subscript(index: Int) -> UInt32 {
        @inline(__always) get {
            guard UInt(bitPattern: index) < UInt(bitPattern: count), let words else { return 0 }
            return words[index]
        }
        @inline(__always) set {
            guard UInt(bitPattern: index) < UInt(bitPattern: count), let words else { return }
            words[index] = newValue
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
    @usableFromInline let base: UnsafePointer<UInt32>?
    @usableFromInline let count: Int

    @inlinable
    init(_ buffer: UnsafeBufferPointer<UInt32>) {
        base = buffer.baseAddress
        count = buffer.count
    }

    /// The word at `index`, or an end word past the last one, so that no walk goes on there.
    ///
    /// Bound: an index is never negative, and it is compared with `count`.
    @inlinable @inline(__always)
    subscript(index: UInt32) -> TapeWord {
        guard Int(index) < count, let base else { return TapeWord(.end, at: 0) }
        return TapeWord(bits: base[Int(index)])
    }
}
