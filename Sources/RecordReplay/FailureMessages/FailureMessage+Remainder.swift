// Writing a message that describes only what a redrive left of its batch.

internal import DynamoDBStreamEvents
internal import EventSourceMapping
internal import JSONScanning

/// What is left of a batch.
struct BatchRemainder {
    /// The records that are not done, in their order.
    let records: [ReplayRecord]
    /// Their runs: between the two numbers of a run nothing of the batch is done.
    let ranges: [ClosedRange<SequenceNumber>]
    /// What cannot be brought back, so that the next redrive says so too.
    let loss: ReplayLoss?
    /// Where the message came from, for people.
    let origin: String
}

extension FailureMessage {
    /// The same message with the numbers, times and payload of what is left, and the member `redrive` with the exact
    /// runs. Every other member stays as AWS wrote it.
    ///
    /// - Parameter document: the message itself.
    static func document(_ document: [UInt8], with remainder: BatchRemainder) -> [UInt8]? {
        guard let root = try? FailureDocument.parse(document, in: "").root, root.kind == .object else { return nil }
        var object = ObjectCopy()
        for member in root.members where !member.isNamed("redrive") {
            if member.isNamed("DDBStreamBatchInfo") {
                object.add(member, as: remainder.batchInfo(from: member.value))
            } else if member.isNamed("payload"), !member.value.isNull {
                object.add(member, as: remainder.payload(from: member.value))
            } else {
                object.add(member, as: Array(member.value.jsonText))
            }
        }
        object.add("redrive", remainder.redrive(from: root["redrive"], hasPayload: root["payload"] != nil))
        return object.json
    }

    /// The same message with an event of these records in it, as a bucket receives it.
    static func document(
        _ document: [UInt8],
        withPayloadOf records: [ReplayRecord],
        loss: ReplayLoss?
    ) -> [UInt8]? {
        guard let root = try? FailureDocument.parse(document, in: "").root, root.kind == .object else { return nil }
        var object = ObjectCopy()
        for member in root.members where !member.isNamed("redrive") && !member.isNamed("payload") {
            object.add(member, as: Array(member.value.jsonText))
        }
        object.add("payload", String(decoding: ReplayRecord.event(of: records), as: UTF8.self).quotedJSON)
        if let loss {
            let origin = root["redrive"]?.memberText("origin") ?? ""
            let remainder = BatchRemainder(records: records, ranges: [], loss: loss, origin: origin)
            object.add("redrive", remainder.redrive(from: root["redrive"], hasPayload: true))
        }
        return object.json
    }
}

extension BatchRemainder {
    /// The numbers of what is left; those of the whole batch where nothing is left but a loss.
    fileprivate func batchInfo(from node: JSONNode) -> [UInt8] {
        guard let first = ranges.first?.lowerBound, let last = ranges.last?.upperBound else {
            return Array(node.jsonText)
        }
        var object = ObjectCopy()
        for member in node.members {
            if member.isNamed("startSequenceNumber") {
                object.add(member, as: first.description.quotedJSON)
            } else if member.isNamed("endSequenceNumber") {
                object.add(member, as: last.description.quotedJSON)
            } else if member.isNamed("batchSize") {
                object.add(member, as: Array(String(records.count).utf8))
            } else if member.isNamed("approximateArrivalOfFirstRecord"), let time = records.first?.arrival {
                object.add(member, as: time.iso8601Seconds.quotedJSON)
            } else if member.isNamed("approximateArrivalOfLastRecord"), let time = records.last?.arrival {
                object.add(member, as: time.iso8601Seconds.quotedJSON)
            } else {
                object.add(member, as: Array(member.value.jsonText))
            }
        }
        return object.json
    }

    /// An event of what is left, in the form that the payload had.
    fileprivate func payload(from node: JSONNode) -> [UInt8] {
        let event = ReplayRecord.event(of: records)
        return node.kind == .string ? String(decoding: event, as: UTF8.self).quotedJSON : event
    }

    fileprivate func redrive(from earlier: JSONNode?, hasPayload: Bool) -> [UInt8] {
        var object = ObjectCopy()
        object.add("origin", (earlier?.memberText("origin") ?? origin).quotedJSON)
        if !hasPayload {
            var list: [UInt8] = []
            list.appendJSON("[")
            for (position, range) in ranges.enumerated() {
                list.appendJSON(position == 0 ? "[\"" : ",[\"")
                list += Array("\(range.lowerBound)\",\"\(range.upperBound)".utf8)
                list.appendJSON("\"]")
            }
            list.appendJSON("]")
            object.add("ranges", list)
        }
        if let loss {
            var lost = ObjectCopy()
            lost.add("count", loss.count.map { Array(String($0).utf8) } ?? Array("null".utf8))
            lost.add("reason", loss.reason.quotedJSON)
            object.add("lost", lost.json)
        }
        return object.json
    }
}

/// An object that is written member by member.
private struct ObjectCopy {
    private var written = [UInt8(ascii: "{")]

    var json: [UInt8] { written + [UInt8(ascii: "}")] }

    mutating func add(_ member: JSONMember, as value: [UInt8]) { add(name: Array(member.name.jsonText), value) }

    mutating func add(_ name: String, _ value: [UInt8]) { add(name: name.quotedJSON, value) }

    private mutating func add(name: [UInt8], _ value: [UInt8]) {
        if written.count > 1 { written.append(UInt8(ascii: ",")) }
        written += name
        written.append(UInt8(ascii: ":"))
        written += value
    }
}

extension String {
    fileprivate var quotedJSON: [UInt8] {
        var json: [UInt8] = []
        json.appendJSONString(self)
        return json
    }
}

extension ReplayRecord {
    /// When the change was made, if the record says so.
    fileprivate var arrival: MappingInstant? { streamRecord?.approximateCreationDateTime.map { MappingInstant($0) } }

    /// `{"Records":[…]}`
    static func event(of records: [ReplayRecord]) -> [UInt8] {
        var event: [UInt8] = []
        event.reserveCapacity(records.reduce(14) { $0 + $1.json.count + 1 })
        event.appendJSON(#"{"Records":["#)
        for (position, record) in records.enumerated() {
            if position > 0 { event.appendJSON(",") }
            event += record.json
        }
        event.appendJSON("]}")
        return event
    }
}
