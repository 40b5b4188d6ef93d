// One call to AWS as a value, before it is signed and sent.

internal import HTTPTransfers

/// A call: what to send where, and whether it may be sent twice.
struct AWSCall: Sendable {
    let service: AWSService
    /// `PutItem`
    let operation: String
    var method = HTTPRequest.Method.post
    /// The name of what the call is about, which may have a region in it: an ARN, a queue's URL.
    var resource = ""
    /// What precedes the host, with its dot: a bucket's name.
    var hostPrefix = ""
    /// Percent-encoded, with the query.
    var path = "/"
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// How long one attempt may take, so that a dead connection does not use up the time of the call.
    var attemptTimeout = Duration.seconds(10)
    var maximumReplySize = 32 * 1024 * 1024
    /// Whether the call may be carried out twice without harm. If not, a call that may have taken effect is not sent
    /// again. Each client decides this for each of its calls and says why.
    var mayBeRepeated = true

    /// A call in the JSON protocol 1.0: `X-Amz-Target: DynamoDB_20120810.PutItem`.
    static func json(_ service: AWSService, _ operation: String, targetPrefix: String, body: RequestJSON) -> AWSCall {
        AWSCall(
            service: service,
            operation: operation,
            resource: body.resource,
            headers: [
                ("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "\(targetPrefix).\(operation)"),
            ],
            body: body.bytes
        )
    }

    /// The region in the name of the resource: nobody else has it, and another region says that it does not exist.
    var regionOfResource: String? {
        if let host = resource.behind("https://sqs.") {
            let region = host.prefix { $0 != "." && $0 != "/" }
            return region == "amazonaws" || region.isEmpty ? nil : String(region)
        }
        // An iterator of a stream begins with the stream's ARN.
        return resource.partsOfARN.flatMap { $0[3].isEmpty ? nil : String($0[3]) }
    }

    /// As error texts say it: `DynamoDB.PutItem`.
    var name: String { "\(service.name).\(operation)" }
}

extension String {
    /// `arn`, the partition, the service, the region, the account and the rest; nil for what is not an ARN.
    var partsOfARN: [Substring]? {
        guard hasPrefix("arn:") else { return nil }
        let parts = split(separator: ":" as Character, maxSplits: 5, omittingEmptySubsequences: false)
        return parts.count == 6 ? parts : nil
    }

    fileprivate func behind(_ prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}

/// Why a reply of success could not be read.
struct MalformedReply: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
