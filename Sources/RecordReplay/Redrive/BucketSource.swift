// Redriving from an S3 bucket: the objects of an on-failure destination, and dead letters.

public import AWSServices
internal import SharedState

/// Reads the objects below a prefix in the order of their keys, which is the order of time within a shard.
///
/// ```swift
/// let recovery = FailureRecovery(reader: StreamRangeReader(DynamoDBStreamsClient()))
/// let source = BucketSource(bucket: "orders-failed", prefix: "aws/lambda/", s3: S3Client(), recovery: recovery)
/// try await source.open()
/// let summary = await Replay(from: source, to: FunctionTarget("OrderProjector")).run()
/// print("\(await source.counts.completed) of \(await source.counts.read) objects are done")
/// ```
///
/// An object whose records are all done is moved to `redriven/`, or deleted. Where only some are done, an object of the same
/// form that has the others takes its place, under the same key. An object that cannot be read stays.
///
/// Two redrives of one prefix would do everything twice, so the first one holds a lease, the object
/// `redriven/PREFIX.lease`, and renews it. A lease that is not renewed ends by itself.
///
/// It needs `s3:ListBucket`, `s3:GetObject`, `s3:PutObject` and `s3:DeleteObject`.
public actor BucketSource: SavableSource {
    /// How objects are read, and what happens to them afterwards.
    public struct Settings: Sendable {
        /// What happens to an object when every record of it is done.
        public var completedObjects = CompletedObjects.moved(toPrefix: CompletedObjects.defaultPrefix)
        /// Whether an object goes though some of its records were lost.
        public var discardsLost = false
        /// How long another redrive waits for this one if it is killed.
        public var leaseTime: Duration = .seconds(60)
        /// Whether nothing is to be changed. Objects are then read without a lease.
        public var isReadOnly = false

        public init() {}
    }

    /// What became of the objects so far.
    public struct Counts: Sendable, Hashable {
        /// Objects that were read.
        public fileprivate(set) var read = 0
        /// Objects that were moved or deleted.
        public fileprivate(set) var completed = 0
        /// Objects that were replaced by what is left of them.
        public fileprivate(set) var shrunk = 0
        /// Objects that stay as they are.
        public fileprivate(set) var left = 0
    }

    /// The number of objects so far, by their outcome.
    public private(set) var counts = Counts()
    private let bucket: String
    private let prefix: String
    private let s3: S3Client
    private let objects: ObjectStore
    private let recovery: FailureRecovery
    private let settings: Settings
    private let lease: ObjectLease
    private var keys: [String] = []
    private var found: [Fetched] = []
    private var token: String?
    private var isListed = false
    private var hasLease = false
    private var parcels: [Int: Pending] = [:]
    private var nextID = 0
    private var keeper: Task<Void, Never>?

    private struct Pending {
        let place: ObjectPlace
        let content: RedrivenParcel
    }

    private struct Fetched: Sendable {
        let place: ObjectPlace
        let object: ObjectStore.Found
    }

    /// How many objects are fetched at once.
    private static let fetchCount = 8

    /// - Parameters:
    ///   - bucket: the bucket's name.
    ///   - prefix: what the keys begin with; empty for all of the bucket.
    ///   - s3: reads, moves and deletes the objects.
    ///   - recovery: reads the records of messages without a payload.
    ///   - settings: what happens to objects that are done.
    public init(
        bucket: String,
        prefix: String,
        s3: S3Client,
        recovery: FailureRecovery,
        settings: Settings = Settings()
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.s3 = s3
        objects = ObjectStore(s3: s3, completed: settings.completedObjects)
        self.recovery = recovery
        self.settings = settings
        let folder =
            if case .moved(let prefix) = settings.completedObjects { prefix } else { CompletedObjects.defaultPrefix }
        lease = ObjectLease(
            place: ObjectPlace(bucket: bucket, key: folder + prefix + ".lease"),
            s3: s3,
            time: settings.leaseTime
        )
    }

    /// How many objects there are below the prefix, once ``open()`` has listed them; nil where there are more than a page of
    /// the listing has, some 1,000.
    public var objectCount: Int? { isListed && counts.read == 0 ? keys.count : nil }

    // MARK: Reading

    /// Takes the lease and lists the first objects, so that what is wrong is known before anything begins. The first
    /// ``next()`` does it as well.
    ///
    /// - Throws: ``ObjectLeaseError`` when another redrive of the prefix is under way, or `AWSError`.
    public func open() async throws {
        try await takeLease()
        if keys.isEmpty, !isListed { try await list() }
    }

    /// - Throws: what ``open()`` throws.
    public func next() async throws -> ReplayParcel? {
        try await takeLease()
        while found.isEmpty {
            if keys.isEmpty {
                guard !isListed else { return nil }
                try await list()
                continue
            }
            try await fetch()
        }
        let fetched = found.removeFirst()
        let origin = "\(fetched.place)"
        var content = RedrivenParcel()
        switch fetched.object {
        case .body(let body): content.add(try await recovery.unit(of: body, origin: origin))
        // It went between the listing and now.
        case .completed, .missing: break
        }
        counts.read += 1
        nextID += 1
        parcels[nextID] = Pending(place: fetched.place, content: content)
        return content.parcel(id: nextID, origin: origin)
    }

    private func list() async throws {
        let page = try await s3.listObjects(in: bucket, prefix: prefix, continuationToken: token)
        token = page.continuationToken
        isListed = token == nil
        keys = page.objects.map(\.key).filter {
            !objects.isCompleted($0) && !$0.hasSuffix("/") && $0 != lease.place.key
        }
    }

    private func fetch() async throws {
        let (batch, bucket, objects) = (keys.prefix(Self.fetchCount), bucket, objects)
        keys.removeFirst(batch.count)
        found = try await withThrowingTaskGroup(of: (Int, Fetched).self) { group in
            for (position, key) in batch.enumerated() {
                let place = ObjectPlace(bucket: bucket, key: key)
                group.addTask { (position, Fetched(place: place, object: try await objects.read(place))) }
            }
            var all: [(Int, Fetched)] = []
            for try await one in group { all.append(one) }
            return all.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// See ``SavableSource``.
    public func documents(of parcel: ReplayParcel) -> [[UInt8]] {
        parcels[parcel.id]?.content.savedDocuments ?? []
    }

    // MARK: Settling

    public func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) async throws {
        guard let pending = parcels.removeValue(forKey: parcel.id) else { return }
        guard !outcome.isDryRun, !settings.isReadOnly, pending.content.refusals.isEmpty else {
            counts.left += 1
            return
        }
        let fates = pending.content.fates(remaining: outcome.remaining, discardsLost: settings.discardsLost)
        try await objects.apply(fates, to: [pending.place])
        switch fates.first {
        case .done: counts.completed += 1
        case .shrinks: counts.shrunk += 1
        case .stays: counts.left += 1
        case nil: break
        }
    }

    // MARK: The lease

    private func takeLease() async throws {
        guard !hasLease, !settings.isReadOnly else { return }
        try await lease.take()
        hasLease = true
        let (lease, pause) = (lease, settings.leaseTime / 3)
        keeper = Task {
            while !Task.isCancelled {
                do { try await Task.sleep(for: pause) } catch { return }
                try? await lease.renew()
            }
        }
    }

    public func close() async {
        keeper?.cancel()
        keeper = nil
        guard hasLease else { return }
        hasLease = false
        let lease = lease
        _ = try? await uncancelled { try await lease.release() }
    }
}
