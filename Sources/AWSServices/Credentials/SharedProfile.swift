// The profile of ~/.aws/config and ~/.aws/credentials that AWS_PROFILE names.

internal import SharedState

/// The settings of one profile, from both files ("Shared config and credentials files" in the AWS SDKs and Tools
/// Reference). The files are read when a setting is first needed.
final class SharedProfile: Sendable {
    let name: String
    private let isNamed: Bool
    private let configPath: String?
    private let credentialsPath: String?
    private let settings = Guarded<[String: String]?>(nil)

    init(_ environment: AWSEnvironment) {
        isNamed = environment["AWS_PROFILE"] != nil
        name = environment["AWS_PROFILE"] ?? "default"
        let home = environment["HOME"]
        configPath = environment["AWS_CONFIG_FILE"] ?? home.map { $0 + "/.aws/config" }
        credentialsPath = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? home.map { $0 + "/.aws/credentials" }
    }

    /// The value of a setting. The credentials file takes precedence.
    subscript(setting: String) -> String? { all[setting] }

    /// For error texts.
    var place: String { "the profile '\(name)' in \(credentialsPath ?? "~/.aws/credentials")" }

    /// The profile's access key; nil when it has none.
    func credentials() throws(AWSCredentialsError) -> AWSCredentials? {
        let all = all
        guard let id = all["aws_access_key_id"] else { return try explainAbsence(all) }
        guard let secret = all["aws_secret_access_key"] else {
            throw AWSCredentialsError("\(place) has aws_access_key_id without aws_secret_access_key")
        }
        return AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: all["aws_session_token"])
    }

    private func explainAbsence(_ all: [String: String]) throws(AWSCredentialsError) -> AWSCredentials? {
        let indirect = ["sso_session", "sso_start_url", "role_arn", "credential_process", "login_session"]
        if let setting = indirect.first(where: { all[$0] != nil }) {
            throw AWSCredentialsError(
                """
                the profile '\(name)' gets its credentials by \(setting), which is left to the AWS CLI: run \
                eval "$(aws configure export-credentials --profile \(name) --format env)" and try again
                """
            )
        }
        if isNamed, all.isEmpty {
            throw AWSCredentialsError(
                """
                AWS_PROFILE names '\(name)', and neither \(configPath ?? "~/.aws/config") nor \
                \(credentialsPath ?? "~/.aws/credentials") has such a profile
                """
            )
        }
        return nil
    }

    private var all: [String: String] {
        settings.withLock { settings in
            if let settings { return settings }
            let config = configPath.flatMap(SmallFile.text) ?? ""
            let credentials = credentialsPath.flatMap(SmallFile.text) ?? ""
            // `[profile name]` in the one file, `[name]` in the other; the default profile may be written either way.
            let headings = name == "default" ? ["default", "profile default"] : ["profile \(name)"]
            var found = Self.settings(under: headings, in: config)
            found.merge(Self.settings(under: [name], in: credentials)) { $1 }
            settings = found
            return found
        }
    }

    /// The settings of a section. Indented lines belong to nested settings, which nothing here needs.
    static func settings(under headings: [String], in text: String) -> [String: String] {
        var settings: [String: String] = [:]
        var isInSection = false
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, !first.isWhitespace, first != "#", first != ";" else { continue }
            if first == "[" {
                let heading = line.dropFirst().prefix { $0 != "]" }
                isInSection = headings.contains(heading.split(whereSeparator: \.isWhitespace).joined(separator: " "))
            } else if isInSection, let equals = line.firstIndex(of: "=") {
                let value = line[line.index(after: equals)...]
                settings[line[..<equals].trimmed.lowercased()] = String(value.withoutComment.trimmed)
            }
        }
        return settings.filter { !$0.value.isEmpty }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// A comment in a line begins with white space and # or ;.
    fileprivate var withoutComment: Substring {
        var previous: Character = "="
        let end = indices.first { index in
            defer { previous = self[index] }
            return (self[index] == "#" || self[index] == ";") && previous.isWhitespace
        }
        return self[..<(end ?? endIndex)]
    }
}
