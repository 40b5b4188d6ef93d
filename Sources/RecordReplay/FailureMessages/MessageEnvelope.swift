// What services wrap a message in on its way, and how a document is wrapped in the same again.

internal import JSONScanning

/// The envelopes around a document, from the outermost on.
struct MessageEnvelope: Sendable {
    /// What stands before and behind the document, and whether the document is a JSON string between them.
    private struct Layer: Sendable {
        let before: [UInt8]
        let after: [UInt8]
        let isString: Bool
    }

    private var layers: [Layer] = []

    var count: Int { layers.count }

    mutating func add(_ wrapped: Wrapped) {
        layers.append(Layer(before: wrapped.before, after: wrapped.after, isString: wrapped.isString))
    }

    /// The document in the same envelopes.
    func wrap(_ document: [UInt8]) -> [UInt8] {
        layers.reversed().reduce(document) { document, layer in
            var json = layer.before
            json.reserveCapacity(layer.before.count + document.count * 9 / 8 + layer.after.count)
            if layer.isString {
                json.appendJSONString(String(decoding: document, as: UTF8.self))
            } else {
                json += document
            }
            return json + layer.after
        }
    }

    /// A document that another one holds.
    struct Wrapped {
        /// The member that holds it, for errors.
        let member: String
        let document: [UInt8]
        let before: [UInt8]
        let after: [UInt8]
        let isString: Bool

        /// - Returns: nil unless `root` is an envelope of exactly one document.
        init?(_ root: JSONNode, in place: String) throws(FailureMessageError) {
            guard root.kind == .object else { return nil }
            // SNS to SQS or HTTP without raw delivery.
            if root["Type"]?.isString("Notification") == true, let message = root["Message"] {
                try self.init(message, named: "Message", in: place)
                return
            }
            // A message as the SQS API has it.
            if root["MessageId"] != nil, let body = root["Body"] {
                try self.init(body, named: "Body", in: place)
                return
            }
            // An event of one message, as Lambda delivers it.
            if let record = root["Records"].flatMap(Self.onlyElement),
                let (text, name) = MessageEnvelope.text(of: record)
            {
                try self.init(text, named: "Records[0].\(name)", in: place)
                return
            }
            if let message = root["Messages"].flatMap(Self.onlyElement), let body = message["Body"] {
                try self.init(body, named: "Messages[0].Body", in: place)
                return
            }
            // EventBridge around anything but S3's own events.
            if root["detail-type"] != nil, root["source"]?.isString("aws.s3") != true, let detail = root["detail"],
                detail.kind == .object
            {
                try self.init(detail, named: "detail", in: place)
                return
            }
            return nil
        }

        private init(_ value: JSONNode, named member: String, in place: String) throws(FailureMessageError) {
            switch value.kind {
            case .string:
                guard let text = value.textIfString else {
                    throw FailureMessageError(.wrong(member: member, expected: "text"), in: place)
                }
                document = Array(text.utf8)
                isString = true
            case .object:
                document = Array(value.jsonText)
                isString = false
            default: throw FailureMessageError(.wrong(member: member, expected: "a document"), in: place)
            }
            self.member = member
            let range = value.sourceRange
            before = Array(value.document.bytes[..<range.lowerBound])
            after = Array(value.document.bytes[range.upperBound...])
        }

        private static func onlyElement(_ list: JSONNode) -> JSONNode? {
            var elements = list.elements
            guard let first = elements.next(), elements.isAtEnd else { return nil }
            return first
        }
    }

    /// The text of a record of a queue's or a topic's event.
    private static func text(of record: JSONNode) -> (JSONNode, String)? {
        if record["eventSource"]?.isString("aws:sqs") == true, let body = record["body"] { return (body, "body") }
        if record["EventSource"]?.isString("aws:sns") == true, let message = record["Sns"]?["Message"] {
            return (message, "Sns.Message")
        }
        return nil
    }

    /// The documents of an event or a list of several messages; nil when it is none.
    static func several(_ root: JSONNode, in place: String) throws(FailureMessageError) -> [[UInt8]]? {
        var texts: [(JSONNode, String)] = []
        if let list = root["Messages"], list.kind == .array {
            for message in list.elements {
                guard let body = message["Body"] else {
                    throw FailureMessageError(
                        .wrong(member: "Messages[\(texts.count)]", expected: "a message with a Body"),
                        in: place
                    )
                }
                texts.append((body, "Body"))
            }
        } else if let list = root["Records"], let first = list.elements.first(where: { _ in true }),
            text(of: first) != nil
        {
            for record in list.elements {
                guard let text = text(of: record) else {
                    throw FailureMessageError(
                        .wrong(member: "Records[\(texts.count)]", expected: "a record of a queue or a topic"),
                        in: place
                    )
                }
                texts.append(text)
            }
        } else {
            return nil
        }
        guard !texts.isEmpty else { throw FailureMessageError(.noRecords, in: place) }
        var documents: [[UInt8]] = []
        for (node, member) in texts {
            guard let text = node.textIfString else {
                throw FailureMessageError(.wrong(member: member, expected: "a string"), in: place)
            }
            documents.append(Array(text.utf8))
        }
        return documents
    }
}
