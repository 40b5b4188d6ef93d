// The caller's data about itself: the client context of a mobile or other SDK, and the Cognito identity.

internal import JSONScanning

/// The client context of an invocation, as the AWS Mobile SDKs and `aws lambda invoke --client-context` send it.
///
/// ```swift
/// try await LambdaRuntime { (payload: [UInt8], context: LambdaContext) in
///     let locale = context.clientContext?.custom["locale"] ?? "en"
///     context.logger.info("the caller's locale is \(locale)")
///     return payload
/// }.run()
/// ```
public struct ClientContext: Sendable, Hashable {
    /// The application that called.
    public struct Client: Sendable, Hashable {
        /// The identifier of the installation.
        public let installationID: String?
        /// The title of the application.
        public let appTitle: String?
        /// The version that the application's users see.
        public let appVersionName: String?
        /// The version that the application's builds are counted by.
        public let appVersionCode: String?
        /// The name of the application's package.
        public let appPackageName: String?
    }

    /// The context as JSON, decoded from base64 by the platform. It contains what the members below leave out.
    public let json: String
    /// The application; nil if the caller does not describe it.
    public let client: Client?
    /// Custom values of the application. A value that is not a string is its JSON text.
    public let custom: [String: String]
    /// The SDK's description of the device. A value that is not a string is its JSON text.
    public let environment: [String: String]

    init(header json: String) throws(InvocationHeaderError) {
        let root = try JSONNode(objectIn: json, header: "Lambda-Runtime-Client-Context")
        self.json = json
        client = root["client"].map { client in
            Client(
                installationID: client["installation_id"]?.text,
                appTitle: client["app_title"]?.text,
                appVersionName: client["app_version_name"]?.text,
                appVersionCode: client["app_version_code"]?.text,
                appPackageName: client["app_package_name"]?.text
            )
        }
        custom = (root["custom"] ?? root["Custom"])?.texts ?? [:]
        environment = root["env"]?.texts ?? [:]
    }
}

/// The Amazon Cognito identity that authenticated an invocation.
///
/// ```swift
/// try await LambdaRuntime { (payload: [UInt8], context: LambdaContext) in
///     guard context.cognitoIdentity?.identityID != nil else { throw CancellationError() }
///     return payload
/// }.run()
/// ```
public struct CognitoIdentity: Sendable, Hashable {
    /// The identity's identifier.
    public let identityID: String?
    /// The identifier of the pool that authenticated the identity.
    public let identityPoolID: String?

    init(header json: String) throws(InvocationHeaderError) {
        let root = try JSONNode(objectIn: json, header: "Lambda-Runtime-Cognito-Identity")
        // Both spellings are in use: the platform's documentation has the first, Go's runtime the second.
        identityID = (root["cognitoIdentityId"] ?? root["identity_id"])?.text
        identityPoolID = (root["cognitoIdentityPoolId"] ?? root["identity_pool_id"])?.text
    }
}

extension JSONNode {
    fileprivate init(objectIn json: String, header: String) throws(InvocationHeaderError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(Array(json.utf8))
        } catch {
            throw InvocationHeaderError(header: header, expected: "JSON (\(error))")
        }
        guard document.root.kind == .object else {
            throw InvocationHeaderError(header: header, expected: "a JSON object")
        }
        self = document.root
    }

    /// The text of a string, the JSON of anything else, nil for null.
    fileprivate var text: String? {
        if isNull { return nil }
        if let text = try? string() { return text }
        return String(decoding: jsonText, as: UTF8.self)
    }

    /// The members of an object by name; the last one of a name counts.
    fileprivate var texts: [String: String] {
        var texts: [String: String] = [:]
        for member in members { texts[member.repairedName] = member.value.text }
        return texts
    }
}
