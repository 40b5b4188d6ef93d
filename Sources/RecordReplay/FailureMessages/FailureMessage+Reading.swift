// Reading a message to an on-failure destination.

internal import DynamoDBStreamEvents
internal import EventSourceMapping
internal import JSONScanning

extension FailureMessage {
    /// - Parameter place: where the document is within its envelopes.
    init(_ node: JSONNode, in place: String) throws(FailureMessageError) {
        let document = MemberReader(node, in: place)
        if document.value("KinesisBatchInfo") != nil { throw FailureMessageError(.kinesis, in: place) }
        try Self.checkVersion(document)
        let request = try document.object("requestContext")
        requestID = try request?.text("requestId")
        functionARN = try request?.text("functionArn")
        // A pipe's message has a context of its own (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html).
        let pipe = try document.object("context")
        condition = try (request ?? pipe)?.text("condition")
        timestamp = try document.moment("timestamp")

        guard let batch = try document.object("DDBStreamBatchInfo") else {
            throw FailureMessageError(.missing(member: "DDBStreamBatchInfo"), in: place)
        }
        streamARN = try batch.name("streamArn")
        guard streamARN.isDynamoDBStream else {
            throw FailureMessageError(
                .wrong(member: "streamArn", expected: "the ARN of a DynamoDB stream"),
                in: batch.place
            )
        }
        shardID = try batch.name("shardId")
        window = try Window(document)
        payload = try Payload(document, streamARN: streamARN, mayBeEmpty: window?.isFinalInvocation == true)
        records = try RecordRange(batch)
        redrive = try EarlierRedrive(document)
        // Only the last invocation of a window has no records of its own.
        if records == nil, payload == nil, window == nil {
            throw FailureMessageError(.missing(member: "startSequenceNumber"), in: batch.place)
        }
    }

    static func checkVersion(_ document: MemberReader) throws(FailureMessageError) {
        guard let version = try document.text("version"), version != "1", !version.hasPrefix("1.") else { return }
        throw FailureMessageError(.unknownVersion(String(version.prefix(20))), in: document.place)
    }
}

extension FailureMessage.RecordRange {
    fileprivate init?(_ batch: MemberReader) throws(FailureMessageError) {
        let start = try batch.sequenceNumber("startSequenceNumber")
        let end = try batch.sequenceNumber("endSequenceNumber")
        guard start != nil || end != nil else { return nil }
        guard let start else { throw FailureMessageError(.missing(member: "startSequenceNumber"), in: batch.place) }
        guard let end else { throw FailureMessageError(.missing(member: "endSequenceNumber"), in: batch.place) }
        guard start <= end else { throw FailureMessageError(.reversedRange, in: batch.place) }
        self.start = start
        self.end = end
        arrivalOfFirst = try batch.moment("approximateArrivalOfFirstRecord")
        arrivalOfLast = try batch.moment("approximateArrivalOfLastRecord")
        batchSize = try batch.count("batchSize")
    }
}

extension FailureMessage.Window {
    fileprivate init?(_ document: MemberReader) throws(FailureMessageError) {
        guard let info = try document.object("timeWindowInfo") else { return nil }
        let window = try info.object("window")
        start = try window?.text("start") ?? ""
        end = try window?.text("end") ?? ""
        isFinalInvocation = try info.flag("isFinalInvokeForWindow")
    }
}

extension FailureMessage.Payload {
    /// AWS writes the event as one string; LocalStack writes it as an object.
    fileprivate init?(
        _ document: MemberReader,
        streamARN: String,
        mayBeEmpty: Bool
    ) throws(FailureMessageError) {
        guard let value = document.value("payload") else { return nil }
        let place = document.place.isEmpty ? "payload" : "\(document.place).payload"
        switch value.kind {
        case .object: event = Array(value.jsonText)
        case .string:
            guard let text = value.textIfString else {
                throw FailureMessageError(.wrong(member: "payload", expected: "text"), in: document.place)
            }
            event = Array(text.utf8)
        default:
            throw FailureMessageError(.wrong(member: "payload", expected: "an event"), in: document.place)
        }
        let root = try FailureDocument.parse(event, in: place).root
        guard let list = root["Records"], list.kind == .array else {
            throw FailureMessageError(.wrong(member: "payload", expected: "an event with Records"), in: document.place)
        }
        // The event that closes a window has no records.
        let isEmpty = mayBeEmpty && list.elements.isAtEnd
        records = isEmpty ? [] : try FailureDocument.records(list, streamARN: streamARN, in: place)
    }
}

extension FailureMessage.EarlierRedrive {
    fileprivate init?(_ document: MemberReader) throws(FailureMessageError) {
        guard let redrive = try document.object("redrive") else { return nil }
        origin = try redrive.text("origin")
        let lost = try redrive.object("lost")
        loss = try lost.map { lost throws(FailureMessageError) in
            ReplayLoss(.lost, count: try lost.count("count"), reason: try lost.text("reason") ?? "")
        }
        guard let list = redrive.value("ranges") else {
            ranges = nil
            return
        }
        // Nothing left to do, and nothing lost: nobody writes such a message.
        guard list.kind == .array, !list.elements.isAtEnd || loss != nil else {
            throw FailureMessageError(.wrong(member: "ranges", expected: "a list of ranges"), in: redrive.place)
        }
        var ranges: [ClosedRange<SequenceNumber>] = []
        for pair in list.elements {
            let numbers = pair.elements.compactMap { $0.textBytes.flatMap { SequenceNumber($0) } }
            guard pair.kind == .array, numbers.count == 2, let start = numbers.first, let end = numbers.last,
                start <= end, ranges.last.map({ $0.upperBound < start }) ?? true
            else {
                throw FailureMessageError(
                    .wrong(member: "ranges", expected: "a list of ascending pairs of sequence numbers"),
                    in: redrive.place
                )
            }
            ranges.append(start...end)
        }
        self.ranges = ranges
    }
}

extension String {
    /// `arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000`, in any partition.
    package var isDynamoDBStream: Bool {
        let parts = split(separator: ":" as Character, maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "dynamodb" else { return false }
        let resource = parts[5].split(separator: "/" as Character, omittingEmptySubsequences: false)
        return resource.count == 4 && resource[0] == "table" && resource[2] == "stream" && !resource[1].isEmpty
    }
}
