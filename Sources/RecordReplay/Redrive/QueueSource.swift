// Redriving from an SQS queue: failure messages, dead letters and notifications of S3, mixed as they come.

public import AWSServices

/// Takes messages from a queue. A message is deleted only when every record of it is done.
///
/// ```swift
/// var settings = QueueSource.Settings()
/// settings.visibilityTimeout = .seconds(300)
/// let recovery = FailureRecovery(reader: StreamRangeReader(DynamoDBStreamsClient()))
/// let source = QueueSource(url: queueURL, sqs: SQSClient(), s3: S3Client(), recovery: recovery, settings: settings)
/// _ = await Replay(from: source, to: FunctionTarget("OrderProjector")).run()
/// let counts = await source.counts
/// print("\(counts.deleted) of \(counts.received) messages were deleted")
/// ```
///
/// - While a message is worked on, its visibility timeout is extended, so that another redrive does not receive it.
/// - Where only some records of a message are done, a message of the same form that has the others is sent, and then the
///   first one is deleted. A FIFO queue would put it at the end of its group: there the message stays as it is.
/// - A message that was not understood, or whose records are lost, stays.
/// - At the end, what stays is visible again at once.
///
/// It needs `sqs:ReceiveMessage`, `sqs:DeleteMessage`, `sqs:ChangeMessageVisibility` and `sqs:SendMessage`, and for
/// notifications of S3 what ``BucketSource`` needs.
public actor QueueSource: SavableSource {
    /// How messages are received, and what happens to objects that they name.
    public struct Settings: Sendable {
        /// How long a message stays hidden if this process is killed, up to 12 hours.
        public var visibilityTimeout: Duration = .seconds(120)
        /// How long to wait for a message before the queue counts as empty, up to 20 seconds.
        public var wait: Duration = .seconds(3)
        /// Whether a message goes though some of its records were lost.
        public var discardsLost = false
        /// What happens to an object when every record of it is done.
        public var completedObjects = CompletedObjects.moved(toPrefix: CompletedObjects.defaultPrefix)

        public init() {}
    }

    /// What became of the queue's messages so far.
    public struct Counts: Sendable, Hashable {
        /// Messages that were received.
        public fileprivate(set) var received = 0
        /// Messages that were deleted because every record of them is done.
        public fileprivate(set) var deleted = 0
        /// Messages that were put back smaller.
        public fileprivate(set) var shrunk = 0
        /// Messages that stay as they are.
        public fileprivate(set) var left = 0
    }

    /// The number of messages so far, by their outcome.
    public private(set) var counts = Counts()
    private let queueURL: String
    private let sqs: SQSClient
    private let objects: ObjectStore
    private let recovery: FailureRecovery
    private let settings: Settings
    private var received: [ReceivedMessage] = []
    private var parcels: [Int: Pending] = [:]
    /// The receipt handle of every message that this process hides, by its id.
    private var hidden: [String: String] = [:]
    private var left: Set<String> = []
    private var done: Set<String> = []
    /// What is put back at this moment: it may come before its id is known.
    private var sending: Set<String> = []
    private var nextID = 0
    private var isEmpty = false
    private var keeper: Task<Void, Never>?

    private struct Pending {
        let message: ReceivedMessage
        var content: RedrivenParcel
        /// The object of each unit, for a notification.
        var places: [ObjectPlace] = []
    }

    /// - Parameters:
    ///   - url: `https://sqs.eu-central-1.amazonaws.com/123456789012/orders-failed`
    ///   - sqs: receives, deletes and sends messages.
    ///   - s3: reads the objects that messages name.
    ///   - recovery: reads the records of failure messages.
    ///   - settings: visibility, waits, and what happens to objects that are done.
    public init(
        url: String,
        sqs: SQSClient,
        s3: S3Client,
        recovery: FailureRecovery,
        settings: Settings = Settings()
    ) {
        queueURL = url
        self.sqs = sqs
        objects = ObjectStore(s3: s3, completed: settings.completedObjects)
        self.recovery = recovery
        self.settings = settings
    }

    /// The queue's name, for people.
    public nonisolated var name: String {
        queueURL.split(separator: "/" as Character).last.map(String.init) ?? queueURL
    }
    private nonisolated var isFIFO: Bool { queueURL.hasSuffix(".fifo") }

    // MARK: Receiving

    public func next() async throws -> ReplayParcel? {
        keepHidden()
        while true {
            if let message = received.first {
                received.removeFirst()
                return try await parcel(message)
            }
            guard !isEmpty else { return nil }
            let messages = try await sqs.receiveMessages(
                from: queueURL,
                wait: settings.wait,
                visibilityTimeout: settings.visibilityTimeout
            )
            for message in messages { await take(message) }
            guard messages.isEmpty else { continue }
            // A FIFO queue gives no more of a group before what it gave is deleted.
            guard isFIFO, !parcels.isEmpty else {
                isEmpty = true
                continue
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func take(_ message: ReceivedMessage) async {
        if done.contains(message.id) {
            // SQS delivers a message again at times, a deleted one too.
            try? await sqs.deleteMessage(message.receiptHandle, from: queueURL)
            return
        }
        let isKnown = hidden.updateValue(message.receiptHandle, forKey: message.id) != nil || left.contains(message.id)
        guard !isKnown, !sending.contains(message.body) else { return }
        counts.received += 1
        received.append(message)
    }

    private func parcel(_ message: ReceivedMessage) async throws -> ReplayParcel {
        nextID += 1
        let origin = "message \(message.id) of \(name)"
        let pending = try await pending(message, origin)
        parcels[nextID] = pending
        return pending.content.parcel(id: nextID, origin: origin)
    }

    private func pending(_ message: ReceivedMessage, _ origin: String) async throws -> Pending {
        var pending = Pending(message: message, content: RedrivenParcel())
        let document: FailureDocument
        do throws(FailureMessageError) {
            document = try FailureDocument(Array(message.body.utf8), streamARN: recovery.streamARN)
        } catch {
            pending.content.refusals.append(.refused(origin, error))
            return pending
        }
        guard case .objects(let places) = document.content else {
            pending.content.add(try await recovery.unit(document, origin: origin))
            return pending
        }
        for place in places {
            switch try await objects.read(place) {
            case .completed: continue
            case .missing: pending.content.refusals.append(.missing(place))
            case .body(let body):
                let outcome = try await recovery.unit(of: body, origin: "\(place)")
                if case .unit = outcome { pending.places.append(place) }
                pending.content.add(outcome)
            }
        }
        return pending
    }

    /// See ``SavableSource``.
    public func documents(of parcel: ReplayParcel) -> [[UInt8]] {
        guard let pending = parcels[parcel.id] else { return [] }
        let documents = pending.content.savedDocuments
        return pending.places.isEmpty && documents.isEmpty ? [Array(pending.message.body.utf8)] : documents
    }

    // MARK: Settling

    public func settle(_ parcel: ReplayParcel, _ outcome: ParcelOutcome) async throws {
        guard let pending = parcels.removeValue(forKey: parcel.id) else { return }
        guard !outcome.isDryRun else { return leave(pending.message) }
        do {
            if try await settle(pending, outcome.remaining) {
                hidden[pending.message.id] = nil
                done.insert(pending.message.id)
            } else {
                leave(pending.message)
            }
        } catch {
            leave(pending.message)
            throw error
        }
    }

    /// - Returns: whether the message is gone.
    private func settle(_ pending: Pending, _ remaining: [Int]) async throws -> Bool {
        let fates = pending.content.fates(remaining: remaining, discardsLost: settings.discardsLost)
        let handle = hidden[pending.message.id] ?? pending.message.receiptHandle
        let (sqs, queueURL) = (sqs, queueURL)
        if !pending.places.isEmpty { try await objects.apply(fates, to: pending.places) }
        guard pending.content.refusals.isEmpty else { return false }
        if fates.allSatisfy({ $0 == .done }) {
            try await uncancelled { try await sqs.deleteMessage(handle, from: queueURL) }
            counts.deleted += 1
            return true
        }
        // A notification stays until its object is done: the object itself has become smaller.
        guard pending.places.isEmpty, !isFIFO, case .shrinks(let body)? = fates.first,
            body.count <= SQSClient.maximumMessageSize
        else { return false }
        let (text, attributes) = (String(decoding: body, as: UTF8.self), pending.message.attributes)
        sending.insert(text)
        defer { sending.remove(text) }
        // The new one first: what is in the queue twice is handled twice at worst, and what is not in it is lost.
        left.insert(
            try await uncancelled {
                try await sqs.sendMessage(text, to: queueURL, attributes: attributes, allowsDuplicates: true)
            }
        )
        try await uncancelled { try await sqs.deleteMessage(handle, from: queueURL) }
        counts.shrunk += 1
        return true
    }

    private func leave(_ message: ReceivedMessage) {
        left.insert(message.id)
        counts.left += 1
    }

    // MARK: Hiding messages while they are worked on

    /// Extends the visibility timeout of what is worked on, three times within each.
    private func keepHidden() {
        guard keeper == nil else { return }
        let pause = settings.visibilityTimeout / 3
        keeper = Task { [weak self] in
            while !Task.isCancelled {
                do { try await Task.sleep(for: pause) } catch { return }
                await self?.extend()
            }
        }
    }

    /// For tests: what happens by itself from time to time.
    func extendNow() async { await extend() }

    private func extend() async {
        for (id, handle) in hidden where !left.contains(id) {
            // One that cannot be extended is visible again: whoever receives it handles it once more.
            try? await sqs.changeVisibility(of: handle, in: queueURL, to: settings.visibilityTimeout)
        }
    }

    public func close() async {
        keeper?.cancel()
        keeper = nil
        let handles = Array(hidden.values)
        hidden = [:]
        let (sqs, queueURL) = (sqs, queueURL)
        _ = try? await uncancelled {
            await withTaskGroup(of: Void.self) { group in
                for (position, handle) in handles.enumerated() {
                    if position >= 8 { await group.next() }
                    group.addTask { try? await sqs.changeVisibility(of: handle, in: queueURL, to: .zero) }
                }
            }
        }
    }
}
