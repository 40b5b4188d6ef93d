// Records, messages and wrappings that the tests share.

import AWSServices
import DynamoDBStreamEvents
import EventSourceMapping
import Foundation
import JSONScanning

@testable import RecordReplay

let streamARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"

/// A record as the Streams API has it, or as Lambda delivers it.
func recordJSON(_ number: String, key: String? = nil, arn: String? = streamARN, extra: String = "") -> String {
    let source = arn.map { #","eventSourceARN":"\#($0)""# } ?? ""
    return """
        {"eventID":"\(String(repeating: "0", count: 8))\(number)","eventName":"MODIFY","eventVersion":"1.1",\
        "eventSource":"aws:dynamodb","awsRegion":"eu-central-1","dynamodb":{"ApproximateCreationDateTime":1767225600,\
        "Keys":{"id":{"S":"\(key ?? number)"}},"NewImage":{"id":{"S":"\(key ?? number)"},"n":{"N":"1"}},\
        "SequenceNumber":"\(number)","SizeBytes":20,"StreamViewType":"NEW_AND_OLD_IMAGES"}\(source)\(extra)}
        """
}

func eventJSON(_ numbers: [String]) -> String {
    #"{"Records":[\#(numbers.map { recordJSON($0) }.joined(separator: ","))]}"#
}

/// A message to an on-failure destination, members in AWS's order.
func failureJSON(
    start: String? = "100",
    end: String? = "300",
    batchSize: String? = "3",
    payload: String? = nil,
    window: String? = nil,
    response: String? = #"{"statusCode":200,"executedVersion":"1","functionError":"Unhandled"}"#,
    functionARN: String = "arn:aws:lambda:eu-central-1:123456789012:function:OrderProjector",
    shardID: String = "shardId-1",
    arrival: String = "2026-01-01T00:00:00Z",
    stream: String = streamARN
) -> String {
    var info = #""shardId":"\#(shardID)""#
    if let start { info += #","startSequenceNumber":"\#(start)""# }
    if let end { info += #","endSequenceNumber":"\#(end)""# }
    if start != nil {
        info += #","approximateArrivalOfFirstRecord":"\#(arrival)","approximateArrivalOfLastRecord":"\#(arrival)""#
    }
    if let batchSize { info += #","batchSize":\#(batchSize)"# }
    info += #","streamArn":"\#(stream)""#
    let responseText = response.map { #","responseContext":\#($0)"# } ?? ""
    let payloadText = payload.map { #","payload":\#($0)"# } ?? ""
    let windowText = window.map { #","timeWindowInfo":\#($0)"# } ?? ""
    return """
        {"requestContext":{"requestId":"bd6b194f-5e3b-4494-8c8d-555927d2f3f5","functionArn":"\(functionARN)",\
        "condition":"RetryAttemptsExhausted","approximateInvokeCount":3}\(responseText),"version":"1.0"\(payloadText),\
        "timestamp":"2026-01-01T00:10:00.767Z","DDBStreamBatchInfo":{\(info)}\(windowText)}
        """
}

func deadLetterJSON(_ number: String, key: String? = nil) -> String {
    """
    {"version":"1.0","deadLetteredAt":"2026-01-01T00:00:00.123Z","reason":"Permanent","deliveries":1,\
    "error":{"errorType":"Function.OrderRejected","errorMessage":"no"},"invocation":{"requestId":"1"},\
    "record":\(recordJSON(number, key: key))}
    """
}

let windowJSON =
    #"{"window":{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:05:00Z"},"isFinalInvokeForWindow":false,"isWindowTerminatedEarly":false}"#
let finalWindowJSON = windowJSON.replacingOccurrences(of: "Window\":false,\"isW", with: "Window\":true,\"isW")

/// `text` as a JSON string.
func quoted(_ text: String) -> String {
    var json: [UInt8] = []
    json.appendJSONString(text)
    return String(decoding: json, as: UTF8.self)
}

func snsJSON(_ message: String) -> String {
    #"{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-central-1:123456789012:t","Message":\#(quoted(message)),"Timestamp":"2026-01-01T00:00:00.000Z"}"#
}

func notificationJSON(bucket: String = "failed", key: String) -> String {
    """
    {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-central-1","eventName":"ObjectCreated:Put",\
    "s3":{"s3SchemaVersion":"1.0","bucket":{"name":"\(bucket)","arn":"arn:aws:s3:::\(bucket)"},"object":{"key":"\(key)","size":1}}}]}
    """
}

extension FailureDocument {
    init(_ json: String) throws(FailureMessageError) { try self.init(Array(json.utf8)) }

    var batch: FailureMessage? { if case .batch(let message) = content { message } else { nil } }
    var records: [ReplayRecord]? {
        switch content {
        case .records(let records): records
        case .deadLetter(let record): [record]
        case .batch(let message): message.payload?.records
        default: nil
        }
    }
    var objects: [ObjectPlace]? { if case .objects(let objects) = content { objects } else { nil } }
}

extension Sequence<ReplayRecord> {
    var numbers: [String] { map { $0.sequenceNumber.description } }
}

/// Goes through a source, a parcel after the other, and settles each at once.
///
/// - Parameter isDone: whether a record of that number is handled.
/// - Returns: the records that were handled, and all losses.
@discardableResult
func drain(
    _ source: some ReplaySource,
    limit: Int = 100,
    isDryRun: Bool = false,
    isDone: (String) -> Bool = { _ in true }
) async throws -> (done: [String], losses: [ReplayLoss]) {
    var done: [String] = []
    var losses: [ReplayLoss] = []
    var count = 0
    while count < limit, let parcel = try await source.next() {
        count += 1
        losses += parcel.losses
        let remaining = parcel.records.indices.filter { isDryRun || !isDone("\(parcel.records[$0].sequenceNumber)") }
        done += parcel.records.indices.filter { !remaining.contains($0) }.map { parcel.records[$0] }.numbers
        try await source.settle(parcel, ParcelOutcome(remaining: remaining, isDryRun: isDryRun))
    }
    await source.close()
    return (done, losses)
}
