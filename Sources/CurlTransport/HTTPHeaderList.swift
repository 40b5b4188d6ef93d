// The header lines of a request, in the linked list that libcurl reads.

package import CCurl

/// Request headers, built once and lent to as many requests as need them.
///
/// An empty value removes a header that libcurl would add by itself.
public struct HTTPHeaderList: ~Copyable {
    package private(set) var first: UnsafeMutablePointer<curl_slist>?

    /// No headers yet.
    public init() {}

    /// - Throws: as `append` does.
    public init(_ headers: [(name: String, value: String)]) throws(CurlError) {
        for (name, value) in headers { try append(name, value) }
    }

    /// Adds a header. One by one, a few headers cost a start less than an array of them, whose type is made at run time.
    ///
    /// - Throws: `CurlError` of kind `.other` for a name or value with a line break or NUL in it, or without memory.
    public mutating func append(_ name: String, _ value: String) throws(CurlError) {
        let line = value.isEmpty ? name + ":" : name + ": " + value
        // A line break would let a value add headers of its own.
        guard !line.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }) else {
            throw CurlError(kind: .other, code: 0, description: "the header \(name) has a control character")
        }
        guard let longer = line.withCString({ curl_slist_append(first, $0) }) else {
            throw CurlError(CURLE_OUT_OF_MEMORY, doing: "building the request's headers")
        }
        first = longer
    }

    deinit {
        curl_slist_free_all(first)
    }
}
