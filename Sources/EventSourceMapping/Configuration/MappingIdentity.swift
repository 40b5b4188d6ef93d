// The names of a mapping and its function in the messages that it sends.

/// Names that appear in destination messages.
///
/// ```swift
/// let mapping = EventSourceMappingConfiguration(onFailureDestination: "arn:aws:sqs:us-east-1:123456789012:failed")
/// let alias = "arn:aws:lambda:us-east-1:123456789012:function:order-projector:live"
/// let identity = MappingIdentity(of: mapping, functionARN: alias, executedVersion: "42")
/// let simulation = try MappingSimulation(mapping, identity: identity)
/// ```
public struct MappingIdentity: Hashable, Sendable {
    /// The function's ARN, with the version or alias that the mapping names.
    public var functionARN: String
    /// The version that ran: a number, or `$LATEST`.
    public var executedVersion: String
    /// The mapping's identifier; nil for a generated one.
    public var mappingUUID: String?

    /// - Parameters:
    ///   - mapping: the mapping's settings.
    ///   - functionARN: nil for one made of the mapping's function name, in the stream's region and account.
    ///   - executedVersion: the version that runs; nil for the mapping's qualifier, or `$LATEST`.
    ///   - mappingUUID: the mapping's identifier; nil for a generated one.
    public init(
        of mapping: EventSourceMappingConfiguration,
        functionARN: String? = nil,
        executedVersion: String? = nil,
        mappingUUID: String? = nil
    ) {
        let stream = mapping.eventSourceARN.split(separator: ":", omittingEmptySubsequences: false)
        let isStream = stream.count >= 6 && stream[0] == "arn"
        let partition = isStream ? stream[1] : "aws"
        let region = isStream ? stream[3] : "us-east-1"
        let account = isStream ? stream[4] : "123456789012"
        let name = mapping.functionName
        self.functionARN =
            functionARN
            ?? (name.hasPrefix("arn:") ? name : "arn:\(partition):lambda:\(region):\(account):function:\(name)")
        let parts = self.functionARN.split(separator: ":", omittingEmptySubsequences: false)
        let qualifier = parts.count == 8 ? String(parts[7]) : nil
        // A qualifier of digits is the version; what an alias stands for is not known here.
        self.executedVersion = executedVersion ?? qualifier.flatMap { Int($0) }.map(String.init) ?? "$LATEST"
        self.mappingUUID = mappingUUID
    }
}
