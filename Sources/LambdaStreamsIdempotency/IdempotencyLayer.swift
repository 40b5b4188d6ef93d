// Records handled once: the layer that passes over what an earlier delivery has done.

public import Idempotency
internal import LambdaFunctions
internal import Logging
public import StreamProcessing
internal import Synchronization

extension RecordHandler {
    /// Handles each record once, however often it is delivered.
    ///
    /// ```swift
    /// let handler = ChangeHandler(notify).idempotent(using: DynamoDBIdempotencyStore(table: "idempotency"))
    /// ```
    ///
    /// A record that is done counts as skipped. One that another delivery is handling fails with
    /// `IdempotencyError.alreadyInProgress`, and comes again, unless the settings say to wait. A new record costs two
    /// requests to the store, a done one costs one, or none where it was looked up before.
    ///
    /// - Parameters:
    ///   - operations: the store, the prefix and the settings. Two functions that handle the same stream must differ in
    ///     their prefix, as they do by default.
    ///   - lookup: when the records of a batch that are done are looked up before it, a hundred by one request.
    ///   - key: what a record is known by; by default the ARN of its stream and its event id.
    ///   - validation: a digest of what must be the same in every delivery; by default none.
    public func idempotent<Store: IdempotencyStore>(
        using operations: IdempotentOperations<Store>,
        lookup: CompletedLookup = .afterFailure,
        key: (@Sendable (Record) throws -> String?)? = nil,
        validation: (@Sendable (Record) throws -> String?)? = nil
    ) -> LayeredRecordHandler<Record> {
        layered(
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
    ) -> LayeredRecordHandler<Record> {
        idempotent(using: IdempotentOperations(store: store), lookup: lookup, key: key)
    }
}

/// When the records of a batch that are done are looked up before it is handled.
public enum CompletedLookup: Sendable, Hashable {
    /// Never: each record that is done costs a request of its own.
    case never
    /// When the batch may be one that came before: it is the first of this process, or a record has failed since the last
    /// look. A stream that is well costs nothing by it.
    case afterFailure
    /// For every batch. A hundred keys that are not there cost a hundred half read units.
    case always
}

extension RecordIdentity {
    /// What a record is known by to an idempotency store: its source and its event id, or its identifier in the source
    /// where it has no event id.
    public var idempotencyKey: String { "\(sourceARN)#\(eventID ?? itemIdentifier)" }
}

private struct IdempotencyLayer<Store: IdempotencyStore, Keyed: BatchRecord>: RecordLayer {
    let operations: IdempotentOperations<Store>
    let lookup: CompletedLookup
    let key: @Sendable (Keyed) throws -> String?
    let validation: (@Sendable (Keyed) throws -> String?)?
    let suspicion = Suspicion()

    func prepare<Record: BatchRecord>(
        _ records: some RandomAccessCollection<Record> & Sendable,
        notes: BatchNotes,
        context: LambdaContext
    ) async {
        guard lookup == .always || (lookup == .afterFailure && suspicion.lift()) else { return }
        let keys = records.lazy.compactMap { record in (record as? Keyed).flatMap { try? key($0) } }
        do {
            let completed = try await operations.completed(among: keys, remainingTime: context.remainingTimeIfLimited)
            if !completed.isEmpty { notes.set(completed, for: suspicion) }
        } catch {
            // Each record asks for itself then.
            suspicion.raise()
            context.logger.warning("what is done could not be looked up: \(error.contentFreeDescription)")
        }
    }

    func handle<Record: BatchRecord>(
        _ record: Record,
        context: RecordContext,
        next: any RecordHandler<Record>
    ) async throws {
        // The layer was made for the records of the handler it wraps, so the cast always succeeds.
        guard let keyed = record as? Keyed else { return try await next.handle(record, context: context) }
        do {
            let call = OperationCall(
                key: try key(keyed),
                validation: try validation?(keyed),
                remainingTime: context.lambda.remainingTimeIfLimited,
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
