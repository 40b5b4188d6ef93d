// Events of the real shape, made in code, and the context of these tests' handlers.

import DynamoDBStreamEvents
import LambdaFunctions
import Logging
import StreamProcessing

/// An order as the tests' table holds it.
struct Order: Codable, Sendable, Equatable {
    let id: String
    let total: Int
}

/// The sequence number of the record at `index`: 24 digits, as a real stream has them.
func sequenceNumber(_ index: Int) -> String { "5190000437174377917\(10000 + index)" }

/// One INSERT record as JSON. `image` replaces the new image, `sequence` the sequence number.
func record(_ index: Int, image: String? = nil, sequence: String? = nil) -> String {
    let image = image ?? #"{"id":{"S":"order-\#(index)"},"total":{"N":"\#(index)"}}"#
    let sequence = sequence ?? #""SequenceNumber":"\#(sequenceNumber(index))","#
    return """
        {"eventID":"c4ca4238a0b923820dcc509a6f75\(1000 + index)","eventName":"INSERT","eventVersion":"1.1",\
        "eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1.789651658E9,\
        "Keys":{"id":{"S":"order-\(index)"}},"NewImage":\(image),\(sequence)"SizeBytes":59,\
        "StreamViewType":"NEW_AND_OLD_IMAGES"},\
        "eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-09-17T12:49:54.528"}
        """
}

func event(_ records: [String]) -> [UInt8] {
    Array("{\"Records\":[\(records.joined(separator: ","))]}".utf8)
}

func event(count: Int) -> [UInt8] { event((0..<count).map { record($0) }) }

/// A context with this much time left; nil for a platform that set no deadline.
func context(remaining: Duration? = .seconds(30)) -> LambdaContext {
    var logger = Logger(label: "tests")
    logger.logLevel = .critical
    return LambdaContext(
        requestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        deadline: remaining.map { LambdaClock.now.advanced(by: $0) },
        logger: logger
    )
}

/// What a handler handled, in order.
actor Handled {
    private(set) var ids: [String] = []
    func append(_ id: String) { ids.append(id) }
}

struct Refused: Error {}
