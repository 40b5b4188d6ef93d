// Redriving from a table of dead letters.

public import AWSServices
internal import DynamoDBStreamEvents

/// Reads the dead letters of a table, as `DynamoDBDeadLetterTable` writes them, a page after the other.
///
/// ```swift
/// let recovery = FailureRecovery(reader: StreamRangeReader(DynamoDBStreamsClient()))
/// let source = DeadLetterTableSource("letters", dynamoDB: DynamoDBClient(), s3: S3Client(), recovery: recovery)
/// try await source.open()
/// _ = await Replay(from: source, to: FunctionTarget("OrderProjector")).run()
/// print("\(await source.counts.left) dead letters stay in the table")
/// ```
///
/// An item is deleted when its record is done, unless a newer letter of the record has taken its place meanwhile; a record
/// that is in a bucket is read from there, and its object is moved or deleted as well. Letters of one item that lie on two
/// pages come in the order of their identifiers, which are texts. Two redrives of one table at once do everything twice.
///
/// It needs `dynamodb:Scan` and `dynamodb:DeleteItem`, and for records in a bucket what ``BucketSource`` needs.
public actor DeadLetterTableSource: SavableSource {
    /// What became of the items so far.
    public struct Counts: Sendable, Hashable {
        /// Items that were read.
        public fileprivate(set) var read = 0
        /// Items that were deleted because their record is done.
        public fileprivate(set) var deleted = 0
        /// Items that stay.
        public fileprivate(set) var left = 0
    }

    /// The number of items so far, by their outcome.
    public private(set) var counts = Counts()
    private let table: String
    private let dynamoDB: DynamoDBClient
    private let objects: ObjectStore
    private let recovery: FailureRecovery
    private var firstPage: ScanPage?
    private var lastKey: Item?
    private var isAtEnd = false
    private var parcels: [Int: Pending] = [:]
    private var nextID = 0

    private struct Pending {
        var letters: [Letter] = []
        var content = RedrivenParcel()
    }

    private struct Letter {
        let key: Item
        let text: String
        /// The object that has the record; nil where the letter itself has it.
        var place: ObjectPlace?
    }

    private static let pageSize = 100

    /// - Parameters:
    ///   - table: its name or ARN.
    ///   - dynamoDB: reads and deletes the items.
    ///   - s3: reads records that were too large for an item.
    ///   - recovery: reads the records of failure messages.
    ///   - completedObjects: what becomes of the objects of records that were too large for an item.
    public init(
        _ table: String,
        dynamoDB: DynamoDBClient,
        s3: S3Client,
        recovery: FailureRecovery,
        completedObjects: CompletedObjects = .moved(toPrefix: CompletedObjects.defaultPrefix)
    ) {
        self.table = table
        self.dynamoDB = dynamoDB
        objects = ObjectStore(s3: s3, completed: completedObjects)
        self.recovery = recovery
    }

    /// Reads the first page, so that what is wrong with the table is known before anything begins. The first ``next()`` does
    /// it as well.
    public func open() async throws(AWSError) {
        if firstPage == nil, lastKey == nil, !isAtEnd { firstPage = try await nextPage() }
    }

    private func nextPage() async throws(AWSError) -> ScanPage {
        if let page = firstPage {
            firstPage = nil
            return page
        }
        return try await dynamoDB.scan(Scan(table, after: lastKey, limit: Self.pageSize, consistently: true))
    }

    public func next() async throws -> ReplayParcel? {
        while !isAtEnd {
            let page = try await nextPage()
            lastKey = page.lastEvaluatedKey
            isAtEnd = lastKey == nil
            guard !page.items.isEmpty else { continue }
            var pending = Pending()
            for item in page.items { try await add(item, to: &pending) }
            nextID += 1
            counts.read += page.items.count
            parcels[nextID] = pending
            return pending.content.parcel(id: nextID, origin: "\(page.items.count) items of \(table)")
        }
        return nil
    }

    private func add(_ item: Item, to pending: inout Pending) async throws {
        guard let source = item["source"], let identifier = item["identifier"], let text = item["deadLetter"]?.string
        else {
            let reason = "An item of \(table) has no source, identifier or deadLetter: it is not a dead letter."
            pending.content.refusals.append(ReplayLoss(.refused, count: nil, reason: reason))
            return
        }
        let origin = "\(identifier.string ?? "an item") of \(table)"
        var letter = Letter(key: ["source": source, "identifier": identifier], text: text)
        var outcome = try await recovery.unit(of: Array(text.utf8), origin: origin)
        if let place = try? FailureDocument(Array(text.utf8)).onlyObject {
            switch try await objects.read(place) {
            case .completed, .missing:
                pending.content.refusals.append(.missing(place))
                return
            case .body(let body):
                outcome = try await recovery.unit(of: body, origin: "\(place)")
                letter.place = place
            }
        }
        if case .unit = outcome { pending.letters.append(letter) }
        pending.content.add(outcome)
    }

    /// See ``SavableSource``.
    public func documents(of parcel: ReplayParcel) -> [[UInt8]] {
        parcels[parcel.id]?.content.savedDocuments ?? []
    }

    public func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) async throws {
        guard let pending = parcels.removeValue(forKey: parcel.id), !outcome.isDryRun else { return }
        let fates = pending.content.fates(remaining: outcome.remaining, discardsLost: false)
        let (objects, dynamoDB, table) = (objects, dynamoDB, table)
        let done = zip(pending.letters, fates).filter { $0.1 == .done }.map(\.0)
        counts.left += pending.letters.count - done.count
        try await uncancelled {
            for letter in done {
                // The item first: one whose object is gone would be a letter without a record.
                try await dynamoDB.delete(letter.key, from: table, unlessChangedFrom: letter.text)
                if let place = letter.place { try await objects.apply([.done], to: [place]) }
            }
        }
        counts.deleted += done.count
    }
}

extension DynamoDBClient {
    fileprivate func delete(_ key: Item, from table: String, unlessChangedFrom text: String) async throws(AWSError) {
        do throws(AWSError) {
            try await deleteItem(
                DeleteItem(
                    key,
                    from: table,
                    condition: WriteCondition(
                        "attribute_not_exists(deadLetter) OR deadLetter = :letter",
                        returnsItem: false
                    ),
                    values: [":letter": .string(text)]
                )
            )
        } catch {
            // A newer letter of the record: it is redriven by itself.
            guard error.code == .conditionalCheckFailed else { throw error }
        }
    }
}

extension FailureDocument {
    /// The object that a letter points to.
    fileprivate var onlyObject: ObjectPlace? {
        if case .objects(let objects) = content, objects.count == 1 { objects.first } else { nil }
    }
}
