// Aggregates the records of a tumbling window, and counts none of them twice.

public import DynamoDBStreamEvents
public import LambdaFunctions
internal import Logging

/// A function for a mapping with `TumblingWindowInSeconds`: folds the records of a window into a state, and receives
/// the state when the window closes.
///
/// ```swift
/// let processor = TumblingWindowProcessor(initial: Totals()) { (totals: inout Totals, change: ItemChange<Order>, _) in
///     if let order = change.new { totals.add(order.total) }
/// } onClose: { totals, window in
///     try await publish(totals, once: window.key)
/// }
/// ```
///
/// Lambda carries the state from one invocation of a window to the next. Records arrive at least once, so the state
/// also carries the sequence number of the last record in it. A record that is in the state already is skipped. If a
/// record fails, the response contains the state of the records before it and names the record; the fold of a failed
/// record has no effect. The mapping's rules are at
/// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html.
///
/// Records go through the stages of ``RecordStack`` on their way to the fold, except for idempotency and last applied:
/// the state of a window knows what it has counted, and a state that Lambda drops takes that knowledge with it.
///
/// Each shard has its own state: two shards of a table close their windows separately.
public struct TumblingWindowProcessor<State: Codable & Sendable>: RecordProcessor {
    public typealias Record = StreamRecord

    public var stack = RecordStack<StreamRecord>()
    private let initial: State
    private let fold: WindowFold<State>.Fold
    private let settings: BatchSettings
    private let sizeRule: WindowStateSizeRule<State>
    private let close: @Sendable (State, WindowClosing) async throws -> Void

    /// A processor over a fold of records as they come.
    ///
    /// - Parameters:
    ///   - initial: the state at the start of a window.
    ///   - oversized: what to do with a state that grows past what Lambda carries.
    ///   - settings: as for ``BatchProcessor``, except `onFailure`, `report` and `watchdog`, which a window decides.
    ///   - fold: adds a record to the state. What it did to the state of a record it throws for is forgotten.
    ///   - onClose: receives the state when the window ends. If it throws, Lambda invokes it again with the same
    ///     state and the same `key`.
    public init(
        initial: State,
        oversized: WindowStateSizeRule<State> = .fail,
        settings: BatchSettings = BatchSettings(),
        _ fold:
            @escaping @Sendable (_ state: inout State, _ record: StreamRecord, _ context: RecordContext<StreamRecord>)
            async throws -> Void,
        onClose: @escaping @Sendable (_ state: State, _ window: WindowClosing) async throws -> Void
    ) {
        self.initial = initial
        self.fold = fold
        self.settings = settings
        sizeRule = oversized
        close = onClose
    }

    /// A processor over a fold of decoded changes; the parameters are those of the other initializer.
    ///
    /// - Parameters:
    ///   - initial: the state at the start of a window.
    ///   - oversized: what to do with a state that grows beyond what Lambda carries.
    ///   - settings: as for the other initializer.
    ///   - decoder: how images become a `Model`.
    ///   - fold: adds a change to the state. If it throws, its effect on the state is discarded.
    ///   - onClose: receives the state when the window ends.
    public init<Model: Decodable & SendableMetatype>(
        initial: State,
        oversized: WindowStateSizeRule<State> = .fail,
        settings: BatchSettings = BatchSettings(),
        decoder: AttributeValueDecoder = AttributeValueDecoder(),
        _ fold:
            @escaping @Sendable (
                _ state: inout State, _ change: ItemChange<Model>, _ context: RecordContext<StreamRecord>
            ) async throws -> Void,
        onClose: @escaping @Sendable (_ state: State, _ window: WindowClosing) async throws -> Void
    ) {
        self.init(initial, oversized, settings, fold, onClose) { (record) throws(StreamRecordError) in
            try record.change(as: Model.self, decoder: decoder)
        }
    }

    /// A processor over a fold of changes whose model is `ItemDecodable`; otherwise like the other initializer.
    @_disfavoredOverload
    public init<Model: ItemDecodable & SendableMetatype>(
        initial: State,
        oversized: WindowStateSizeRule<State> = .fail,
        settings: BatchSettings = BatchSettings(),
        decoder: AttributeValueDecoder = AttributeValueDecoder(),
        _ fold:
            @escaping @Sendable (
                _ state: inout State, _ change: ItemChange<Model>, _ context: RecordContext<StreamRecord>
            ) async throws -> Void,
        onClose: @escaping @Sendable (_ state: State, _ window: WindowClosing) async throws -> Void
    ) {
        self.init(initial, oversized, settings, fold, onClose) { (record) throws(StreamRecordError) in
            try record.change(as: Model.self, decoder: decoder)
        }
    }

    private init<Model>(
        _ initial: State,
        _ oversized: WindowStateSizeRule<State>,
        _ settings: BatchSettings,
        _ fold: @escaping @Sendable (inout State, ItemChange<Model>, RecordContext<StreamRecord>) async throws -> Void,
        _ onClose: @escaping @Sendable (State, WindowClosing) async throws -> Void,
        change: @escaping @Sendable (StreamRecord) throws(StreamRecordError) -> ItemChange<Model>
    ) {
        self.init(
            initial: initial,
            oversized: oversized,
            settings: settings,
            { (state: inout State, record: StreamRecord, context: RecordContext<StreamRecord>) in
                try await fold(&state, change(record), context)
            },
            onClose: onClose
        )
    }

    /// Reads the event and responds with the state and the failures as JSON.
    ///
    /// - Throws: `StreamEventError` for a payload that is not a stream event, ``TumblingWindowError``, what `onClose`
    ///   throws, and ``BatchProcessingError`` as ``BatchProcessor`` does.
    public func handle(_ payload: [UInt8], context: LambdaContext) async throws -> LambdaResponse {
        LambdaResponse(body: try await process(StreamEvent(payload: payload), context: context))
    }

    /// Handles one invocation of a window and returns the response as JSON.
    ///
    /// - Throws: what ``handle(_:context:)`` throws, except for an unreadable payload.
    public func process(_ event: StreamEvent, context: LambdaContext) async throws -> [UInt8] {
        guard let window = event.window else { throw TumblingWindowError.noWindow }
        let carried: CarriedState<State>
        do {
            carried = try event.state(as: CarriedState<State>.self) ?? CarriedState(value: initial)
        } catch {
            throw TumblingWindowError.unreadableState(reason: "\(error)")
        }
        let folding = Folding(carried)
        let run = BatchRun<StreamRecord>(
            event.records,
            handler: WindowFold(folding: folding, fold: fold),
            stack: stack,
            rules: BatchRules(order: .sequential, settings: windowSettings, stack: stack),
            context: context
        )
        let failures = try await run.response()
        var result = folding.end()
        if failures.batchItemFailures.isEmpty, event.isFinalInvokeForWindow || event.isWindowTerminatedEarly {
            let closing = WindowClosing(
                window: window,
                shardID: event.shardID ?? "",
                isTerminatedEarly: event.isWindowTerminatedEarly,
                part: result.first?.description,
                lambda: context
            )
            try await close(result.value, closing)
            // Lambda drops the state of a final invocation; a window that was cut short begins its next part with it.
            result = CarriedState(value: initial)
        }
        return try response(result, failures, context)
    }

    /// The state is that of the records before the first failed one, so a failed record stops the batch and is reported.
    private var windowSettings: BatchSettings {
        var settings = settings
        settings.onFailure = .stop
        settings.report = .lowest
        return settings
    }

    private func response(
        _ carried: CarriedState<State>,
        _ failures: BatchResponse,
        _ context: LambdaContext
    ) throws -> [UInt8] {
        var response = TimeWindowResponse(
            state: carried,
            batchItemFailures: failures.batchItemFailures.map(\.itemIdentifier)
        )
        var size = try sizeOfState(response.state)
        if size > sizeRule.limit, let compact = sizeRule.compact {
            compact(&response.state.value)
            size = try sizeOfState(response.state)
        }
        if size > sizeRule.limit, !sizeRule.endsWindow {
            throw TumblingWindowError.stateTooLarge(byteCount: size, limit: sizeRule.limit)
        }
        if size > sizeRule.limit * 4 / 5 {
            context.logger.warning("the window's state has \(size) of the \(sizeRule.limit) bytes that Lambda carries")
        }
        return try response.json()
    }

    private func sizeOfState(_ state: CarriedState<State>) throws -> Int {
        try AttributeValueEncoder().encodePlainJSON(state).count
    }
}

/// What to do with a window's state of more than 1 MB, which Lambda does not carry to the next invocation.
///
/// ```swift
/// let processor = TumblingWindowProcessor(
///     initial: [String: Int](),
///     oversized: .compact { counts in counts = counts.filter { $0.value > 1 } }
/// ) { (counts: inout [String: Int], change: ItemChange<Order>, _) in
///     if let order = change.new { counts[order.id, default: 0] += 1 }
/// } onClose: { counts, window in
///     try await publish(counts, once: window.key)
/// }
/// ```
public struct WindowStateSizeRule<State: Sendable>: Sendable {
    let limit: Int
    let compact: (@Sendable (inout State) -> Void)?
    let endsWindow: Bool

    /// The invocation fails with ``TumblingWindowError/stateTooLarge(byteCount:limit:)``.
    public static var fail: WindowStateSizeRule {
        WindowStateSizeRule(limit: defaultLimit, compact: nil, endsWindow: false)
    }

    /// The state is made smaller by `body`; if that was not enough, the invocation fails.
    public static func compact(_ body: @escaping @Sendable (inout State) -> Void) -> WindowStateSizeRule {
        WindowStateSizeRule(limit: defaultLimit, compact: body, endsWindow: false)
    }

    /// The state is sent as it is: Lambda then ends the window early, with the state whole, and begins another part of
    /// the same window. `onClose` is called for each part.
    public static var endWindowEarly: WindowStateSizeRule {
        WindowStateSizeRule(limit: defaultLimit, compact: nil, endsWindow: true)
    }

    private static var defaultLimit: Int { TimeWindowResponse<[String: Int]>.maximumStateByteCount }
}

/// The end of a window, or of a part of one that was cut short.
///
/// ```swift
/// let processor = TumblingWindowProcessor(initial: 0) { (count: inout Int, _: ItemChange<Order>, _) in
///     count += 1
/// } onClose: { count, window in
///     window.lambda.logger.info("\(count) changes in \(window.window.start) to \(window.window.end)")
///     try await publish(["count": count], once: window.key)
/// }
/// ```
public struct WindowClosing: Sendable {
    /// The window that ends.
    public let window: TimeWindow
    /// The shard of the window. Each shard has a window of its own.
    public let shardID: String
    /// Whether the window was cut short because its state had grown too large: more of it may come.
    public let isTerminatedEarly: Bool
    /// The sequence number of the first record of this part; nil when no record is in it.
    public let part: String?
    /// The invocation.
    public let lambda: LambdaContext

    /// Whether no record is in the state: all that the window had were filtered or went to the dead letters, so the state is
    /// the initial one. A window that never had a record is not closed at all.
    public var isEmpty: Bool { part == nil }

    /// The same for every attempt to close this part of this window of this shard, and for nothing else: to publish
    /// the result exactly once, make it the key of a conditional write.
    public var key: String { "\(shardID)/\(window.start)/\(part ?? "empty")" }
}

/// Why an invocation for a window fails.
///
/// ```swift
/// let processor = TumblingWindowProcessor(initial: 0) { (count: inout Int, _: ItemChange<Order>, _) in count += 1 }
///     onClose: { count, window in try await publish(["count": count], once: window.key) }
/// do {
///     _ = try await processor.process(event, context: context)
/// } catch TumblingWindowError.noWindow {
///     print("Set TumblingWindowInSeconds on the event source mapping")
/// }
/// ```
public enum TumblingWindowError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The event has no window.
    case noWindow
    /// The state that came with the event is not one that this function responded with.
    case unreadableState(reason: String)
    /// The state's JSON has more bytes than Lambda accepts.
    case stateTooLarge(byteCount: Int, limit: Int)

    public var description: String {
        switch self {
        case .noWindow:
            """
            the event has no window: set TumblingWindowInSeconds on the event source mapping, or use BatchProcessor. What is \
            redriven or backfilled belongs to no window: send it to a function with a BatchProcessor
            """
        case .unreadableState(let reason):
            """
            the window's state does not decode: \(reason). A window that was open while the function changed keeps the \
            old form of its state; make new members optional
            """
        case .stateTooLarge(let byteCount, let limit):
            """
            the window's state has \(byteCount) bytes and Lambda carries \(limit); choose a shorter window, keep less, \
            or set `oversized` to .compact or .endWindowEarly
            """
        }
    }
}
