// A tumbling window in process: batch after batch, the state carried, the window closed at the end.

internal import JSONScanning
public import LambdaStreams

extension TumblingWindowProcessor {
    /// Runs the processor over the batches of one window. Each invocation receives the state of the previous response; the
    /// last invocation, without records, closes the window.
    ///
    /// A batch whose response has failures ends the run before the window is closed. Nothing is delivered again. To test
    /// retries and dead letters, deliver an event through an `EventSourceMappingConfiguration` with
    /// `tumblingWindowInSeconds`.
    ///
    /// Give each further batch a higher `sequenceNumber` in its builder: a record that is in the state already is skipped.
    ///
    /// - Throws: what an invocation throws, and ``WindowRunError``.
    public func run(
        over batches: [StreamEvent],
        window: TimeWindow = .testing,
        shardID: String = "shardId-00000001789649398921-b190244f",
        context: LambdaContext = .testing()
    ) async throws -> WindowRun<State> {
        var run = WindowRun<State>()
        var carried: [UInt8]?
        let closing = try StreamEvent(Array("{\"Records\":[]}".utf8))
        for (index, batch) in (batches + [closing]).enumerated() {
            let isFinal = index == batches.count
            let event = try batch.inWindow(window, state: carried, shardID: shardID, isFinal: isFinal)
            let answer = try WindowAnswer<State>(try await process(event, context: context))
            guard answer.failures.isEmpty else {
                run.response = BatchResponse(batchItemFailures: answer.failures)
                return run
            }
            if isFinal { run.isClosed = true } else { run.states.append(answer.value) }
            carried = answer.state
        }
        return run
    }
}

/// The outcome of running a processor over a window.
///
/// ```swift
/// let windows = TumblingWindowProcessor(initial: 0) { (count: inout Int, _: ItemChange<Order>, _) in
///     count += 1
/// } onClose: { _, _ in }
/// let run = try await windows.run(over: [event])
/// #expect(run.isClosed)
/// ```
public struct WindowRun<State: Sendable>: Sendable {
    /// The state after each batch that had no failures.
    public internal(set) var states: [State] = []
    /// The failures of the batch that ended the run; none when there was none.
    public internal(set) var response = BatchResponse.success
    /// Whether the last invocation of the window took place.
    public internal(set) var isClosed = false
}

extension WindowRun: Equatable where State: Equatable {}

/// A response to an invocation for a window that Lambda could not use.
public enum WindowRunError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Without a state Lambda delivers the batch again.
    case noState(answer: String)

    public var description: String {
        switch self {
        case .noState(let text): "the response has no state to carry on: \(text)"
        }
    }
}

extension TimeWindow {
    /// A window of ten seconds.
    public static let testing = TimeWindow(start: "2026-09-17T12:50:50Z", end: "2026-09-17T12:51:00Z")
}

extension StreamEvent {
    /// The same records as a batch of a window, as a mapping with `TumblingWindowInSeconds` sends it.
    ///
    /// - Parameters:
    ///   - window: the window.
    ///   - state: JSON; nil for the first batch of a window.
    ///   - shardID: the shard's id.
    ///   - isFinal: whether this invocation closes the window.
    ///   - isTerminatedEarly: whether the window ends here because its state grew too large.
    public func inWindow(
        _ window: TimeWindow = .testing,
        state: [UInt8]? = nil,
        shardID: String = "shardId-00000001789649398921-b190244f",
        isFinal: Bool = false,
        isTerminatedEarly: Bool = false
    ) throws(StreamEventError) -> StreamEvent {
        var json = Self.json(of: records)
        json.removeLast()
        for (name, value) in [("shardId", shardID), ("eventSourceARN", eventSourceARN)] {
            guard let value else { continue }
            json.appendJSON(",")
            json.appendJSONString(name)
            json.appendJSON(":")
            json.appendJSONString(value)
        }
        json.appendJSON(",\"window\":{\"start\":")
        json.appendJSONString(window.start)
        json.appendJSON(",\"end\":")
        json.appendJSONString(window.end)
        json.appendJSON("},\"state\":")
        json.append(contentsOf: state ?? Array("{}".utf8))
        json.appendJSON(isFinal ? ",\"isFinalInvokeForWindow\":true" : ",\"isFinalInvokeForWindow\":false")
        json.appendJSON(
            isTerminatedEarly ? ",\"isWindowTerminatedEarly\":true}" : ",\"isWindowTerminatedEarly\":false}"
        )
        return try StreamEvent(json)
    }
}

/// A processor's response, read as far as a mapping reads it, and the user's state within the carried one.
private struct WindowAnswer<State: Decodable> {
    let state: [UInt8]
    let value: State
    let failures: [BatchItemFailure]

    private struct Carried: Decodable { let value: State }
    private struct Failures: Decodable {
        let batchItemFailures: [Failure]
        struct Failure: Decodable { let itemIdentifier: String }
    }

    init(_ json: [UInt8]) throws {
        guard let state = try JSONDocument(json).root["state"] else {
            throw WindowRunError.noState(answer: String(decoding: json, as: UTF8.self))
        }
        self.state = Array(state.jsonText)
        let decoder = AttributeValueDecoder()
        value = try decoder.decodePlainJSON(Carried.self, from: self.state).value
        failures = try decoder.decodePlainJSON(Failures.self, from: json).batchItemFailures.map {
            BatchItemFailure(itemIdentifier: $0.itemIdentifier)
        }
    }
}
