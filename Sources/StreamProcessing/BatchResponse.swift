// The partial batch response: which records the event source mapping must deliver again.

internal import JSONScanning

/// The response of a function whose mapping has `ReportBatchItemFailures`.
///
/// ```swift
/// let response = try await processor.process(event, context: context)
/// for failure in response.batchItemFailures { print("\(failure.itemIdentifier) is delivered again") }
/// ```
///
/// For a stream the mapping moves its checkpoint to the lowest sequence number named here and delivers everything
/// from that record on again; an empty list means the whole batch is done
/// (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html).
public struct BatchResponse: Sendable, Hashable {
    /// The records that were not done.
    public var batchItemFailures: [BatchItemFailure]

    /// Creates a response. Without failures, Lambda considers the whole batch done.
    public init(batchItemFailures: [BatchItemFailure] = []) {
        self.batchItemFailures = batchItemFailures
    }

    /// The response as the mapping reads it.
    public var json: [UInt8] {
        var json: [UInt8] = []
        json.appendJSON(#"{"batchItemFailures":["#)
        for (index, failure) in batchItemFailures.enumerated() {
            if index > 0 { json.appendJSON(",") }
            json.appendJSON(#"{"itemIdentifier":"#)
            json.appendJSONString(failure.itemIdentifier)
            json.appendJSON("}")
        }
        json.appendJSON("]}")
        return json
    }
}

/// One record that was not done.
///
/// ```swift
/// let response = BatchResponse(batchItemFailures: [BatchItemFailure(itemIdentifier: "message-2")])
/// ```
public struct BatchItemFailure: Sendable, Hashable {
    /// The record's sequence number or message id, never empty and always one of the batch: the mapping takes anything
    /// else as a failure of the whole batch.
    public let itemIdentifier: String

    /// Creates a failure: a stream record's sequence number, or a queue message's id.
    public init(itemIdentifier: String) {
        self.itemIdentifier = itemIdentifier
    }
}
