// Dead letters in a DynamoDB table, each an item.

public import AWSServices
internal import DynamoDBStreamEvents
internal import LambdaFunctions
public import LambdaStreams

/// Puts each record into a table, whose partition key is the string `source` and whose sort key is the string
/// `identifier`.
///
/// | attribute | type | content |
/// |---|---|---|
/// | `source` | S | the ARN of the stream or queue |
/// | `identifier` | S | the sequence number with the event id, or the message id |
/// | `deadLetter` | S | `DeadLetter.json` |
/// | `reason`, `errorType` | S | for filters and indexes |
/// | `deliveries` | N | how many deliveries failed |
/// | `deadLetteredAt` | S | `2026-09-17T12:50:50.123Z` |
/// | `expiration` | N | seconds since 1970, where a retention is set |
///
/// An item has 400 KB at most. A larger record goes to the bucket, and `deadLetter` is a pointer to it
/// (`DeadLetter.json(recordAt:)`). Without a bucket it fails with ``DeadLetterTooLargeError`` and keeps its shard waiting.
/// A record that goes there twice is one item. The function needs `dynamodb:PutItem`.
///
/// Do not put the letters into the table whose stream the function handles.
///
/// ```swift
/// let kept = processor.deadLettered(after: 5, to: DynamoDBDeadLetterTable("dead-orders"))
/// ```
public struct DynamoDBDeadLetterTable: DeadLetterSink {
    /// The most bytes of an item ("Quotas in Amazon DynamoDB").
    public static let maximumItemSize = 400 * 1024

    private let table: String
    private let retention: Duration?
    private let limit: SizeLimit
    private let dynamoDB: DynamoDBClient

    /// - Parameters:
    ///   - table: its name or ARN.
    ///   - retention: how long DynamoDB keeps a letter, where the table's time to live is the attribute `expiration`. Nil,
    ///     the default, keeps it permanently.
    ///   - bucket: where records go that are too large for an item.
    ///   - dynamoDB: the client that writes.
    public init(
        _ table: String,
        retention: Duration? = nil,
        largeRecordsTo bucket: S3DeadLetterBucket? = nil,
        dynamoDB: DynamoDBClient = DynamoDBClient()
    ) {
        self.table = table
        self.retention = retention
        self.dynamoDB = dynamoDB
        limit = SizeLimit(service: "DynamoDB", byteCount: Self.maximumItemSize, bucket: bucket)
    }

    /// - Throws: ``DeadLetterTooLargeError`` for a record that DynamoDB would not take, or `AWSError`.
    public func accept(_ letter: DeadLetter) async throws {
        let values = try await limit.stored(letter, size: Self.size) { attributes(of: letter, json: $0) }
        try await dynamoDB.putItem(PutItem(Item(values), into: table), timeout: letter.invocation.timeToStore)
    }

    private func attributes(of letter: DeadLetter, json: [UInt8]) -> [String: AttributeValue] {
        let source = letter.record.identity?.sourceARN ?? ""
        var values: [String: AttributeValue] = [
            // A key cannot be empty.
            "source": .string(source.isEmpty ? letter.sourceName : source),
            "identifier": .string(letter.uniqueName),
            "deadLetter": .string(String(decoding: json, as: UTF8.self)),
            "reason": .string(letter.reason.rawValue),
            "errorType": .string(letter.errorType),
            "deliveries": .number(AttributeNumber(letter.deliveries)),
            "deadLetteredAt": .string(letter.deadLetteredAt.iso8601 ?? ""),
        ]
        if let retention {
            let end = letter.deadLetteredAt.seconds.addingReportingOverflow(retention.components.seconds)
            if !end.overflow { values["expiration"] = .number(AttributeNumber(end.partialValue)) }
        }
        return values
    }

    /// What DynamoDB counts: names and texts in bytes; a number is at most 21 bytes.
    private static func size(of values: [String: AttributeValue]) -> Int {
        values.reduce(0) { size, value in
            size + value.key.utf8.count + (value.value.string?.utf8.count ?? 21)
        }
    }
}
