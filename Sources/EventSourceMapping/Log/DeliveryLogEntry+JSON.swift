// A line of the delivery log. Its members and their order are stable; further ones are added behind them.

internal import DynamoDBStreamEvents
internal import JSONScanning

extension DeliveryLogEntry {
    /// One line of JSON, without the line's end.
    public var json: [UInt8] {
        var json: [UInt8] = []
        switch self {
        case .invoke(let entry): entry.append(to: &json)
        case .checkpoint(let entry):
            json.appendJSON("{\"type\":\"checkpoint\",\"shardId\":")
            json.appendJSONString(entry.shardID)
            json.appendJSON(",\"sequenceNumber\":")
            json.appendJSONString(entry.sequenceNumber.description)
            json.appendTime(entry.at)
        case .filtered(let entry):
            json.appendJSON("{\"type\":\"filtered\",\"sequenceNumbers\":")
            json.append(entry.sequenceNumbers)
            json.appendJSON(",\"shardId\":")
            json.appendJSONString(entry.shardID)
            json.appendTime(entry.at)
        case .destination(let entry):
            json.appendJSON("{\"type\":\"destination\",\"sequenceNumbers\":")
            json.append(entry.delivery.sequenceNumbers)
            json.appendJSON(",\"message\":")
            json.append(contentsOf: entry.delivery.message.json())
            json.appendPlace(entry.delivery.shardID, entry.delivery.concurrentBatch)
            json.appendTime(entry.at)
        case .dropped(let entry): entry.append(to: &json)
        case .warning(let entry):
            json.appendJSON("{\"type\":\"warning\",\"text\":")
            json.appendJSONString(entry.text)
            json.appendTime(entry.at)
        }
        return json
    }
}

extension DeliveryLogEntry.Invoke {
    fileprivate func append(to json: inout [UInt8]) {
        json.appendJSON("{\"type\":\"invoke\",\"at\":")
        json.appendJSONString(invocation.at.description)
        json.appendPlace(invocation.shardID, invocation.concurrentBatch)
        json.appendJSON(",\"requestId\":")
        json.appendJSONString(invocation.requestID)
        json.appendJSON(",\"attempt\":")
        json.appendJSONInteger(invocation.attempt)
        json.appendJSON(",\"sequenceNumbers\":")
        json.append(invocation.sequenceNumbers)
        json.appendJSON(",\"window\":")
        json.append(invocation.window)
        json.appendJSON(",\"outcome\":")
        json.appendJSONString(outcome.rawValue)
        json.appendJSON(",\"functionError\":")
        json.appendJSONString(orNull: functionError)
        json.appendJSON(",\"failedSequenceNumber\":")
        json.appendJSONString(orNull: failedSequenceNumber?.description)
        json.appendJSON(",\"endedAt\":")
        json.appendJSONString(endedAt.description)
        json.appendJSON("}")
    }
}

extension DeliveryLogEntry.Dropped {
    fileprivate func append(to json: inout [UInt8]) {
        json.appendJSON("{\"type\":\"dropped\",\"sequenceNumbers\":")
        json.append(sequenceNumbers)
        json.appendJSON(",\"reason\":")
        json.appendJSONString(reason.rawValue)
        json.appendJSON(",\"destinationFailure\":")
        json.appendJSONString(orNull: destinationFailure)
        json.appendJSON(",\"window\":")
        json.append(window)
        json.appendPlace(shardID, concurrentBatch)
        json.appendTime(at)
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ sequenceNumbers: [SequenceNumber]) {
        appendJSON("[")
        for (index, number) in sequenceNumbers.enumerated() {
            appendJSON(index > 0 ? ",\"" : "\"")
            append(contentsOf: number.description.utf8)
            appendJSON("\"")
        }
        appendJSON("]")
    }

    fileprivate mutating func append(_ window: WindowInvocation?) {
        guard let window else { return appendJSON("null") }
        appendJSON("{\"start\":")
        appendJSONString(window.start.iso8601Seconds)
        appendJSON(",\"end\":")
        appendJSONString(window.end.iso8601Seconds)
        appendJSON(",")
        window.appendFlags(to: &self)
        appendJSON(",\"state\":")
        append(contentsOf: window.state)
        appendJSON("}")
    }

    fileprivate mutating func appendPlace(_ shardID: String, _ concurrentBatch: Int) {
        appendJSON(",\"shardId\":")
        appendJSONString(shardID)
        appendJSON(",\"concurrentBatch\":")
        appendJSONInteger(concurrentBatch)
    }

    /// The time, and the end of the line's object.
    fileprivate mutating func appendTime(_ time: MappingInstant) {
        appendJSON(",\"at\":")
        appendJSONString(time.description)
        appendJSON("}")
    }
}
