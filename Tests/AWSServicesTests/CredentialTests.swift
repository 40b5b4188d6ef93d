// Where credentials come from, when they are renewed, and that they are never told.

import DynamoDBStreamEvents
import Foundation
import HTTPScripting
import HTTPTransfers
import SharedState
import Testing

@testable import AWSServices

@Suite("Credentials")
struct CredentialTests {
    private func chain(_ variables: [String: String]) -> CredentialChain {
        let environment = AWSEnvironment(variables)
        return CredentialChain(
            environment: environment,
            profile: SharedProfile(environment),
            http: HTTPClient()
        )
    }

    @Test("the variables count first, the session token with them")
    func variables() async throws {
        let found = try await chain([
            "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/",
        ]).credentials()
        #expect(found == AWSCredentials(accessKeyID: "id", secretAccessKey: "secret", sessionToken: "token"))
    }

    @Test("a profile is read from both files, by the name that AWS_PROFILE gives")
    func profiles() async throws {
        let config = try TemporaryFile(
            "[default]\naws_access_key_id = config\naws_secret_access_key=s\n\n[profile work]\nregion = eu-west-1\n"
                + "s3 =\n  aws_access_key_id = nested\n"
        )
        let credentials = try TemporaryFile(
            "# a comment\r\n[default]\r\nAWS_ACCESS_KEY_ID = file ; mine\r\naws_secret_access_key = a=b/c+d#e\r\n"
                + "[ work ]\naws_access_key_id=w\naws_secret_access_key=ws\naws_session_token = wt\n"
        )
        let variables = ["AWS_CONFIG_FILE": config.path, "AWS_SHARED_CREDENTIALS_FILE": credentials.path]
        #expect(
            try await chain(variables).credentials()
                == AWSCredentials(accessKeyID: "file", secretAccessKey: "a=b/c+d#e")
        )
        let work = try await chain(variables.merging(["AWS_PROFILE": "work"]) { $1 }).credentials()
        #expect(work == AWSCredentials(accessKeyID: "w", secretAccessKey: "ws", sessionToken: "wt"))
        let home = try TemporaryFile("")
        try FileManager.default.removeItem(atPath: home.path)
        try FileManager.default.createDirectory(atPath: home.path + "/.aws", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: credentials.path, toPath: home.path + "/.aws/credentials")
        #expect(try await chain(["HOME": home.path]).credentials().accessKeyID == "file")
    }

    @Test(
        "what is missing is said, with what to do about it",
        arguments: [
            ([:], "aws configure"), (["AWS_ACCESS_KEY_ID": "a"], "AWS_SECRET_ACCESS_KEY"),
            (["AWS_PROFILE": "absent"], "absent"),
            (["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/"], "https"),
            (["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "no-slash"], "begin with /"),
        ] as [([String: String], String)]
    )
    func missing(variables: [String: String], expected: String) async throws {
        let error = await #expect(throws: AWSCredentialsError.self) { try await chain(variables).credentials() }
        #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
    }

    @Test("a profile that signs in some other way is sent to the AWS CLI")
    func indirectProfile() async throws {
        let config = try TemporaryFile("[default]\nsso_session = corp\n")
        let error = await #expect(throws: AWSCredentialsError.self) {
            try await chain(["AWS_CONFIG_FILE": config.path]).credentials()
        }
        #expect(error?.description.contains("export-credentials") == true)
    }

    @Test("the container's endpoint is asked with its token, from the file if there is one")
    func container() async throws {
        let server = try ScriptedServer { _ in
            .status(
                200,
                body: """
                    {"AccessKeyId":"c","SecretAccessKey":"cs","Token":"ct","Expiration":"2099-01-02T03:04:05Z"}
                    """
            )
        }
        defer { server.stop() }
        var variables = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://\(server.endpoint)/v1?x=y",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "from the variable",
        ]
        let found = try await chain(variables).credentials()
        #expect(found.accessKeyID == "c")
        #expect(found.expiration?.iso8601 == "2099-01-02T03:04:05Z")
        let token = try TemporaryFile("from the file\n")
        variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = token.path
        _ = try await chain(variables).credentials()
        #expect(server.requests.map { $0.headers["authorization"] } == ["from the variable", "from the file"])
        #expect(server.requests.map(\.path) == ["/v1?x=y", "/v1?x=y"])
    }

    @Test("an endpoint that fails is asked three times; an answer that makes no sense is an error")
    func brokenContainer() async throws {
        for reply in [ScriptedServer.Reply.status(500), .status(200, body: "{}"), .close] {
            let server = try ScriptedServer { _ in reply }
            defer { server.stop() }
            await #expect(throws: AWSCredentialsError.self) {
                try await chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://\(server.endpoint)/"]).credentials()
            }
            #expect(server.requests.count == 3)
        }
    }

    @Test(
        "the token goes to this machine, to ECS and EKS, or over TLS, and nowhere else",
        arguments: [
            ("https://example.com/x", true), ("http://127.0.0.1:9001/x", true), ("http://127.3.2.1/", true),
            ("http://localhost/", true), ("http://[::1]:80/", true), ("http://169.254.170.2/x", true),
            ("http://169.254.170.23/x", true), ("http://[fd00:ec2::23]/x", true),
            ("http://example.com/", false), ("http://127.0.0.1.example.com/", false),
            ("http://127.0.0.1@example.com/", false),
            ("http://169.254.169.254/", false), ("ftp://127.0.0.1/", false), ("127.0.0.1/", false),
            ("http://127.0.0.1\\@example.com/", false), ("http://[::2]/", false), ("http:///", false),
            ("http://127.1/", false), ("http://localhost.example.com/", false),
        ]
    )
    func hosts(url: String, isAllowed: Bool) {
        #expect(ContainerCredentials.isAllowed(url) == isAllowed)
    }

    /// Counts how often it is asked, and gives credentials that expire at its time.
    private final class CountingSource: AWSCredentialSource {
        let state = Guarded((asked: 0, expires: Int64(0), fails: false))

        func credentials() async throws(AWSCredentialsError) -> AWSCredentials {
            let (asked, expires, fails) = state.withLock { state in
                state.asked += 1
                return state
            }
            try? await Task.sleep(for: .milliseconds(50))
            if fails { throw AWSCredentialsError("not now") }
            return AWSCredentials(
                accessKeyID: "\(asked)",
                secretAccessKey: "s",
                expiration: EpochTime(seconds: expires)
            )
        }
    }

    @Test("fifty who ask at once cause one fetch; five minutes before they expire credentials are renewed")
    func renewal() async throws {
        let source = CountingSource()
        source.state.withLock { $0.expires = 10_000 }
        let time = Guarded<Int64>(0)
        let cache = CredentialCache(source, clock: { time.withLock { $0 } })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let found = try await cache.current()
                    #expect(found.accessKeyID == "1")
                }
            }
            try await group.waitForAll()
        }
        time.withLock { $0 = 9_699 }
        #expect(try await cache.current().accessKeyID == "1")
        time.withLock { $0 = 9_700 }
        source.state.withLock { $0.expires = 20_000 }
        #expect(try await cache.current().accessKeyID == "2")
        #expect(source.state.withLock { $0.asked } == 2)
    }

    @Test("a renewal that fails is an error only when the old ones are no longer good")
    func failingRenewal() async throws {
        let source = CountingSource()
        source.state.withLock { $0.expires = 10_000 }
        let time = Guarded<Int64>(0)
        let cache = CredentialCache(source, clock: { time.withLock { $0 } })
        _ = try await cache.current()
        source.state.withLock { $0.fails = true }
        time.withLock { $0 = 9_900 }
        #expect(try await cache.current().accessKeyID == "1")
        time.withLock { $0 = 10_000 }
        await #expect(throws: AWSCredentialsError.self) { try await cache.current() }
    }

    /// Returns its credentials only when the test releases them.
    private final class SilentSource: AWSCredentialSource {
        let release = AsyncStream<Void>.makeStream()
        let asked = Guarded(0)

        func credentials() async throws(AWSCredentialsError) -> AWSCredentials {
            asked.withLock { $0 += 1 }
            for await _ in release.stream { break }
            return AWSCredentials(accessKeyID: "late", secretAccessKey: "s")
        }
    }

    @Test("the time of a call covers the fetching of credentials, for each caller its own", .timeLimit(.minutes(1)))
    func deadline() async throws {
        let source = SilentSource()
        let server = try ScriptedServer { _ in .status(200, body: "{}") }
        defer { server.stop() }
        let client = DynamoDBClient(server.client(credentials: source))
        for _ in 0..<3 {
            let error = await #expect(throws: AWSError.self) {
                try await client.getItem(["id": "a"], from: "t", timeout: .milliseconds(20))
            }
            guard case .credentials? = error?.kind else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(error?.mayHaveTakenEffect == false)
        }
        #expect(server.requests.isEmpty && source.asked.withLock { $0 } == 1)
        async let patient = client.getItem(["id": "a"], from: "t", timeout: .seconds(60))
        let impatient = Task { try await client.getItem(["id": "a"], from: "t", timeout: .seconds(60)) }
        impatient.cancel()
        let cancelled = await #expect(throws: AWSError.self) { _ = try await impatient.value }
        guard case .cancelled? = cancelled?.kind else {
            Issue.record("\(String(describing: cancelled))")
            return
        }
        source.release.continuation.yield()
        #expect(try await patient == nil)
        #expect(source.asked.withLock { $0 } == 1)
    }

    @Test("a source that fails is left alone for a second, then for two, four, and at most thirty")
    func backOff() async throws {
        let source = CountingSource()
        source.state.withLock { $0.fails = true }
        let time = Guarded<Int64>(1_000_000)
        let cache = CredentialCache(source, clock: { time.withLock { $0 } })
        var asked: [Int64] = []
        for second: Int64 in 0..<150 {
            time.withLock { $0 = 1_000_000 + second }
            let before = source.state.withLock { $0.asked }
            await #expect(throws: AWSCredentialsError("not now")) { try await cache.current() }
            if source.state.withLock({ $0.asked }) > before { asked.append(second) }
        }
        #expect(asked == [0, 1, 3, 7, 15, 31, 61, 91, 121])
        // A clock that is set back does not make the wait longer, and what comes then counts.
        time.withLock { $0 = 0 }
        source.state.withLock { $0 = (0, 10_000, false) }
        #expect(try await cache.current().accessKeyID == "1")
    }

    @Test("an error of the container's endpoint says where it is, and not the path by which one gets credentials")
    func endpointInErrors() async throws {
        for reply in [ScriptedServer.Reply.status(500), .status(200, body: "{}"), .close] {
            let server = try ScriptedServer { _ in reply }
            defer { server.stop() }
            let error = await #expect(throws: AWSCredentialsError.self) {
                try await chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://\(server.endpoint)/v2/SECRET?SECRET"])
                    .credentials()
            }
            #expect(error?.description.contains(server.endpoint) == true, "\(String(describing: error))")
            #expect(error?.description.contains("SECRET") == false, "\(String(describing: error))")
        }
        for (name, value) in [
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "SECRET"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://SECRET@example.com/SECRET"),
        ] {
            let error = await #expect(throws: AWSCredentialsError.self) { try await chain([name: value]).credentials() }
            #expect(error?.description.contains("SECRET") == false, "\(String(describing: error))")
        }
    }

    @Test("a retry that is not made takes no tokens")
    func unusedTokens() async throws {
        let server = try ScriptedServer { _ in
            .status(503, headers: [("Retry-After", "600")], body: #"{"__type":"SlowDown"}"#)
        }
        defer { server.stop() }
        let client = server.client()
        for _ in 0..<3 {
            await #expect(throws: AWSError.self) {
                try await DynamoDBClient(client).getItem(["id": "a"], from: "t", timeout: .seconds(60))
            }
        }
        #expect(client.quota.remaining == RetryQuota.capacity)
        // One that is cancelled while it waits gives its tokens back.
        let waiting = Task { try await DynamoDBClient(client).getItem(["id": "a"], from: "t", timeout: .seconds(3600)) }
        while client.quota.remaining == RetryQuota.capacity { try await Task.sleep(for: .milliseconds(2)) }
        waiting.cancel()
        _ = await waiting.result
        #expect(client.quota.remaining == RetryQuota.capacity)
    }

    @Test("no description of anything that holds credentials has a secret in it")
    func secrets() async throws {
        let credentials = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "SECRET", sessionToken: "TOKEN")
        let aws = AWSClient(region: "x", credentials: credentials, environment: AWSEnvironment([:]))
        _ = try await aws.resolve().credentials.current()
        var texts = ["\(credentials)", String(reflecting: credentials), "\(aws)", String(reflecting: aws)]
        for value in [credentials, aws, aws.resolve(), DynamoDBClient(aws)] as [Any] {
            var dumped = ""
            dump(value, to: &dumped)
            texts.append(dumped)
        }
        for text in texts {
            #expect(!text.contains("SECRET"), "\(text)")
            #expect(!text.contains("TOKEN"), "\(text)")
        }
    }
}
