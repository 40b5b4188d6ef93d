// A lease in the form of an object: who made it may work, until it is not renewed.

internal import AWSServices
internal import JSONScanning
internal import SharedState

/// A lease on a prefix of a bucket.
///
/// S3 makes an object only where there is none (`If-None-Match: *`), so of two that want a lease one gets it. One that ended
/// is deleted first: two redrives that do so at the same moment may both get it in turn, and the second one's object shows
/// the first that it no longer has it.
struct ObjectLease: Sendable {
    let place: ObjectPlace
    let s3: S3Client
    let time: Duration
    private let owner = RandomText.uuid()

    init(place: ObjectPlace, s3: S3Client, time: Duration) {
        self.place = place
        self.s3 = s3
        self.time = time
    }

    private var document: [UInt8] {
        let end = SystemClock.millisecondsSinceEpoch + time.components.seconds * 1_000
        return Array(#"{"owner":"\#(owner)","until":\#(end)}"#.utf8)
    }

    /// - Throws: ``ObjectLeaseError`` when another has it, or `AWSError`.
    func take() async throws {
        for _ in 0..<3 {
            do throws(AWSError) {
                try await s3.putObject(document, key: place.key, in: place.bucket, onlyIfAbsent: true)
                return
            } catch {
                // 409 is a write of another at the same moment.
                guard error.code == "PreconditionFailed" || error.status == 412 || error.status == 409 else {
                    throw error
                }
            }
            guard let holder = try await holder() else { continue }
            // A repetition after a lost reply finds its own.
            if holder.owner == owner { return }
            let left = holder.until - SystemClock.millisecondsSinceEpoch
            guard left <= 0 else { throw ObjectLeaseError(place: place, seconds: Int(left / 1_000) + 1) }
            try await s3.deleteObject(key: place.key, from: place.bucket)
        }
        throw ObjectLeaseError(place: place, seconds: Int(time.components.seconds))
    }

    func renew() async throws { try await s3.putObject(document, key: place.key, in: place.bucket) }

    func release() async throws {
        guard try await holder()?.owner == owner else { return }
        try await s3.deleteObject(key: place.key, from: place.bucket)
    }

    private func holder() async throws(AWSError) -> (owner: String, until: Int64)? {
        let body: [UInt8]
        do throws(AWSError) {
            body = try await s3.getObject(key: place.key, from: place.bucket, maximumSize: 4096)
        } catch {
            guard error.code == "NoSuchKey" else { throw error }
            return nil
        }
        // Whoever wrote something else there may remove it.
        guard let root = (try? JSONDocument(body))?.root, let owner = root.memberText("owner"),
            let until = root["until"]?.numberText.flatMap({ Int64($0) })
        else { return ("", .max) }
        return (owner, until)
    }
}

/// Another redrive works on the same objects.
///
/// ```swift
/// let recovery = FailureRecovery(reader: StreamRangeReader(DynamoDBStreamsClient()))
/// let source = BucketSource(bucket: "orders-failed", prefix: "aws/lambda/", s3: S3Client(), recovery: recovery)
/// do {
///     try await source.open()
/// } catch let error as ObjectLeaseError {
///     print("Another redrive has the objects for \(error.seconds) more seconds")
/// }
/// ```
public struct ObjectLeaseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The object that holds the lease.
    public let place: ObjectPlace
    /// How long its lease still lasts.
    public let seconds: Int

    public var description: String {
        """
        Another redrive of these objects is under way, or was killed: its lease \(place) lasts \(seconds) more \
        seconds. Wait for it, or delete that object if nothing runs any more.
        """
    }
}
