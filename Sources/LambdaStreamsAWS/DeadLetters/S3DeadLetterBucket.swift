// Dead letters in an S3 bucket, each an object.

public import AWSServices
public import LambdaStreams

/// Writes each record to a bucket as `DeadLetter.json`, of any size.
///
/// The key says what it is: `dead-letters/orders/2026-09-17/4421584500000000017450439091-c4ca….json` is the record of that
/// sequence number and event id of the stream of the table `orders`, made on that day. A record that goes there twice is
/// one object. The function needs `s3:PutObject`.
///
/// ```swift
/// let kept = processor.deadLettered(after: 5, to: S3DeadLetterBucket("orders-dead-letters", prefix: "orders/"))
/// ```
public struct S3DeadLetterBucket: DeadLetterSink {
    private let bucket: String
    private let prefix: String
    private let s3: S3Client

    /// - Parameters:
    ///   - bucket: the bucket's name.
    ///   - prefix: what every key begins with, its slash included.
    ///   - s3: the client that writes.
    public init(_ bucket: String, prefix: String = "dead-letters/", s3: S3Client = S3Client()) {
        self.bucket = bucket
        self.prefix = prefix
        self.s3 = s3
    }

    /// - Throws: `AWSError`.
    public func accept(_ letter: DeadLetter) async throws {
        let location = location(of: letter)
        try await s3.putObject(
            letter.json,
            key: location.key,
            in: location.bucket,
            contentType: "application/json",
            timeout: letter.invocation.timeToStore
        )
    }

    func location(of letter: DeadLetter) -> DeadLetterLocation {
        DeadLetterLocation(bucket: bucket, key: prefix + letter.objectName)
    }
}
