// Region, credentials, endpoints, retries and connections, shared by the clients of all services.

@_exported public import HTTPTransfers
internal import SharedState

/// Sends the requests of the clients of all services.
///
/// Share one: its connections, its credentials and its retry quota serve every service. Nothing is read, resolved or
/// connected before the first call.
///
/// ```swift
/// let dynamoDB = DynamoDBClient()                                         // everything from the environment
/// let local = DynamoDBClient(AWSClient(endpoint: "http://127.0.0.1:8000"))
/// ```
public final class AWSClient: Sendable {
    /// How long a call may take if it does not say so itself, retries included.
    public let timeout: Duration
    let retryPolicy: AWSRetryPolicy
    let quota = RetryQuota()
    let http: HTTPClient
    private let region: String?
    private let endpoint: String?
    private let source: (any AWSCredentialSource)?
    private let environment: AWSEnvironment
    private let resolved = Guarded<Resolved?>(nil)

    /// The client that reads everything from the process's environment. All callers share it.
    public static let shared = AWSClient()

    /// - Parameters:
    ///   - region: `eu-central-1`; nil for `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile's.
    ///   - endpoint: the base URL of every service; nil for `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the
    ///     profile's `endpoint_url`, or AWS's own.
    ///   - credentials: nil for the chain: environment variables, the profile's files, the container's endpoint.
    ///   - retryPolicy: nil for the standard one with `AWS_MAX_ATTEMPTS` attempts.
    ///   - timeout: see ``timeout``.
    ///   - http: sends the requests.
    ///   - environment: the environment variables.
    public init(
        region: String? = nil,
        endpoint: String? = nil,
        credentials: (any AWSCredentialSource)? = nil,
        retryPolicy: AWSRetryPolicy? = nil,
        timeout: Duration = .seconds(30),
        http: HTTPClient = HTTPClient(),
        environment: AWSEnvironment = .process
    ) {
        self.region = region
        self.endpoint = endpoint
        source = credentials
        self.retryPolicy = retryPolicy ?? AWSRetryPolicy(environment)
        self.timeout = timeout
        self.http = http
        self.environment = environment
    }

    /// What is found out at the first call.
    struct Resolved: Sendable {
        let region: String?
        let endpoints: Endpoints
        let credentials: CredentialCache
    }

    func resolve() -> Resolved {
        resolved.withLock { resolved in
            if let resolved { return resolved }
            let profile = SharedProfile(environment)
            let new = Resolved(
                region: region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? profile["region"],
                endpoints: Endpoints(endpoint: endpoint, environment: environment, profile: profile),
                credentials: CredentialCache(
                    source ?? CredentialChain(environment: environment, profile: profile, http: http)
                )
            )
            resolved = new
            return new
        }
    }
}
