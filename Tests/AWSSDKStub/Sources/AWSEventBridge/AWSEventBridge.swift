// As much of the SDK's AWSEventBridge as Examples/WithAWSSDK names, with the SDK's own signatures.

public final class EventBridgeClient: Sendable {
    public init() async throws {}

    public func putEvents(input: PutEventsInput) async throws -> PutEventsOutput { PutEventsOutput() }
}

public struct PutEventsInput: Sendable {
    public var endpointId: String?
    public var entries: [EventBridgeClientTypes.PutEventsRequestEntry]?

    public init(endpointId: String? = nil, entries: [EventBridgeClientTypes.PutEventsRequestEntry]? = nil) {
        self.endpointId = endpointId
        self.entries = entries
    }
}

public struct PutEventsOutput: Sendable {
    public var entries: [EventBridgeClientTypes.PutEventsResultEntry]?
    public var failedEntryCount: Int = 0

    public init(entries: [EventBridgeClientTypes.PutEventsResultEntry]? = nil, failedEntryCount: Int = 0) {
        self.entries = entries
        self.failedEntryCount = failedEntryCount
    }
}

public enum EventBridgeClientTypes {
    public struct PutEventsRequestEntry: Sendable {
        public var detail: String?
        public var detailType: String?
        public var eventBusName: String?
        public var resources: [String]?
        public var source: String?

        public init(
            detail: String? = nil,
            detailType: String? = nil,
            eventBusName: String? = nil,
            resources: [String]? = nil,
            source: String? = nil
        ) {
            self.detail = detail
            self.detailType = detailType
            self.eventBusName = eventBusName
            self.resources = resources
            self.source = source
        }
    }

    public struct PutEventsResultEntry: Sendable {
        public var errorCode: String?
        public var errorMessage: String?
        public var eventId: String?

        public init(errorCode: String? = nil, errorMessage: String? = nil, eventId: String? = nil) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.eventId = eventId
        }
    }
}
