// The request for one invocation.

/// An event, and what comes with it.
public struct InvocationRequest: Sendable {
    /// At most 6,291,556 bytes, the platform's ceiling in both directions.
    public var payload: [UInt8]
    /// The content type of the event.
    public var contentType = "application/json"
    /// The platform's own unless given: a random UUID. Retries of an event carry the same.
    public var requestID: String?
    /// JSON, as the function sees it: `{"client":{…},"custom":{…},"env":{…}}`.
    public var clientContext: String?
    public var identity: CognitoIdentity?
    /// The tenant of a function with tenant isolation.
    public var tenantID: String?
    /// `Root=…;Parent=…;Sampled=…`; the platform makes one when nil.
    public var traceID: String?
    /// Replaces the configuration's, to act as a qualifier.
    public var functionARN: String?
    /// Replaces the configuration's.
    public var timeout: Duration?
    /// When the outcome is handed over.
    public var completion: Completion = .response
    /// Takes a streamed response piece by piece, in order, from one of the server's threads. The next piece is read when
    /// it returns, so it may slow the function down. The outcome's payload is then empty.
    public var onChunk: (@Sendable ([UInt8]) -> Void)?

    /// Creates a request for an invocation with this event.
    public init(_ payload: [UInt8]) {
        self.payload = payload
    }

    /// When an invocation counts as complete to its caller.
    public enum Completion: Sendable, Hashable {
        /// With the response, as on Lambda: work after the response goes on behind it.
        case response
        /// When the function is ready for the next event, or has ended: the report and the log are whole then.
        case release
    }

    /// Who called, of a mobile application.
    public struct CognitoIdentity: Sendable, Hashable {
        /// The identity's identifier.
        public var identityID: String
        /// The identifier of the pool that authenticated the identity.
        public var identityPoolID: String

        /// Creates an identity.
        public init(identityID: String, identityPoolID: String) {
            self.identityID = identityID
            self.identityPoolID = identityPoolID
        }
    }
}

/// Why an event was not handed to the function, or its outcome is not known.
public enum InvocationFailure: Error, Hashable, Sendable {
    /// The event exceeds 6,291,556 bytes.
    case payloadTooLarge(byteCount: Int, limit: Int)
    /// As many invocations wait already as may (`maximumQueueLength`).
    case throttled(queueLength: Int)
    /// The task that asked was canceled. An event that was delivered already continues.
    case cancelled
    /// An invocation of this id runs already.
    case duplicateRequestID
    /// `stop()` came first.
    case serverStopped
}

/// The platform's ceiling of events and buffered responses: 6 MiB and 100 bytes.
let maximumPayloadSize = 6 * 1024 * 1024 + 100
