// What `/next` carries, and what of the runtime's own headers the platform keeps.

import RuntimeAPIServer
import Testing

@Suite("Headers of the Runtime API")
struct HeaderTests {
    @Test("an event brings its id, deadline, function, trace, contexts and tenant")
    func everything() async throws {
        try await withRuntime { server, runtime in
            var request = InvocationRequest(#"{"a":1}"#, id: "one")
            request.clientContext = #"{"custom":{"n":{"deep":1}}}"#
            request.identity = .init(identityID: "who", identityPoolID: "where")
            request.tenantID = "tenant"
            request.traceID = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
            let asked = request
            async let outcome = server.invoke(asked)
            let event = try #require(await runtime.next())
            #expect(event.text == #"{"a":1}"#)
            let headers = event.headers
            #expect(headers["lambda-runtime-aws-request-id"] == "one")
            #expect(headers["content-type"] == "application/json")
            #expect(headers["lambda-runtime-client-context"] == #"{"custom":{"n":{"deep":1}}}"#)
            let identity = #"{"cognitoIdentityId":"who","cognitoIdentityPoolId":"where"}"#
            #expect(headers["lambda-runtime-cognito-identity"] == identity)
            #expect(headers["lambda-runtime-aws-tenant-id"] == "tenant")
            #expect(headers["lambda-runtime-trace-id"] == "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
            let arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
            #expect(headers["lambda-runtime-invoked-function-arn"] == arn)
            #expect(headers["lambda-runtime-deadline-ms"].flatMap { Int64($0) } != nil)
            #expect(headers["lambda-runtime-invocation-id"]?.count == 36)
            _ = await runtime.respond(
                "one",
                headers: [("Lambda-Runtime-Invocation-Id", headers["lambda-runtime-invocation-id"] ?? "")]
            )
            let ended = try await outcome
            #expect(ended.error == nil)
        }
    }

    @Test("what an event does not have is not there")
    func absent() async throws {
        try await withRuntime {
            $0.sendsInvocationIDs = false
            $0.sendsTraceIDs = false
        } _: { server, runtime in
            async let outcome = server.invoke(InvocationRequest("", id: "one"))
            let event = try #require(await runtime.next())
            #expect(event.body.isEmpty)
            for name in ["client-context", "cognito-identity", "aws-tenant-id", "trace-id", "invocation-id"] {
                #expect(event.headers["lambda-runtime-\(name)"] == nil)
            }
            _ = await runtime.respond("one")
            _ = try await outcome
        }
    }

    @Test("the response of an earlier attempt at the same event comes too late")
    func invocationID() async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            _ = await runtime.next()
            let stale = [("Lambda-Runtime-Invocation-Id", "of an earlier attempt")]
            #expect(
                await runtime.respond("one", headers: stale)?.isError(410, "InvokeTimeout", "Invoke timeout") == true
            )
            #expect(await runtime.fail("one", headers: stale)?.status == 410)
            #expect(await runtime.respond("one")?.status == 202)
            let ended = try await outcome
            #expect(ended.error == nil)
        }
    }

    @Test("an id is taken percent-encoded, and a base path is part of the endpoint")
    func encodedID() async throws {
        try await withRuntime {
            $0.basePath = "/base"
        } _: { server, runtime in
            #expect(server.endpoint.hasSuffix("/base"))
            async let outcome = server.invoke(InvocationRequest(id: "a b/c"))
            #expect(await runtime.next()?.requestID == "a b/c")
            #expect(await runtime.respond("a%20b%2Fc")?.status == 202)
            let ended = try await outcome
            #expect(ended.requestID == "a b/c")
            #expect(await runtime.connection.request("GET", "/2018-06-01/runtime/invocation/next")?.status == 404)
        }
    }

    @Test(
        "the runtime is noted by the first token of its agent, and its features once",
        arguments: [
            ("swift/1.0 libcurl/8", nil, "swift/1.0"), ("swift/1.0", "one two", "swift/1.0 (one two)"),
            ("", "one", "Unknown (one)"), ("swift/1.0", "(one) t(wo", "swift/1.0 (one two)"),
            ("swift/1.0", String(repeating: "x", count: 200), "swift/1.0"),
            (String(repeating: "a", count: 120), "1234 123456", String(repeating: "a", count: 120) + " (1234)"),
        ] as [(String, String?, String)]
    )
    func release(_ agent: String, _ features: String?, _ noted: String) async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            let headers = [("User-Agent", agent)] + (features.map { [("Lambda-Runtime-Features", $0)] } ?? [])
            _ = await runtime.next(headers: headers)
            _ = await runtime.respond("one")
            _ = try await outcome
            async let second = server.invoke(InvocationRequest(id: "two"))
            _ = await runtime.next(headers: [("User-Agent", "other"), ("Lambda-Runtime-Features", features ?? "")])
            _ = await runtime.respond("two")
            _ = try await second
            #expect(server.runtimeRelease == noted)
        }
    }

    @Test("a tracing cause is kept if it is one, and cut to 64 KiB")
    func tracingCause() async throws {
        let frames = (0..<2000).map { #"{"type":"E","message":"number \#($0) of many that are too many"}"# }
        let long = String(repeating: "é", count: 40_000)
        let cases: [(cause: String, kept: @Sendable (String?) -> Bool)] = [
            (
                #"{"working_directory":"/var/task","exceptions":[],"paths":["a.swift"]}"#,
                { $0?.contains("a.swift") == true }
            ),
            (#"{"working_directory":"/völlig","exceptions":[],"paths":[]}"#, { $0?.contains("/völlig") == true }),
            ("{not json", { $0 == nil }), ("{}", { $0 == nil }), (#"{"paths":[1]}"#, { $0 == nil }),
            (
                #"{"exceptions":[\#(frames.joined(separator: ","))],"paths":[],"working_directory":"/"}"#,
                { kept in
                    kept.map { $0.utf8.count <= 65536 && $0.contains("number 0 ") && !$0.contains("number 1999 ") }
                        == true
                }
            ),
            (
                #"{"message":"\#(long)","paths":["p"]}"#,
                { $0.map { $0.utf8.count < 40_000 && $0.contains("...") } == true }
            ),
        ]
        for (cause, isKept) in cases {
            try await withRuntime { server, runtime in
                async let outcome = server.invoke(InvocationRequest(id: "one"))
                _ = await runtime.next()
                let header = [("Lambda-Runtime-Function-XRay-Error-Cause", cause)]
                #expect(await runtime.fail("one", headers: header)?.status == 202)
                let kept = try await outcome.error?.tracingCause.map { String(decoding: $0, as: UTF8.self) }
                #expect(isKept(kept), "\(cause.prefix(60))")
            }
        }
    }

    @Test("a cause within the error document is taken out of it")
    func causeDocument() async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            _ = await runtime.next()
            let body = #"{"errorMessage":"m","errorType":"t","stackTrace":["f"],"errorCause":{"message":"why"}}"#
            let type = [("Content-Type", "application/vnd.aws.lambda.error.cause+json")]
            _ = await runtime.fail("one", body: body, headers: type)
            let ended = try await outcome
            #expect(ended.text == #"{"errorMessage":"m","errorType":"t","stackTrace":["f"]}"#)
            #expect(ended.error?.tracingCause != nil)
        }
    }
}
