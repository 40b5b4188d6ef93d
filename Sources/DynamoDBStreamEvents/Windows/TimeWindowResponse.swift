// The response to an invocation for a window: the state for the next invocation, and the records to retry.

import JSONScanning

/// `{"state":{…},"batchItemFailures":[…]}`
///
/// ```swift
/// let runtime = LambdaRuntime { payload, context in
///     let event = try StreamEvent(payload)
///     var totals = try event.state(as: Totals.self) ?? Totals()
///     for record in event.records {
///         if let order = try record.change(as: Order.self).new { totals.add(order.total) }
///     }
///     return try TimeWindowResponse(state: totals).json()
/// }
/// ```
///
/// Lambda retries the batch when a response has no state, so the state is required.
public struct TimeWindowResponse<State: Encodable> {
    /// What the next invocation of the window receives. Its JSON has at most ``maximumStateByteCount`` bytes.
    public var state: State
    /// The sequence numbers of failed records, unchanged. Lambda continues from the lowest.
    public var batchItemFailures: [String]

    /// Beyond this size Lambda ends the window early.
    public static var maximumStateByteCount: Int { 1_048_576 }

    /// Creates a response with a state and the sequence numbers of records that failed.
    public init(state: State, batchItemFailures: [String] = []) {
        self.state = state
        self.batchItemFailures = batchItemFailures
    }

    /// - Throws: when the state cannot be written as JSON.
    public func json(encoder: AttributeValueEncoder = AttributeValueEncoder()) throws(AttributeEncodingError) -> [UInt8]
    {
        var json: [UInt8] = []
        json.appendJSON("{\"state\":")
        json.append(contentsOf: try encoder.encodePlainJSON(state))
        json.appendJSON(",\"batchItemFailures\":")
        json.appendArray(batchItemFailures) {
            $0.appendJSON("{\"itemIdentifier\":")
            $0.appendJSONString($1)
            $0.appendJSON("}")
        }
        json.appendJSON("}")
        return json
    }
}

extension TimeWindowResponse: Sendable where State: Sendable {}
