// Events of this package's own making, shaped as real ones are.

import DynamoDBStreamEvents
import Testing

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func event(_ records: String...) throws -> StreamEvent {
    try StreamEvent(bytes("{\"Records\":[\(records.joined(separator: ","))]}"))
}

/// One record, as Lambda writes it.
func recordJSON(
    _ eventName: String = "INSERT",
    keys: String? = #"{"id":{"S":"o-1"}}"#,
    new: String? = nil,
    old: String? = nil,
    sequenceNumber: String = "\"13021600000000001596893679\"",
    viewType: String = "NEW_AND_OLD_IMAGES",
    extra: String = ""
) -> String {
    var change = ["\"ApproximateCreationDateTime\":1693997155.0"]
    if let keys { change.append("\"Keys\":\(keys)") }
    if let new { change.append("\"NewImage\":\(new)") }
    if let old { change.append("\"OldImage\":\(old)") }
    change.append("\"SequenceNumber\":\(sequenceNumber),\"SizeBytes\":59,\"StreamViewType\":\"\(viewType)\"")
    return """
        {"eventID":"7de3041dd709b024af6f29e4fa13d34c","eventName":"\(eventName)","eventVersion":"1.1",\
        "eventSource":"aws:dynamodb","awsRegion":"eu-west-1",\(extra)"dynamodb":{\(change.joined(separator: ","))},\
        "eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/Orders/stream/2026-11-21T00:00:00.000"}
        """
}

func record(new: String) throws -> StreamRecord { try #require(event(recordJSON(new: new)).records.first) }

/// An item that came with an event.
func item(_ json: String) throws -> Item { try #require(record(new: json).newImage) }

/// The path and the reason of the error that decoding ends with.
func decodingError<Model: Decodable>(
    _ type: Model.Type,
    from json: String,
    using decoder: AttributeValueDecoder = AttributeValueDecoder()
) throws -> String {
    let item = try item(json)
    do {
        Issue.record("decoded into \(try item.decode(type, using: decoder))")
        return ""
    } catch {
        return "\(error)"
    }
}
