// Where an export lies, and how its files are read from there.

public import AWSServices
internal import Foundation
internal import RecordReplay

/// The folder of one export: on this machine, or in a bucket.
///
/// ```swift
/// let local = try ExportLocation.find("exports/orders")
/// let remote = try ExportLocation.find("s3://orders-exports/AWSDynamoDB/01767225600000-a1b2c3d4")
/// print(try await remote.manifest().itemCount)
/// ```
public enum ExportLocation: Sendable {
    /// A path on this machine.
    case folder(String)
    /// A prefix without a slash at its end; empty for the bucket itself.
    case bucket(S3Client, name: String, prefix: String)

    /// Reads `s3://bucket/prefix` or a path. Both may name the folder or the manifest-summary.json in it; a path may also
    /// name a folder above it with one export, as `aws s3 sync` leaves it.
    public static func find(_ text: String, s3: S3Client = S3Client()) throws(ExportError) -> ExportLocation {
        var text = text
        if text.hasSuffix("/manifest-summary.json") { text.removeLast("/manifest-summary.json".count) }
        if text.hasPrefix("s3://") {
            let parts = text.dropFirst(5).split(separator: "/", omittingEmptySubsequences: true)
            guard let bucket = parts.first else { throw .noLocation(text) }
            return .bucket(s3, name: String(bucket), prefix: parts.dropFirst().joined(separator: "/"))
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: text, isDirectory: &isFolder), isFolder.boolValue else {
            throw .noLocation(text)
        }
        if hasManifest(text) { return .folder(text) }
        for folder in [text, text + "/AWSDynamoDB"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let exports = names.sorted().map { "\(folder)/\($0)" }.filter { hasManifest($0) }
            if exports.count > 1 { throw .several(exports) }
            if let only = exports.first { return .folder(only) }
        }
        if FileManager.default.fileExists(atPath: text + "/_started") { throw .notFinished(location: text) }
        throw .noManifest(location: text)
    }

    private static func hasManifest(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/manifest-summary.json")
    }

    /// For people.
    public var description: String {
        switch self {
        case .folder(let path): path
        case .bucket(_, let name, let prefix): prefix.isEmpty ? "s3://\(name)" : "s3://\(name)/\(prefix)"
        }
    }

    /// Reads the manifests.
    public func manifest() async throws(ExportError) -> ExportManifest {
        let summary = try await whole("manifest-summary.json")
        let list = try await whole("manifest-files.json")
        return try ExportManifest(summary: summary, list: list, location: description)
    }

    /// A line of the list has some 200 bytes, and an export of hundreds of terabytes a hundred thousand files.
    private static let largestManifest = 128 << 20

    private func whole(_ name: String) async throws(ExportError) -> [UInt8] {
        switch self {
        case .folder(let path):
            do throws(ProgressFileError) {
                guard let bytes = try ReplacedFile.read("\(path)/\(name)", limit: Self.largestManifest) else {
                    throw ProgressFileError.notAProgressFile(path: name)
                }
                return bytes
            } catch {
                if case .cannotRead(_, let reason) = error {
                    throw .cannotRead(location: "\(path)/\(name)", reason: reason)
                }
                throw .badManifest(location: "\(path)/\(name)", reason: "there is no such file")
            }
        case .bucket(let s3, let bucket, let prefix):
            let key = prefix.isEmpty ? name : "\(prefix)/\(name)"
            do throws(AWSError) {
                return try await s3.getObject(key: key, from: bucket, maximumSize: Self.largestManifest)
            } catch {
                if error.code == "NoSuchKey" { throw .noManifest(location: description) }
                throw .cannotRead(location: "s3://\(bucket)/\(key)", reason: "\(error)")
            }
        }
    }

    /// The bytes of a data file.
    func open(_ file: ExportManifest.File) throws(ExportFileError) -> ExportBytes {
        switch self {
        case .folder(let path): try ExportBytes(path: "\(path)/data/\(file.name)")
        case .bucket(let s3, let bucket, let prefix):
            ExportBytes(s3: s3, bucket: bucket, key: (prefix.isEmpty ? "" : "\(prefix)/") + "data/\(file.name)")
        }
    }
}

/// Why a data file cannot be read on.
enum ExportFileError: Error {
    /// There is no such file: its items are lost to this run, and the others are not.
    case missing
    /// The reading ends: the next file would fail as well.
    case unreachable(String)
}

/// The bytes of one data file, a piece at a time.
final class ExportBytes {
    private enum Place {
        case file(FileHandle, path: String)
        case object(S3Client, bucket: String, key: String)
    }

    private let place: Place
    private var offset = 0
    private var entityTag: String?
    private var isAtEnd = false

    private static let filePiece = 1 << 20
    /// Large enough for the time of a request to matter little, small enough for memory.
    private static let objectPiece = 8 << 20

    init(path: String) throws(ExportFileError) {
        guard FileManager.default.fileExists(atPath: path) else { throw .missing }
        guard let handle = FileHandle(forReadingAtPath: path) else { throw .unreachable("\(path) cannot be opened") }
        place = .file(handle, path: path)
    }

    init(s3: S3Client, bucket: String, key: String) {
        place = .object(s3, bucket: bucket, key: key)
    }

    /// - Returns: nil at the end.
    func next() async throws(ExportFileError) -> [UInt8]? {
        guard !isAtEnd else { return nil }
        switch place {
        case .file(let handle, let path):
            let data: Data?
            do {
                data = try handle.read(upToCount: Self.filePiece)
            } catch {
                throw .unreachable("\(path) cannot be read on after byte \(offset)")
            }
            guard let data, !data.isEmpty else {
                isAtEnd = true
                try? handle.close()
                return nil
            }
            offset += data.count
            return [UInt8](data)
        case .object(let s3, let bucket, let key):
            do throws(AWSError) {
                let part = try await s3.getObject(
                    key: key,
                    from: bucket,
                    offset: offset,
                    byteCount: Self.objectPiece,
                    ifMatch: entityTag,
                    timeout: .seconds(120)
                )
                offset += part.bytes.count
                entityTag = part.entityTag
                isAtEnd = part.bytes.isEmpty || offset >= part.size
                return part.bytes.isEmpty ? nil : part.bytes
            } catch {
                if error.code == "NoSuchKey" { throw .missing }
                throw .unreachable("s3://\(bucket)/\(key): \(error)")
            }
        }
    }
}
