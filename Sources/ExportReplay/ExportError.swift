// Why an export cannot be read.

/// Why an export to S3 cannot be read. Its description says what to do.
///
/// ```swift
/// do {
///     print(try await ExportLocation.find("exports/orders").manifest().itemCount)
/// } catch ExportError.several(let folders) {
///     print("Name one of these exports:", folders.joined(separator: ", "))
/// }
/// ```
public enum ExportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text names neither a folder nor a prefix of a bucket.
    case noLocation(String)
    /// The folder has no manifest.
    case noManifest(location: String)
    /// The export is not finished, or has failed.
    case notFinished(location: String)
    /// The folder has more than one export, in these places.
    case several([String])
    /// The manifest is damaged, or not one of DynamoDB's.
    case badManifest(location: String, reason: String)
    /// The export has the changes of a period instead of the whole table.
    case incremental(location: String)
    /// The export is in another format than DynamoDB JSON.
    case otherFormat(String, location: String)
    /// The export is of another table than the stream.
    case otherTable(found: String, expected: String)
    /// A file or an object could not be read.
    case cannotRead(location: String, reason: String)

    public var description: String {
        switch self {
        case .noLocation(let text):
            "\(text) is neither a folder nor s3://bucket/prefix/AWSDynamoDB/01234567890123-a1b2c3d4."
        case .noManifest(let location):
            "\(location) has no manifest-summary.json. Name the folder of one export, AWSDynamoDB/<time>-<id>, with its "
                + "manifests and its folder data."
        case .notFinished(let location):
            "The export in \(location) is not finished, or has failed: there is a file _started and no manifest-summary.json. "
                + "Ask: aws dynamodb describe-export --export-arn …"
        case .several(let locations):
            "There are \(locations.count) exports: \(locations.prefix(5).joined(separator: ", ")). Name one of them."
        case .badManifest(let location, let reason): "The manifest \(location) cannot be used: \(reason)."
        case .incremental(let location):
            "The export in \(location) is incremental: it holds the changes of a period, without the items that did not "
                + "change, and deletions that no insertion can express. Use a full export: aws dynamodb "
                + "export-table-to-point-in-time --export-type FULL_EXPORT"
        case .otherFormat(let format, let location):
            "The export in \(location) has the format \(format). Export again with --export-format DYNAMODB_JSON."
        case .otherTable(let found, let expected):
            "The export is of the table \(found), and the stream is of \(expected). An item of another table must not be "
                + "handled as one of this."
        case .cannotRead(let location, let reason): "\(location) cannot be read: \(reason)."
        }
    }
}
