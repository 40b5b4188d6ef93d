// The sources of credentials, in the order in which they are tried.

internal import HTTPTransfers

/// Environment variables, the profile's files, then the container's endpoint ("Standardized credential providers"
/// in the AWS SDKs and Tools Reference). The first one that is configured is used, even if it fails.
struct CredentialChain: AWSCredentialSource {
    let environment: AWSEnvironment
    let profile: SharedProfile
    let http: HTTPClient

    func credentials() async throws(AWSCredentialsError) -> AWSCredentials {
        if let found = try fromVariables() { return found }
        if let found = try profile.credentials() { return found }
        if let endpoint = try ContainerCredentials(environment, http: http) { return try await endpoint.credentials() }
        throw AWSCredentialsError(
            """
            no AWS credentials: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, nor has \
            \(profile.place) any, nor is AWS_CONTAINER_CREDENTIALS_FULL_URI set. A function gets them from Lambda; \
            elsewhere `aws configure` writes them, or `eval "$(aws configure export-credentials --format env)"` sets them
            """
        )
    }

    private func fromVariables() throws(AWSCredentialsError) -> AWSCredentials? {
        guard let id = environment["AWS_ACCESS_KEY_ID"] else { return nil }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw AWSCredentialsError("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not: set both or neither")
        }
        return AWSCredentials(
            accessKeyID: id,
            secretAccessKey: secret,
            sessionToken: environment["AWS_SESSION_TOKEN"]
        )
    }
}
