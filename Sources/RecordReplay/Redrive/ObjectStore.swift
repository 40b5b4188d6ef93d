// The objects that hold failure messages and dead letters: reading them, and what becomes of them.

internal import AWSServices

/// What becomes of an object when every record of it is done.
public enum CompletedObjects: Sendable, Hashable {
    /// It is moved: the prefix is put before its key. The default, `redriven/`, keeps it as evidence; a lifecycle rule
    /// can delete it.
    case moved(toPrefix: String)
    /// It is deleted.
    case deleted

    /// `redriven/`
    public static let defaultPrefix = "redriven/"
}

struct ObjectStore: Sendable {
    let s3: S3Client
    let completed: CompletedObjects

    /// Whether the object is one that a redrive has moved.
    func isCompleted(_ key: String) -> Bool {
        if case .moved(let prefix) = completed { key.hasPrefix(prefix) } else { false }
    }

    enum Found {
        case body([UInt8])
        /// A redrive has handled it and moved it.
        case completed
        case missing
    }

    func read(_ place: ObjectPlace) async throws(AWSError) -> Found {
        if isCompleted(place.key) { return .completed }
        do throws(AWSError) {
            return .body(
                try await s3.getObject(
                    key: place.key,
                    from: place.bucket,
                    maximumSize: FailureDocument.maximumByteCount
                )
            )
        } catch {
            guard error.code == "NoSuchKey" else { throw error }
        }
        guard case .moved(let prefix) = completed else { return .missing }
        let page = try await s3.listObjects(in: place.bucket, prefix: prefix + place.key, limit: 1)
        return page.objects.contains { $0.key == prefix + place.key } ? .completed : .missing
    }

    /// Gives each object its fate, in their order.
    func apply(_ fates: [RedriveUnit.Fate], to places: [ObjectPlace]) async throws {
        try await uncancelled {
            for (fate, place) in zip(fates, places) {
                switch fate {
                case .done: try await complete(place)
                case .shrinks(let body): try await s3.putObject(body, key: place.key, in: place.bucket)
                case .stays: break
                }
            }
        }
    }

    /// Every record of the object is done. Copied first: what is there twice is handled twice at worst.
    private func complete(_ place: ObjectPlace) async throws(AWSError) {
        if case .moved(let prefix) = completed {
            try await s3.copyObject(key: place.key, to: prefix + place.key, in: place.bucket)
        }
        try await s3.deleteObject(key: place.key, from: place.bucket)
    }
}
