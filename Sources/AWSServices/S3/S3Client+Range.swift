// Reading a large object piece by piece.

internal import HTTPTransfers

extension S3Client {
    /// Reads a part of an object.
    ///
    /// - Parameters:
    ///   - key: the object's key.
    ///   - bucket: the bucket's name.
    ///   - offset: the first byte to read.
    ///   - byteCount: how many bytes to read at most; 1 or more.
    ///   - entityTag: the ``ObjectRange/entityTag`` of the part before, so that no part is of another object. One that
    ///     was replaced meanwhile is refused with the code `PreconditionFailed`.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Throws: the code `NoSuchKey` if the object does not exist.
    public func getObject(
        key: String,
        from bucket: String,
        offset: Int,
        byteCount: Int,
        ifMatch entityTag: String? = nil,
        timeout: Duration? = nil
    ) async throws(AWSError) -> ObjectRange {
        var call = try call("GetObject", .get, key: key, bucket: bucket)
        let (end, overflow) = max(0, offset).addingReportingOverflow(max(1, byteCount) - 1)
        call.headers = [("Range", "bytes=\(max(0, offset))-\(overflow ? Int.max : end)")]
        if let entityTag { call.headers.append(("If-Match", entityTag)) }
        // A server without ranges sends the whole object.
        call.maximumReplySize = max(1, byteCount) + 1024
        do throws(AWSError) {
            return try await aws.send(call, timeout: timeout) { response throws(MalformedReply) in
                try ObjectRange(response, offset: offset)
            }
        } catch {
            // 416: the offset is at or beyond the end.
            guard error.status == 416 else { throw error }
            return ObjectRange(bytes: [], size: offset, entityTag: entityTag)
        }
    }
}

/// A part of an object.
///
/// ```swift
/// let part = try await S3Client().getObject(key: "orders.json", from: "exports", offset: 0, byteCount: 1_048_576)
/// print("\(part.bytes.count) of \(part.size) bytes")
/// ```
public struct ObjectRange: Sendable {
    /// The bytes of the part.
    public let bytes: [UInt8]
    /// The size of the whole object.
    public let size: Int
    /// The version of the object's content, which changes when the object is replaced.
    public let entityTag: String?

    init(bytes: [UInt8], size: Int, entityTag: String?) {
        self.bytes = bytes
        self.size = size
        self.entityTag = entityTag
    }

    init(_ response: HTTPResponse, offset: Int) throws(MalformedReply) {
        bytes = response.body
        entityTag = response.headers["ETag"]
        guard response.status == 206 else {
            // The whole object, which is the part that was asked for only from its beginning on.
            guard offset == 0 else { throw MalformedReply("the server sent the whole object instead of a part") }
            size = response.body.count
            return
        }
        // `bytes 0-8388607/73400320`
        guard let range = response.headers["Content-Range"],
            let slash = range.lastIndex(of: "/"), let size = Int(range[range.index(after: slash)...])
        else { throw MalformedReply("its Content-Range does not say how large the object is") }
        self.size = size
    }
}
