// The header lines of a request, in the linked list that libcurl reads.

package import CCurl

/// Request headers, built once and shared by as many requests as need them.
///
/// An empty value removes a header that libcurl would add by itself.
public struct RequestHeaders: ~Copyable {
    package private(set) var first: UnsafeMutablePointer<curl_slist>?

    /// No headers yet.
    public init() {}

    /// - Throws: as `append` does.
    public init(_ headers: [(name: String, value: String)]) throws(CurlError) {
        for (name, value) in headers { try append(name, value) }
    }

    /// Adds a header. Startup code adds headers one by one: an array's type would be built at run time.
    ///
    /// - Throws: `CurlError` of kind `.malformedHeader` for a name or value that HTTP does not allow, or without memory.
    public mutating func append(_ name: String, _ value: String) throws(CurlError) {
        guard HeaderText.isName(name) else {
            throw CurlError(
                kind: .malformedHeader,
                code: 0,
                description: "a header's name has a character that HTTP does not allow"
            )
        }
        // A line break would let a value add headers.
        guard HeaderText.isValue(value) else {
            throw CurlError(
                kind: .malformedHeader,
                code: 0,
                description: "the value of the header \(name) has a control character"
            )
        }
        let line = value.isEmpty ? name + ":" : name + ": " + value
        guard let longer = line.withCString({ curl_slist_append(first, $0) }) else {
            throw CurlError(CURLE_OUT_OF_MEMORY, doing: "building the request's headers")
        }
        first = longer
    }

    deinit {
        curl_slist_free_all(first)
    }
}

/// What may stand in a header (RFC 9110, sections 5.1 and 5.5).
public enum HeaderText {
    /// Whether `text` can be the name of a header: one or more letters, digits and ``!#$%&'*+-.^_`|~``.
    public static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
                    UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"),
                    UInt8(ascii: "~"):
                    true
                default: false
                }
            }
    }

    /// Whether `text` can be the value of a header: no control character but the tab.
    public static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}
