// What the caller sent about itself: the client context of a mobile or other SDK, and the Cognito identity.

internal import JSONScanning

/// The client context of an invocation.
public struct ClientContext: Sendable, Hashable {
    /// The JSON as it was sent.
    public let json: String
    init(header json: String) throws(InvocationHeaderError) { self.json = json }
}

/// The Amazon Cognito identity of an invocation.
public struct CognitoIdentity: Sendable, Hashable {
    public let identityID: String
    init(header json: String) throws(InvocationHeaderError) { self.identityID = json }
}
