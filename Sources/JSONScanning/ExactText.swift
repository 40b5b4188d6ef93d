// Text from outside as a key: names, identifiers, everything that bytes decide.

/// Text that is equal to another only byte by byte, and ordered by its bytes as DynamoDB orders strings.
///
/// Swift's `String` compares by canonical equivalence: `"é"` in one scalar equals `"é"` in two. For DynamoDB they are
/// two names. Anything from outside that is compared or used as a key goes through this type.
package struct ExactText: Hashable, Comparable, Sendable {
    package let text: String

    package init(_ text: some StringProtocol) { self.text = String(text) }

    package static func == (first: Self, second: Self) -> Bool { first.text.isExactly(second.text) }

    package static func < (first: Self, second: Self) -> Bool {
        first.text.utf8.lexicographicallyPrecedes(second.text.utf8)
    }

    package func hash(into hasher: inout Hasher) { text.hashExactly(into: &hasher) }
}

extension ExactText: ExpressibleByStringLiteral, CustomStringConvertible {
    package init(stringLiteral text: String) { self.init(text) }

    package var description: String { text }
}

extension String {
    /// Whether the bytes of both texts are the same.
    package func isExactly(_ other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    /// Hashes the bytes; equal for texts that are exactly equal.
    package func hashExactly(into hasher: inout Hasher) {
        var text = self
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        // Keeps "a" then "b" apart from "ab" then "": no text has this byte.
        hasher.combine(0xFF as UInt8)
    }
}

extension Sequence<String> {
    /// In the order of the bytes, which is the same on every run for texts that `String` takes for equal.
    package func sortedByBytes() -> [String] {
        sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
