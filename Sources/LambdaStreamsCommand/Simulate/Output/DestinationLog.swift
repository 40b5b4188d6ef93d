// The messages to the on-failure destination alone, one a line, as it would receive them.

import ArgumentParser
import EventSourceMapping
import JSONScanning

enum DestinationFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case sqs, sns, s3

    /// That of the mapping's destination.
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

    init(_ path: String, _ format: DestinationFormat) throws(OutputError) {
        writer = try LineWriter(path)
        self.format = format
    }

    mutating func append(_ delivery: DestinationDelivery, event: [UInt8]?, mappingUUID: String) throws(OutputError) {
        try writer.write(format.message(delivery, event: event))
    }

    mutating func flush() throws(OutputError) { try writer.flush() }

    mutating func close() throws(OutputError) { try writer.close() }
}
