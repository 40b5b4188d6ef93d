// Credentials from the endpoint that the container, or a function with SnapStart, has beside it.

internal import DynamoDBStreamEvents
internal import HTTPTransfers
internal import JSONScanning

/// The endpoint of "Container credential provider" in the AWS SDKs and Tools Reference.
struct ContainerCredentials: AWSCredentialSource {
    private let url: String
    private let environment: AWSEnvironment
    private let http: HTTPClient

    /// - Returns: nil when no endpoint is set.
    /// - Throws: for an endpoint that is not safe to ask for credentials.
    init?(_ environment: AWSEnvironment, http: HTTPClient) throws(AWSCredentialsError) {
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            // Neither here nor below is the path in the error: whoever knows it can fetch the credentials.
            guard path.hasPrefix("/") else {
                throw AWSCredentialsError("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with /, and does not")
            }
            url = "http://169.254.170.2" + path
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            guard Self.isAllowed(full) else {
                throw AWSCredentialsError(
                    """
                    AWS_CONTAINER_CREDENTIALS_FULL_URI names \(full.urlOrigin); it must be https, or http to this machine \
                    or to the address of Amazon ECS or EKS
                    """
                )
            }
            url = full
        } else {
            return nil
        }
        self.environment = environment
        self.http = http
    }

    /// Whether the token may be sent to the URL: over TLS, or to an address on this machine.
    static func isAllowed(_ url: String) -> Bool {
        guard let scheme = url.schemeOfURL else { return false }
        let authority = url.dropFirst(scheme.count + 3).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // No `user@`, no backslash, nothing else that two parsers might read in two ways.
        guard !authority.isEmpty,
            authority.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"),
                    UInt8(ascii: "["), UInt8(ascii: "]"):
                    true
                default: false
                }
            })
        else { return false }
        switch scheme.lowercased() {
        case "https": return true
        case "http": return isLocal(host: authority)
        default: return false
        }
    }

    private static func isLocal(host authority: Substring) -> Bool {
        if authority.hasPrefix("[") {
            let address = authority.dropFirst().prefix { $0 != "]" }
            return ["::1", "fd00:ec2::23"].contains(address.lowercased())
        }
        let host = authority.prefix { $0 != ":" }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        let isLoopback = octets.count == 4 && !octets.contains(nil) && octets[0] == 127
        return isLoopback || ["localhost", "169.254.170.2", "169.254.170.23"].contains(host.lowercased())
    }

    func credentials() async throws(AWSCredentialsError) -> AWSCredentials {
        var attempt = 1
        while true {
            do throws(AWSCredentialsError) {
                return try await fetch()
            } catch {
                guard attempt < 3, (try? await Task.sleep(for: .milliseconds(100 * attempt))) != nil else {
                    throw error
                }
                attempt += 1
            }
        }
    }

    private func fetch() async throws(AWSCredentialsError) -> AWSCredentials {
        var headers: [(name: String, value: String)] = [("Accept", "application/json")]
        if let token = try authorizationToken() { headers.append(("Authorization", token)) }
        let response: HTTPResponse
        do throws(CurlError) {
            response = try await http.send(
                HTTPRequest(
                    .get,
                    url,
                    headers: headers,
                    timeout: .seconds(2),
                    maximumResponseSize: 64 * 1024,
                    bypassesProxies: true
                )
            )
        } catch {
            throw AWSCredentialsError("the container's credentials could not be fetched: \(error)")
        }
        guard response.status == 200 else {
            throw AWSCredentialsError(
                "the container's credentials endpoint at \(url.urlOrigin) responded with HTTP \(response.status)"
            )
        }
        guard let credentials = Self.read(response.body) else {
            throw AWSCredentialsError(
                "the response of the container's credentials endpoint at \(url.urlOrigin) contains no credentials"
            )
        }
        return credentials
    }

    private static func read(_ body: [UInt8]) -> AWSCredentials? {
        guard let root = (try? JSONDocument(body))?.root, let id = root.text("AccessKeyId"),
            let secret = root.text("SecretAccessKey")
        else { return nil }
        let expiration = root.text("Expiration")
        let moment = expiration.flatMap { EpochTime(iso8601: $0) }
        // Credentials with an expiration that cannot be read would never be renewed.
        guard expiration == nil || moment != nil else { return nil }
        return AWSCredentials(
            accessKeyID: id,
            secretAccessKey: secret,
            sessionToken: root.text("Token"),
            expiration: moment
        )
    }

    /// The token of the file, which is read each time because it is rewritten, or of the variable.
    private func authorizationToken() throws(AWSCredentialsError) -> String? {
        guard let path = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] else {
            return environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        }
        guard var token = SmallFile.text(path) else {
            throw AWSCredentialsError("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names \(path), which cannot be read")
        }
        while token.last?.isNewline == true { token.removeLast() }
        return token
    }
}
