// Tumbling windows: what an event says of its window.

import JSONScanning

/// The span of a tumbling window.
///
/// ```swift
/// let window = TimeWindow(start: "2026-09-17T12:50:00Z", end: "2026-09-17T12:51:00Z")
/// let batch = try event.inWindow(window)
/// ```
public struct TimeWindow: Sendable {
    /// The start as ISO 8601 text, as received.
    public let start: String
    /// The end as ISO 8601 text, as received. The window ends just before it.
    public let end: String

    /// Creates a window from its bounds, ISO 8601 text such as `2026-01-01T00:00:00Z`.
    public init(start: String, end: String) {
        self.start = start
        self.end = end
    }

    /// The start as a moment; nil if the text is not ISO 8601.
    public var startTime: EpochTime? { EpochTime(iso8601: start) }
    /// The end as a moment; nil if the text is not ISO 8601.
    public var endTime: EpochTime? { EpochTime(iso8601: end) }
}

extension TimeWindow: Hashable {
    public static func == (first: Self, second: Self) -> Bool {
        first.start.isExactly(second.start) && first.end.isExactly(second.end)
    }

    public func hash(into hasher: inout Hasher) {
        start.hashExactly(into: &hasher)
        end.hashExactly(into: &hasher)
    }
}

/// What an event source mapping with `TumblingWindowInSeconds` adds to an event.
///
/// See https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
extension StreamEvent {
    private var root: JSONNode { document.root }

    /// The window the records belong to; nil for an event without one.
    public var window: TimeWindow? {
        guard let window = root["window"], let start = window["start"]?.text, let end = window["end"]?.text else {
            return nil
        }
        return TimeWindow(start: start, end: end)
    }

    /// The shard of a tumbling window's records. Events of mappings without a window have none.
    public var shardID: String? { root["shardId"]?.text }

    /// The stream's ARN, of the event itself or of its first record.
    public var eventSourceARN: String? {
        root["eventSourceARN"]?.text ?? records.first?.eventSourceARN
    }

    /// Whether this is the last invocation for the window: the time to act on its state.
    public var isFinalInvokeForWindow: Bool { root["isFinalInvokeForWindow"]?.bool ?? false }

    /// Whether the window was ended early because its state grew past 1 MB. The next invocation continues the same
    /// window with a fresh state.
    public var isWindowTerminatedEarly: Bool { root["isWindowTerminatedEarly"]?.bool ?? false }

    /// The state as JSON, exactly as the last invocation returned it; nil when it is absent or null, which with `{}` is
    /// what the first invocation of a window gets.
    public var state: [UInt8]? {
        guard let state = root["state"], !state.isNull else { return nil }
        return [UInt8](state.jsonText)
    }

    /// The state of the window; nil if it is absent, null or `{}`, each of which means that the window starts.
    ///
    /// The state is plain JSON, so the rules of `AttributeValueDecoder` apply to JSON's own strings, numbers and lists.
    public func state<State: Decodable>(
        as type: State.Type = State.self,
        decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws(AttributeDecodingError) -> State? {
        guard let state = carriedState else { return nil }
        return try decoder.decode(type, from: state, form: .plain)
    }

    /// The state of the window, for types that read themselves and are not `Decodable`.
    @_disfavoredOverload
    public func state<State: ItemDecodable>(
        as type: State.Type = State.self,
        decoder: AttributeValueDecoder = AttributeValueDecoder()
    ) throws(AttributeDecodingError) -> State? {
        guard let state = carriedState else { return nil }
        return try decoder.read(type, from: state, form: .plain)
    }

    private var carriedState: JSONNode? {
        guard let state = root["state"], !state.isNull, !(state.kind == .object && state.members.isAtEnd) else {
            return nil
        }
        return state
    }
}
