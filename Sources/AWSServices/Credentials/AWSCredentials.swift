// The credentials that sign requests, and their sources.

public import DynamoDBStreamEvents

/// An access key. Its description has no secret in it.
///
/// ```swift
/// let credentials = AWSCredentials(accessKeyID: "local", secretAccessKey: "local")
/// let client = AWSClient(region: "us-east-1", endpoint: "http://localhost:8000", credentials: credentials)
/// ```
public struct AWSCredentials: Sendable, Hashable {
    /// The identifier of the key. It is not a secret.
    public let accessKeyID: String
    let secretAccessKey: String
    let sessionToken: String?
    /// When the credentials expire; nil for those that do not.
    public let expiration: EpochTime?

    /// Creates credentials. Temporary ones have a session token.
    public init(
        accessKeyID: String,
        secretAccessKey: String,
        sessionToken: String? = nil,
        expiration: EpochTime? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "AWSCredentials(\(accessKeyID))" }
    public var debugDescription: String { description }
    /// Shows the key's identifier alone, so that `dump` prints no secret.
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}

/// A source of credentials.
///
/// ```swift
/// struct Vault: AWSCredentialSource {
///     func credentials() async throws(AWSCredentialsError) -> AWSCredentials {
///         throw AWSCredentialsError("the vault is sealed; unseal it")
///     }
/// }
///
/// let client = AWSClient(credentials: Vault())
/// ```
public protocol AWSCredentialSource: Sendable {
    /// Fetches credentials. They are kept until shortly before they expire; then this is called again.
    func credentials() async throws(AWSCredentialsError) -> AWSCredentials
}

extension AWSCredentials: AWSCredentialSource {
    public func credentials() async throws(AWSCredentialsError) -> AWSCredentials { self }
}

/// Why there are no credentials, and what to do about it.
public struct AWSCredentialsError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// Creates an error with the sentence that it is described by.
    public init(_ description: String) { self.description = description }
}
