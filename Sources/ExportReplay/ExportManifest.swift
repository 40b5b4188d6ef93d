// What an export says of itself: manifest-summary.json and manifest-files.json.

public import EventSourceMapping
internal import JSONScanning

/// The manifests of a full export in DynamoDB JSON ("DynamoDB table export output format" in the Amazon DynamoDB
/// Developer Guide).
///
/// ```swift
/// let manifest = try await ExportLocation.find("exports/orders").manifest()
/// print("\(manifest.itemCount) items in \(manifest.files.count) files, as of \(manifest.exportTime)")
/// for file in manifest.files where file.itemCount == 0 { print("\(file.name) has no items") }
/// ```
public struct ExportManifest: Sendable {
    /// A file of items.
    public struct File: Hashable, Sendable {
        /// `AWSDynamoDB/01234567890123-a1b2c3d4/data/abc.json.gz`, with the prefix that was asked for before it.
        public let key: String
        /// The last part of the key.
        public let name: String
        /// The number of items in the file.
        public let itemCount: Int
    }

    /// The ARN of the export.
    public let exportARN: String?
    /// The ARN of the table that was exported.
    public let tableARN: String
    /// The items are as they were at this moment.
    public let exportTime: MappingInstant
    /// The number of items in all files.
    public let itemCount: Int
    /// The files, in the order of the manifest.
    public let files: [File]

    /// - Parameters:
    ///   - summary: the bytes of manifest-summary.json.
    ///   - list: the bytes of manifest-files.json, one JSON object in a line.
    ///   - location: the folder of both, for errors.
    public init(summary: [UInt8], list: [UInt8], location: String) throws(ExportError) {
        let name = "\(location)/manifest-summary.json"
        guard let root = (try? JSONDocument(summary))?.root, root.kind == .object else {
            throw .badManifest(location: name, reason: "it is not a JSON object")
        }
        func text(_ member: StaticString) -> String? { root[member].flatMap { (try? $0.string()) ?? nil } }
        guard text("exportType") != "INCREMENTAL_EXPORT", root["outputView"]?.kind != .string else {
            throw .incremental(location: location)
        }
        guard let format = text("outputFormat") else {
            throw .badManifest(location: name, reason: "it has no outputFormat")
        }
        guard format == "DYNAMODB_JSON" else { throw .otherFormat(format, location: location) }
        guard let table = text("tableArn") else { throw .badManifest(location: name, reason: "it has no tableArn") }
        guard let time = text("exportTime").flatMap({ MappingInstant(iso8601: $0) }) else {
            throw .badManifest(location: name, reason: "its exportTime is not a time")
        }
        guard let count = root["itemCount"]?.numberText.flatMap({ Int($0) }), count >= 0 else {
            throw .badManifest(location: name, reason: "its itemCount is not a number of items")
        }
        exportARN = text("exportArn")
        tableARN = table
        exportTime = time
        itemCount = count
        files = try Self.files(list, location: "\(location)/manifest-files.json")
    }

    private static func files(_ list: [UInt8], location: String) throws(ExportError) -> [File] {
        var files: [File] = []
        var names: Set<String> = []
        for (index, line) in list.split(separator: UInt8(ascii: "\n")).enumerated() {
            func bad(_ reason: String) -> ExportError {
                .badManifest(location: location, reason: "line \(index + 1) \(reason)")
            }
            guard let root = (try? JSONDocument(Array(line)))?.root, root.kind == .object else {
                throw bad("is not a JSON object")
            }
            guard let key = root["dataFileS3Key"].flatMap({ (try? $0.string()) ?? nil }), !key.isEmpty else {
                throw bad("has no dataFileS3Key")
            }
            guard let count = root["itemCount"]?.numberText.flatMap({ Int($0) }), count >= 0 else {
                throw bad("has no itemCount")
            }
            let name = key.split(separator: "/").last.map(String.init) ?? ""
            // The name becomes part of a path.
            guard name.hasSuffix(".gz"), name != "..", names.insert(name).inserted else {
                throw bad("names \(key), which is not another file of gzip")
            }
            files.append(File(key: key, name: name, itemCount: count))
        }
        return files
    }
}
