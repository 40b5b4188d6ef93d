// The request for one invocation.

/// An event and its context.
///
/// ```swift
/// var request = InvocationRequest(event.bytes)
/// request.timeout = .seconds(3)
/// request.clientContext = #"{"custom":{"locale":"de"}}"#
/// let outcome = try await server.invoke(request)
/// ```
public struct InvocationRequest: Sendable {
    /// At most 6,291,556 bytes, the platform's limit in both directions.
    public var payload: [UInt8]
    /// The content type of the event.
    public var contentType = "application/json"
    /// The request id; a random UUID by default. Retries of an event have the same id.
    public var requestID: String?
    /// JSON, as the function sees it: `{"client":{…},"custom":{…},"env":{…}}`.
    public var clientContext: String?
    public var identity: CognitoIdentity?
    /// The tenant of a function with tenant isolation.
    public var tenantID: String?
    /// `Root=…;Parent=…;Sampled=…`; the platform makes one when nil.
    public var traceID: String?
    /// The function version, instead of the configuration's; acts as a qualifier.
    public var functionARN: String?
    /// Replaces the configuration's.
    public var timeout: Duration?
    /// When the outcome is returned.
    public var completion: Completion = .response
    /// Takes a streamed response piece by piece, in order, from one of the server's threads. The next piece is read
    /// when it returns, so it may slow the function down. The outcome's payload is then empty.
    public var onChunk: (@Sendable ([UInt8]) -> Void)?

    /// Creates a request for an invocation with this event.
    public init(_ payload: [UInt8]) {
        self.payload = payload
    }

    /// When an invocation counts as complete to its caller.
    public enum Completion: Sendable, Hashable {
        /// With the response, as on Lambda. Work after the response continues.
        case response
        /// When the function is ready for the next event or has ended. The report and the log are then complete.
        case release
    }

    /// The Amazon Cognito identity of the caller.
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

/// Why an event was not delivered to the function, or its outcome is not known.
public enum InvocationFailure: Error, Hashable, Sendable {
    /// The event exceeds 6,291,556 bytes.
    case payloadTooLarge(byteCount: Int, limit: Int)
    /// The queue is full (`maximumQueueLength`).
    case throttled(queueLength: Int)
    /// The calling task was canceled. An event that was delivered continues.
    case cancelled
    /// An invocation with this id is already running.
    case duplicateRequestID
    /// The server was stopped.
    case serverStopped
}

/// The platform's limit for events and buffered responses: 6 MiB and 100 bytes.
let maximumPayloadSize = 6 * 1024 * 1024 + 100
