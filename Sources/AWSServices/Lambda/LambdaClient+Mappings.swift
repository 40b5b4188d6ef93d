// The calls to Lambda that read event source mappings.

public import DynamoDBStreamEvents
internal import HTTPTransfers
internal import JSONScanning

extension LambdaClient {
    /// Lists the event source mappings of a function, of a stream, or between both.
    ///
    /// - Parameters:
    ///   - function: its name or ARN, with a version or an alias for the mappings of that one.
    ///   - eventSource: the ARN of a stream or a queue.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    public func eventSourceMappings(
        function: String? = nil,
        eventSource: String? = nil,
        timeout: Duration? = nil
    ) async throws(AWSError) -> [FunctionMapping] {
        var mappings: [FunctionMapping] = []
        var marker: String?
        // A function has at most some hundreds of mappings, and a page up to a hundred.
        for _ in 0..<100 {
            let page = try await page(function: function, eventSource: eventSource, marker: marker, timeout: timeout)
            mappings += page.mappings
            guard let next = page.next, next != marker else { return mappings }
            marker = next
        }
        return mappings
    }

    /// Reads an event source mapping. Filters that a customer managed key encrypts are among its patterns if the caller
    /// has `kms:Decrypt` for the key; ``FunctionMapping/filterProblem`` says when it does not.
    ///
    /// - Parameters:
    ///   - uuid: the mapping's identifier.
    ///   - function: the function's ARN, in whose region the mapping is; nil for the client's region.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    public func eventSourceMapping(
        _ uuid: String,
        ofFunction function: String? = nil,
        timeout: Duration? = nil
    ) async throws(AWSError) -> FunctionMapping {
        let path = "\(Self.mappingsPath)/\(uuid.percentEncoded())"
        var call = AWSCall(service: .lambda, operation: "GetEventSourceMapping", method: .get, path: path)
        call.resource = function ?? ""
        return try await aws.send(call, timeout: timeout) { response throws(MalformedReply) in
            guard let mapping = FunctionMapping(try response.jsonObject()) else {
                throw MalformedReply("there is no event source mapping in it")
            }
            return mapping
        }
    }

    private static let mappingsPath = "/2015-03-31/event-source-mappings"

    private func page(
        function: String?,
        eventSource: String?,
        marker: String?,
        timeout: Duration?
    ) async throws(AWSError) -> (mappings: [FunctionMapping], next: String?) {
        let query = [("EventSourceArn", eventSource), ("FunctionName", function), ("Marker", marker)]
            .compactMap { name, value in value.map { "\(name)=\($0.percentEncoded())" } }
        let path = Self.mappingsPath + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        var call = AWSCall(service: .lambda, operation: "ListEventSourceMappings", method: .get, path: path)
        call.resource = function ?? eventSource ?? ""
        return try await aws.send(call, timeout: timeout) { response throws(MalformedReply) in
            let reply = try response.jsonObject()
            guard reply["EventSourceMappings"]?.kind == .array else {
                throw MalformedReply("there are no EventSourceMappings in it")
            }
            let next = reply.text("NextMarker").flatMap { $0.isEmpty ? nil : $0 }
            return (try reply.all("EventSourceMappings", FunctionMapping.init), next)
        }
    }
}

/// An event source mapping as Lambda lists or reads it.
///
/// ```swift
/// for mapping in try await LambdaClient().eventSourceMappings(function: "order-projector") {
///     print(mapping.uuid, mapping.state, mapping.reportsBatchItemFailures)
/// }
/// ```
public struct FunctionMapping: Sendable, Hashable {
    /// The mapping's identifier, for `update-event-source-mapping` and its like.
    public let uuid: String
    /// `Creating`, `Enabling`, `Enabled`, `Disabling`, `Disabled`, `Updating` or `Deleting`.
    public let state: String
    /// The function's ARN, with a version or an alias if the mapping names one.
    public let functionARN: String?
    /// The ARN of the stream or queue that the mapping reads.
    public let eventSourceARN: String?
    /// `TRIM_HORIZON`, `LATEST` or `AT_TIMESTAMP`.
    public let startingPosition: String?
    /// When the mapping or its state last changed.
    public let lastModified: EpochTime?
    /// 0 without tumbling windows.
    public let tumblingWindowInSeconds: Int
    /// Whether the function's response says which records failed.
    public let reportsBatchItemFailures: Bool
    /// The patterns of its filters; none when every record is delivered. Encrypted ones are among them only where they
    /// could be decrypted.
    public let filterPatterns: [String]
    /// The ARN of the customer managed key that encrypts the filters, if one does.
    public let kmsKeyARN: String?
    /// Why Lambda could not decrypt the filters: the error of KMS, and its message.
    public let filterProblem: String?
    /// Whether a listed mapping may have filters that are not listed, because a customer managed key encrypts them:
    /// ``LambdaClient/eventSourceMapping(_:ofFunction:timeout:)`` decrypts those.
    public var mayHideFilters: Bool { filterPatterns.isEmpty && kmsKeyARN != nil || filterProblem != nil }

    init?(_ node: JSONNode) {
        guard node.kind == .object, let uuid = node.text("UUID") else { return nil }
        self.uuid = uuid
        state = node.text("State") ?? ""
        functionARN = node.text("FunctionArn")
        eventSourceARN = node.text("EventSourceArn")
        startingPosition = node.text("StartingPosition")
        lastModified = node["LastModified"]?.double.flatMap { seconds in
            // Whole seconds, within the supported years.
            (0..<253_402_300_800).contains(seconds) ? EpochTime(seconds: Int64(seconds)) : nil
        }
        tumblingWindowInSeconds = node.count("TumblingWindowInSeconds") ?? 0
        reportsBatchItemFailures =
            node["FunctionResponseTypes"]?.elements.contains { $0.isString("ReportBatchItemFailures") } ?? false
        // A filter left out would let records through that the mapping does not deliver.
        let patterns = try? node["FilterCriteria"]?.all("Filters") { $0.text("Pattern") } ?? []
        guard let patterns else { return nil }
        filterPatterns = patterns
        kmsKeyARN = node.text("KMSKeyArn").flatMap { $0.isEmpty ? nil : $0 }
        filterProblem = node["FilterCriteriaError"].flatMap { problem in
            let said = [problem.text("ErrorCode"), problem.text("Message")].compactMap(\.self)
            guard problem.kind != .null else { return nil }
            return said.isEmpty ? "no reason was given" : said.joined(separator: ": ")
        }
    }
}
