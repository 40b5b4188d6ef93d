// The event of an invocation: the records, and the members that a window adds.

internal import JSONScanning

enum EventDocument {
    /// The most bytes an event may have before its batch is cut: the 6 MB of a synchronous invocation.
    static let maximumByteCount = 6 * 1024 * 1024
    /// `{"Records":[]}`
    static let envelopeByteCount = 14

    /// What follows the records of a batch within a window, from the comma on to the last brace.
    static func appendWindow(
        _ window: WindowInvocation,
        shardID: String,
        streamARN: String,
        to json: inout [UInt8]
    ) {
        json.appendJSON(",\"shardId\":")
        json.appendJSONString(shardID)
        json.appendJSON(",\"eventSourceARN\":")
        json.appendJSONString(streamARN)
        json.appendJSON(",\"window\":")
        window.appendSpan(to: &json)
        json.appendJSON(",\"state\":")
        json.append(contentsOf: window.state)
        json.appendJSON(",")
        window.appendFlags(to: &json)
        json.appendJSON("}")
    }
}

extension WindowInvocation {
    /// `{"start":"…","end":"…"}`
    func appendSpan(to json: inout [UInt8]) {
        json.appendJSON("{\"start\":")
        json.appendJSONString(start.iso8601Seconds)
        json.appendJSON(",\"end\":")
        json.appendJSONString(end.iso8601Seconds)
        json.appendJSON("}")
    }

    /// Both flags, without braces.
    func appendFlags(to json: inout [UInt8]) {
        json.appendJSON("\"isFinalInvokeForWindow\":")
        json.appendJSON(isFinalInvokeForWindow ? "true" : "false")
        json.appendJSON(",\"isWindowTerminatedEarly\":")
        json.appendJSON(isWindowTerminatedEarly ? "true" : "false")
    }
}
