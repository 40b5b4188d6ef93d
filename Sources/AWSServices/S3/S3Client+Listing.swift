// The calls to S3 that list, copy and delete objects.

internal import HTTPTransfers

extension S3Client {
    /// Lists the objects whose keys begin with a prefix, in the order of their keys' bytes.
    ///
    /// - Parameters:
    ///   - bucket: the bucket's name.
    ///   - prefix: what the keys begin with; empty for all objects.
    ///   - limit: 1 to 1,000 in a page.
    ///   - startAfter: the first key follows this one; nil for the first page.
    ///   - continuationToken: ``ObjectPage/continuationToken`` of the page before; nil for the first page.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    public func listObjects(
        in bucket: String,
        prefix: String = "",
        limit: Int = 1000,
        startAfter: String? = nil,
        continuationToken: String? = nil,
        timeout: Duration? = nil
    ) async throws(AWSError) -> ObjectPage {
        var call = AWSCall(service: .s3, operation: "ListObjectsV2", method: .get)
        call.attemptTimeout = .seconds(30)
        // In the order of their names, as they are signed.
        var query: [(String, String)] = []
        if let continuationToken { query.append(("continuation-token", continuationToken)) }
        // XML has no form for some characters that keys may have.
        query.append(("encoding-type", "url"))
        query.append(("list-type", "2"))
        query.append(("max-keys", "\(min(max(1, limit), 1000))"))
        if !prefix.isEmpty { query.append(("prefix", prefix)) }
        if let startAfter { query.append(("start-after", startAfter)) }
        let text = query.map { "\($0.0)=\($0.1.percentEncoded())" }.joined(separator: "&")
        try address(&call, bucket, path: "/?\(text)")
        return try await aws.send(call, timeout: timeout) { response throws(MalformedReply) in
            try ObjectPage(response.body)
        }
    }

    /// Deletes an object. A repetition is harmless. An object that does not exist is not an error.
    public func deleteObject(key: String, from bucket: String, timeout: Duration? = nil) async throws(AWSError) {
        let call = try call("DeleteObject", .delete, key: key, bucket: bucket)
        try await aws.send(call, timeout: timeout) { _ in }
    }

    /// Copies an object of up to 5 GB within a bucket, with its metadata. A repetition is harmless.
    ///
    /// - Throws: the code `NoSuchKey` if the object does not exist.
    public func copyObject(
        key: String,
        to newKey: String,
        in bucket: String,
        timeout: Duration? = nil
    ) async throws(AWSError) {
        var call = try call("CopyObject", .put, key: newKey, bucket: bucket)
        call.headers = [("x-amz-copy-source", "/\(bucket)/\(key.percentEncoded(keeping: "/"))")]
        try await aws.send(call, timeout: timeout) { response throws(MalformedReply) in
            // A copy that failed midway is a 200 with an error in its body ("CopyObject" in the API reference).
            let document = XMLText(response.body)
            guard document["ETag"] != nil else {
                throw MalformedReply("the copy failed: \(document["Code"] ?? "there is no ETag in it")")
            }
        }
    }
}

/// Some of the objects of a bucket.
///
/// ```swift
/// let s3 = S3Client()
/// var token: String?
/// repeat {
///     let page = try await s3.listObjects(in: "orders", prefix: "failed/", continuationToken: token)
///     for object in page.objects { print("\(object.key), \(object.size) bytes, \(object.lastModified)") }
///     token = page.continuationToken
/// } while token != nil
/// ```
public struct ObjectPage: Sendable, Hashable {
    /// An object as the listing describes it, without its content.
    public struct Entry: Sendable, Hashable {
        /// The object's key.
        public let key: String
        /// In bytes.
        public let size: Int
        /// ISO 8601.
        public let lastModified: String
    }

    /// The objects of this page, in the order of their keys' bytes.
    public let objects: [Entry]
    /// For the next page; nil when this is the last.
    public let continuationToken: String?

    init(_ body: [UInt8]) throws(MalformedReply) {
        var entries: [Entry] = []
        for content in XMLText.contents(of: "Contents", in: body) {
            let entry = XMLText(Array(content))
            guard let key = entry["Key"]?.percentDecoded, let size = entry["Size"].flatMap({ Int($0) }) else {
                throw MalformedReply("an object in it has no key or no size")
            }
            entries.append(Entry(key: key, size: size, lastModified: entry["LastModified"] ?? ""))
        }
        objects = entries
        // It stands outside of the objects; keys are encoded, so no key can look like it.
        let rest = XMLText(XMLText.removing("Contents", from: body))
        guard rest["IsTruncated"] == "true" else {
            continuationToken = nil
            return
        }
        guard let token = rest["NextContinuationToken"] else {
            throw MalformedReply("there is more, and no NextContinuationToken in it")
        }
        continuationToken = token
    }
}

extension XMLText {
    /// The content of each element of that name, in order.
    fileprivate static func contents(of name: String, in bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var contents: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while let opening = range(of: "<\(name)>", in: rest),
            let closing = range(of: "</\(name)>", in: rest[opening.upperBound...])
        {
            contents.append(rest[opening.upperBound..<closing.lowerBound])
            rest = rest[closing.upperBound...]
        }
        return contents
    }

    /// The document without the elements of that name.
    fileprivate static func removing(_ name: String, from bytes: [UInt8]) -> [UInt8] {
        var kept: [UInt8] = []
        var rest = bytes[...]
        while let opening = range(of: "<\(name)>", in: rest),
            let closing = range(of: "</\(name)>", in: rest[opening.upperBound...])
        {
            kept += rest[..<opening.lowerBound]
            rest = rest[closing.upperBound...]
        }
        return kept + rest
    }
}

extension String {
    /// Decodes a key of `encoding-type=url`; nil if the encoding is not valid. A `+` is a space.
    fileprivate var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ $0.isHexadecimalDigit }), let text = String(digits),
                let value = UInt8(text, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isHexadecimalDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
