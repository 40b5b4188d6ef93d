// What becomes of a record that is larger than a sink's service takes: it goes to a bucket, or it fails.

internal import AWSServices
internal import LambdaStreams

/// A record that is larger, as a dead letter, than the service takes, and for which the sink has no bucket. It counts as
/// failed.
public struct DeadLetterTooLargeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `SQS`, `SNS` or `DynamoDB`
    public let service: String
    /// The size of the message with its attributes, or of the item.
    public let byteCount: Int
    /// The most that the service takes.
    public let limit: Int
    /// The record's sequence number or message id.
    public let itemIdentifier: String

    public var description: String {
        """
        the record \(itemIdentifier) makes a dead letter of \(byteCount) bytes, and \(service) takes \(limit): give the \
        sink a bucket for such records (largeRecordsTo:)
        """
    }
}

/// A service with a limit, and the bucket for what is larger.
struct SizeLimit: Sendable {
    let service: String
    let byteCount: Int
    let bucket: S3DeadLetterBucket?

    /// What the service can store of a letter: the whole, or a pointer to the whole in the bucket.
    ///
    /// - Parameter size: what a form of the letter counts there.
    func stored<Form: Sendable>(
        _ letter: DeadLetter,
        size: (Form) -> Int,
        as form: ([UInt8]) -> Form
    ) async throws -> Form {
        let whole = form(letter.json)
        let wholeSize = size(whole)
        guard wholeSize > byteCount else { return whole }
        guard let bucket else {
            throw DeadLetterTooLargeError(
                service: service,
                byteCount: wholeSize,
                limit: byteCount,
                itemIdentifier: letter.identifier
            )
        }
        // First the record: a pointer to nothing would be a lost record.
        try await bucket.accept(letter)
        return form(letter.json(recordAt: bucket.location(of: letter)))
    }
}
