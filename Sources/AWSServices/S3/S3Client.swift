// The calls to S3 that write and read whole objects.

internal import HTTPTransfers

/// Amazon S3, API version 2006-03-01.
///
/// The body of a request is not part of its signature (`UNSIGNED-PAYLOAD`); TLS protects it.
///
/// ```swift
/// let s3 = S3Client()
/// try await s3.putObject(Array("hello".utf8), key: "greeting.txt", in: "my-bucket", contentType: "text/plain")
/// ```
public struct S3Client: Sendable {
    let aws: AWSClient

    /// Creates a client that sends its requests through `aws`.
    public init(_ aws: AWSClient = .shared) {
        self.aws = aws
    }

    /// Writes an object, and replaces one that has its key.
    ///
    /// A repetition is harmless: it writes the same object. With `onlyIfAbsent` it finds the object that the first
    /// attempt wrote, if that took effect, and the error's code is `PreconditionFailed`.
    ///
    /// - Parameters:
    ///   - body: the content.
    ///   - key: up to 1,024 bytes.
    ///   - bucket: the bucket's name.
    ///   - contentType: the media type.
    ///   - metadata: stored with the object; at most 2 KB of ASCII.
    ///   - onlyIfAbsent: whether to keep an existing object; the error's code is then `PreconditionFailed`.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    public func putObject(
        _ body: [UInt8],
        key: String,
        in bucket: String,
        contentType: String = "application/octet-stream",
        metadata: [String: String] = [:],
        onlyIfAbsent: Bool = false,
        timeout: Duration? = nil
    ) async throws(AWSError) {
        var call = try call("PutObject", .put, key: key, bucket: bucket)
        call.headers = [("Content-Type", contentType)]
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            call.headers.append(("x-amz-meta-\(name)", value))
        }
        if onlyIfAbsent { call.headers.append(("If-None-Match", "*")) }
        call.body = body
        try await aws.send(call, timeout: timeout) { _ in }
    }

    /// Reads an object.
    ///
    /// - Parameters:
    ///   - key: the object's key.
    ///   - bucket: the bucket's name.
    ///   - maximumSize: a larger object, in bytes, is refused while it is read.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Throws: the code `NoSuchKey` if the object does not exist.
    public func getObject(
        key: String,
        from bucket: String,
        maximumSize: Int = 32 * 1024 * 1024,
        timeout: Duration? = nil
    ) async throws(AWSError) -> [UInt8] {
        var call = try call("GetObject", .get, key: key, bucket: bucket)
        call.maximumReplySize = maximumSize
        return try await aws.send(call, timeout: timeout) { $0.body }
    }

    func call(
        _ operation: String,
        _ method: HTTPRequest.Method,
        key: String,
        bucket: String
    ) throws(AWSError) -> AWSCall {
        var call = AWSCall(service: .s3, operation: operation, method: method)
        call.attemptTimeout = .seconds(30)
        guard (1...1024).contains(key.utf8.count) else {
            throw AWSError(
                .configuration(reason: "a key has 1 to 1,024 bytes, not \(key.utf8.count)"),
                call,
                attempts: 0
            )
        }
        try address(&call, bucket, path: "/" + key.percentEncoded(keeping: "/"))
        return call
    }

    /// Names the bucket in the host or in the path of a call.
    ///
    /// - Parameter path: what stands behind the bucket: percent-encoded, with the query.
    func address(_ call: inout AWSCall, _ bucket: String, path: String) throws(AWSError) {
        guard Self.isBucketName(bucket) else {
            throw AWSError(.configuration(reason: "'\(bucket)' cannot be the name of a bucket"), call, attempts: 0)
        }
        // Custom endpoints rarely have a host for each bucket, and no wildcard certificate matches a name with a dot.
        if aws.resolve().endpoints.override(for: .s3) != nil || bucket.utf8.contains(UInt8(ascii: ".")) {
            call.path = "/\(bucket)\(path)"
        } else {
            call.hostPrefix = "\(bucket)."
            call.path = path
        }
    }

    /// The name becomes part of the host: "Bucket naming rules" in the Amazon S3 User Guide.
    private static func isBucketName(_ name: String) -> Bool {
        (3...63).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
