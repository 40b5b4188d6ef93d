// Records handled once: the stage that skips what an earlier delivery has done.

public import Idempotency
internal import LambdaFunctions
internal import Logging
public import StreamProcessing
internal import Synchronization

extension BatchProcessor {
    /// Handles each record once, however often it is delivered.
    ///
    /// ```swift
    /// let store = DynamoDBIdempotencyStore(table: "idempotency")
    /// let processor = BatchProcessor(handler: ChangeHandler(notify)).idempotent(using: store)
    /// ```
    ///
    /// A record that is done counts as skipped. One that another delivery is handling is waited for as long as the
    /// invocation lasts; it then fails with `IdempotencyError.alreadyInProgress`, which is not the record's fault, and comes
    /// again. A new record costs two requests to the store, a done one costs one, or none where it was looked up before.
    ///
    /// - Parameters:
    ///   - operations: the store, the prefix and the settings. Two functions that handle the same stream must differ in
    ///     their prefix, as they do by default.
    ///   - lookup: when the records of a batch that are done are looked up before it, a hundred by one request.
    ///   - key: what a record is known by; by default the ARN of its stream and its event id. A record whose key is nil is
    ///     handled as `IdempotencySettings.missingKey` says.
    ///   - validation: a digest of what must be the same in every delivery; by default none.
    public func idempotent<Store: IdempotencyStore>(
        using operations: IdempotentOperations<Store>,
        lookup: CompletedLookup = .afterFailure,
        key: (@Sendable (Record) throws -> String?)? = nil,
        validation: (@Sendable (Record) throws -> String?)? = nil
    ) -> Self {
        settingIdempotency(
            IdempotencyLayer(
                operations: operations,
                lookup: lookup,
                key: key ?? { $0.identity?.idempotencyKey },
                validation: validation
            )
        )
    }

    /// Handles each record once, with the default settings and this function's name as the keys' prefix.
    public func idempotent(
        using store: some IdempotencyStore,
        lookup: CompletedLookup = .afterFailure,
        key: (@Sendable (Record) throws -> String?)? = nil
    ) -> Self {
        idempotent(using: IdempotentOperations(store: store), lookup: lookup, key: key)
    }
}

/// When the records of a batch that are done are looked up before it is handled.
public enum CompletedLookup: Sendable, Hashable {
    /// Never: each record that is done costs a request of its own.
    case never
    /// When the batch may be one that came before: it is the first of this process, or a record has failed since the last
    /// look. Healthy streams pay nothing for this.
    case afterFailure
    /// For every batch. A hundred keys that are not there cost a hundred half read units.
    case always
}

extension RecordIdentity {
    /// What a record is known by to an idempotency store: its source and its event id, or its identifier in the source
    /// where it has no event id.
    public var idempotencyKey: String { "\(sourceARN)#\(eventID ?? itemIdentifier)" }
}

private struct IdempotencyLayer<Store: IdempotencyStore, Record: BatchRecord>: IdempotencyStage {
    let operations: IdempotentOperations<Store>
    let lookup: CompletedLookup
    let key: @Sendable (Record) throws -> String?
    let validation: (@Sendable (Record) throws -> String?)?
    let suspicion = Suspicion()

    /// A look ahead saves requests and is never needed: each record asks for itself. So it gets this share of the time.
    private static var shareOfLookup: Int { 10 }

    var deliveryCounter: (any DeliveryCounter)? {
        func counter<Counting: FailureCountingStore>(_ store: Counting) -> any DeliveryCounter {
            StoredDeliveryCounter(in: operations.counting(in: store))
        }
        return (operations.store as? any FailureCountingStore).map { counter($0) }
    }

    func prepare(_ records: Record.Source.Records, notes: BatchNotes, context: LambdaContext) async {
        guard lookup == .always || (lookup == .afterFailure && suspicion.lift()) else { return }
        let keys = records.lazy.compactMap { record in try? key(record) }
        let time = context.remainingTimeIfLimited.map { $0 / Self.shareOfLookup } ?? .seconds(2)
        do {
            let completed = try await operations.completed(
                among: keys,
                remainingTime: min(time, .seconds(2)),
                functionName: context.functionName
            )
            if !completed.isEmpty { notes.set(completed, for: suspicion) }
        } catch {
            context.logger.warning("what is done could not be looked up: \(error.contentFreeDescription)")
        }
    }

    func handle(_ record: Record, context: RecordContext<Record>, next: any RecordHandler<Record>) async throws {
        do {
            let call = OperationCall(
                key: try key(record),
                validation: try validation?(record),
                remainingTime: context.lambda.remainingTimeIfLimited,
                functionName: context.lambda.functionName,
                prefetched: context.notes?.value(for: suspicion),
                logger: context.logger
            )
            try await operations.perform(call, onReplay: { _ in context.countSkipped() }) {
                try await next.handle(record, context: context)
            }
        } catch {
            suspicion.raise()
            throw error
        }
    }
}

/// Whether the next batch may be one that came before.
private final class Suspicion: Sendable {
    // A new process may follow upon one that died.
    private let isRaised = Atomic(true)

    func raise() {
        isRaised.store(true, ordering: .relaxed)
    }

    func lift() -> Bool {
        isRaised.exchange(false, ordering: .relaxed)
    }
}
