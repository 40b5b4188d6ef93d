// One word of the index: what stands at which byte.
//
// A scalar or a key is one word. A container is a word, then the index of whatever follows the container (while it is
// open: the index of the container around it, which makes a stack unnecessary), then its members or elements, then an
// end word. An object whose only member is a scalar, `{"S":"x"}`, is one word and is read again from the bytes when
// asked for: most of a DynamoDB image is made of these.

@usableFromInline
struct TapeWord: Sendable {
    @usableFromInline
    enum Kind: UInt32 {
        case null, `false`, `true`, number, string, escapedString, singleScalarObject, object, array, end
    }

    @usableFromInline let bits: UInt32

    @inlinable @inline(__always)
    init(bits: UInt32) { self.bits = bits }

    /// `JSONLimits` keeps offsets under 28 bits.
    @inlinable @inline(__always)
    init(_ kind: Kind, at offset: Int) {
        bits = kind.rawValue << 28 | UInt32(truncatingIfNeeded: offset) & 0x0FFF_FFFF
    }

    @inlinable
    var kind: Kind { @inline(__always) get { Kind(rawValue: bits >> 28) ?? .null } }

    /// Whether it is of that kind, without making one of the bits.
    @inlinable @inline(__always)
    func `is`(_ kind: Kind) -> Bool { bits >> 28 == kind.rawValue }

    @inlinable
    var offset: Int { @inline(__always) get { Int(bits & 0x0FFF_FFFF) } }

    @inlinable
    var isContainer: Bool { @inline(__always) get { bits >> 28 == 7 || bits >> 28 == 8 } }

    /// Whether this is null, a boolean, a number or a string.
    var isScalar: Bool { @inline(__always) get { bits >> 28 <= Kind.escapedString.rawValue } }

    static let noParent = UInt32.max
}
