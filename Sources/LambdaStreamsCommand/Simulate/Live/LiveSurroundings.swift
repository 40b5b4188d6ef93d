// The work of a live run besides the mapping: storing positions, sending messages, limiting the reading.

import AWSServices
import EventSourceMapping

struct LiveSurroundings: Sendable {
    let places: LivePlaces
    let reading: ReadingState
    let closesWindows: Bool
    private let client: AWSClient
    private let sends: Bool
    private let endpoint: String?

    init(_ client: AWSClient, _ options: LiveOptions, _ places: LivePlaces, _ reading: ReadingState) {
        self.client = client
        self.places = places
        self.reading = reading
        sends = options.send
        closesWindows = options.closeWindows
        endpoint = options.endpointUrl
    }

    /// Sends a message to the on-failure destination, if `--send` is set.
    ///
    /// - Returns: why it was not sent.
    func send(_ delivery: DestinationDelivery, event: [UInt8]?, mappingUUID: String) async -> String? {
        guard sends else { return nil }
        let parts = delivery.destination.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 5 else { return "\(delivery.destination) is not an ARN" }
        let message = String(decoding: delivery.queueMessage, as: UTF8.self)
        do throws(AWSError) {
            switch parts[2] {
            case "sqs":
                let host = endpoint ?? "https://sqs.\(parts[3]).amazonaws.com\(parts[1] == "aws-cn" ? ".cn" : "")"
                try await SQSClient(client).sendMessage(message, to: "\(host)/\(parts[4])/\(parts[5])")
            case "sns": _ = try await SNSClient(client).publish(message, to: delivery.destination)
            case "s3":
                let key = delivery.objectKey(mappingUUID: mappingUUID, objectUUID: delivery.message.requestID)
                try await S3Client(client).putObject(delivery.object(event: event ?? []), key: key, in: parts[5])
            default: return "\(delivery.destination) is neither a queue nor a topic nor a bucket"
            }
            return nil
        } catch {
            return "\(error)"
        }
    }
}
