// The messages to the on-failure destination alone, one a line, as it would receive them.

import ArgumentParser
import EventSourceMapping
import JSONScanning

enum DestinationFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case sqs, sns, s3

    /// The format of the mapping's destination.
    init(_ mapping: EventSourceMappingConfiguration) {
        switch mapping.destinationKind {
        case .topic: self = .sns
        case .bucket: self = .s3
        case .queue, nil: self = .sqs
        }
    }

    func message(_ delivery: DestinationDelivery, event: [UInt8]?) -> [UInt8] {
        switch self {
        case .sqs: delivery.queueMessage
        case .sns: delivery.topicNotification(messageID: delivery.message.requestID)
        case .s3: delivery.object(event: event ?? [])
        }
    }
}

struct DestinationLog {
    private var writer: LineWriter
    private let format: DestinationFormat

    init(_ writer: LineWriter, _ format: DestinationFormat) {
        self.writer = writer
        self.format = format
    }

    var failure: OutputError? { writer.failure }

    mutating func append(_ delivery: DestinationDelivery, event: [UInt8]?) {
        writer.write(format.message(delivery, event: event))
    }

    mutating func flush() { writer.flush() }

    mutating func close() { writer.close() }
}
