// Text from outside as a key: bytes decide.

/// A text that equals another one when their bytes of UTF-8 are equal.
///
/// Swift's `String` holds texts equal that Unicode's normalization makes the same: `é` as one scalar and as two. DynamoDB,
/// SQS and every table tell them apart, so keys, names and identifiers from outside are compared by their bytes.
package struct ByteText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func == (one: ByteText, two: ByteText) -> Bool { one.text.hasSameBytes(as: two.text) }

    package func hash(into hasher: inout Hasher) {
        text.hashBytes(into: &hasher)
    }
}

extension String {
    package func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    package func hashBytes(into hasher: inout Hasher) {
        var text = self
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        // Ends the text, so that two in a row do not hash like other two.
        hasher.combine(0xFF as UInt8)
    }
}
