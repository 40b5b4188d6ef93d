// A document that was scanned once: its bytes, unchanged, and the index of the values in them.

/// A validated JSON document. Immutable, so its views may be held and passed between tasks for as long as one likes.
public final class JSONDocument: Sendable {
    /// The bytes the document was made from, untouched.
    public let bytes: [UInt8]
    @usableFromInline let tape: [UInt32]

    /// Validates `bytes` as RFC 8259 defines JSON, in one pass and without copying them.
    ///
    /// A `\u` escape of half a surrogate pair passes, for the grammar allows it; reading that string throws.
    public init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        guard bytes.count <= limits.maximumByteCount else {
            throw .tooLarge(byteCount: bytes.count, limit: limits.maximumByteCount)
        }
        let usual = UncheckedTape.usualCapacity(forByteCount: bytes.count)
        let sufficient = UncheckedTape.sufficientCapacity(forByteCount: bytes.count)
        if let tape = try Self.scan(bytes, capacity: usual, limits) {
            self.tape = tape
        } else {
            tape = try Self.scan(bytes, capacity: sufficient, limits) ?? []
        }
        self.bytes = bytes
    }

    /// - Returns: nil when the index needs more words than the capacity.
    private static func scan(
        _ bytes: [UInt8],
        capacity: Int,
        _ limits: JSONLimits
    ) throws(JSONError) -> [UInt32]? {
        var failure: JSONError?
        var isTooSmall = false
        let tape = bytes.withUnsafeBufferPointer { input in
            [UInt32](unsafeUninitializedCapacity: capacity) { buffer, initializedCount in
                var scanner = JSONScanner(
                    UncheckedBytes(input),
                    writing: UncheckedTape(buffer),
                    maximumDepth: limits.maximumDepth
                )
                do throws(JSONError) {
                    try scanner.scan()
                } catch {
                    failure = error
                }
                isTooSmall = scanner.tape.isTooSmall
                initializedCount = scanner.tape.count
            }
        }
        if isTooSmall { return nil }
        if let failure { throw failure }
        return tape
    }

    /// The outermost value.
    @inlinable
    public var root: JSONNode { JSONNode(document: self, tapeIndex: 0) }

    /// The value at a tape index that came from `JSONNode.tapeIndex`.
    @inlinable
    public func node(atTapeIndex index: UInt32) -> JSONNode { JSONNode(document: self, tapeIndex: index) }

    @inlinable @inline(__always)
    func tapeWord(_ index: UInt32) -> TapeWord {
        withWords { $0[index] }
    }

    @inlinable @inline(__always)
    func withInput<Result>(_ body: (UncheckedBytes) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { body(UncheckedBytes($0)) }
    }

    @inlinable @inline(__always)
    func withWords<Result>(_ body: (UncheckedWords) -> Result) -> Result {
        tape.withUnsafeBufferPointer { body(UncheckedWords($0)) }
    }
}
