// AWS's Invoke over HTTP.

import RuntimeAPIServer
import Testing

@Suite("AWS's Invoke")
struct InvokeAPITests {
    static let path = "/2015-03-31/functions/function/invocations"

    @Test("responds to the caller, with the version, the context and the end of the log")
    func responds() async throws {
        try await withRuntime { server, runtime in
            let caller = try RawConnection("127.0.0.1:\(try await server.serveInvocations())")
            // {"custom":{"a":1}}
            let headers = [
                ("X-Amz-Client-Context", "eyJjdXN0b20iOnsiYSI6MX19"), ("X-Amz-Log-Type", "Tail"),
                ("X-Amz-Tenant-Id", "t"),
            ]
            async let reply = caller.request("POST", Self.path, headers: headers, body: Array("[1]".utf8))
            let event = try #require(await runtime.next())
            #expect(event.text == "[1]")
            #expect(event.headers["lambda-runtime-client-context"] == #"{"custom":{"a":1}}"#)
            #expect(event.headers["lambda-runtime-aws-tenant-id"] == "t")
            _ = await runtime.respond(
                event.requestID,
                Array("[2]".utf8),
                headers: [("Content-Type", "application/json")]
            )
            // The log is whole when the function asks again.
            let again = Task { await runtime.next() }
            let received = try #require(await reply)
            #expect(received.status == 200 && received.text == "[2]")
            #expect(received.headers["x-amz-executed-version"] == "$LATEST")
            #expect(received.headers["x-amzn-requestid"] == event.requestID)
            #expect(received.headers["x-amz-function-error"] == nil)
            #expect(received.headers["x-amz-log-result"]?.hasPrefix("U1RBUlQgUmVxdWVzdElkOi") == true)
            runtime.connection.close()
            _ = await again.value
        }
    }

    @Test("an error of the function is a 200 that says so")
    func functionError() async throws {
        try await withRuntime { server, runtime in
            let caller = try RawConnection("127.0.0.1:\(try await server.serveInvocations())")
            async let reply = caller.request("POST", Self.path, body: Array("{}".utf8))
            let event = try #require(await runtime.next())
            _ = await runtime.fail(event.requestID)
            let received = try #require(await reply)
            #expect(received.status == 200 && received.headers["x-amz-function-error"] == "Unhandled")
            #expect(received.text == #"{"errorMessage":"failed","errorType":"Failed"}"#)
        }
    }

    @Test("an event that nobody waits for is accepted, and a dry run touches nothing")
    func otherTypes() async throws {
        try await withRuntime { server, runtime in
            let caller = try RawConnection("127.0.0.1:\(try await server.serveInvocations())")
            let dry = await caller.request("POST", Self.path, headers: [("X-Amz-Invocation-Type", "DryRun")])
            #expect(dry?.status == 204)
            let type = [("X-Amz-Invocation-Type", "Event")]
            let accepted = await caller.request("POST", Self.path, headers: type, body: Array("7".utf8))
            #expect(accepted?.status == 202)
            let event = try #require(await runtime.next())
            #expect(event.text == "7" && event.requestID == accepted?.headers["x-amzn-requestid"])
            _ = await runtime.respond(event.requestID)
        }
    }

    @Test(
        "names by which the function is known",
        arguments: [
            ("function", true), ("orders", true), ("orders:1", true), ("123456789012:function:orders", true),
            ("arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aorders", true), ("other", false),
            ("arn:aws:lambda:us-east-1:123456789012:function:other", false),
        ]
    )
    func names(_ name: String, _ isKnown: Bool) async throws {
        try await withRuntime {
            $0.functionName = "orders"
        } _: { server, _ in
            let caller = try RawConnection("127.0.0.1:\(try await server.serveInvocations())")
            let path = "/2015-03-31/functions/\(name)/invocations"
            let reply = await caller.request("POST", path, headers: [("X-Amz-Invocation-Type", "DryRun")])
            #expect(reply?.status == (isKnown ? 204 : 404))
            if !isKnown { #expect(reply?.headers["x-amzn-errortype"] == "ResourceNotFoundException") }
        }
    }

    @Test("requests that are refused")
    func refusals() async throws {
        try await withRuntime {
            $0.maximumQueueLength = 0
        } _: { server, _ in
            let caller = try RawConnection("127.0.0.1:\(try await server.serveInvocations())")
            func refusal(_ headers: [(String, String)], _ body: [UInt8]) async -> (Int, String)? {
                await caller.request("POST", Self.path, headers: headers, body: body)
                    .map { ($0.status, $0.headers["x-amzn-errortype"] ?? "") }
            }
            let none = Array("{}".utf8)
            let large = [UInt8](repeating: 0x20, count: 6_291_457)
            #expect(try #require(await refusal([], none)) == (429, "TooManyRequestsException"))
            #expect(try #require(await refusal([], Array("{".utf8))) == (400, "InvalidRequestContentException"))
            #expect(try #require(await refusal([], large)) == (413, "RequestTooLargeException"))
            let type = [("X-Amz-Invocation-Type", "Sometimes")]
            #expect(try #require(await refusal(type, none)) == (400, "InvalidParameterValueException"))
            let context = [("X-Amz-Client-Context", "e30")]
            #expect(try #require(await refusal(context, none)) == (400, "InvalidRequestContentException"))
            #expect(await caller.request("GET", Self.path)?.status == 405)
            #expect(await caller.request("POST", "/elsewhere")?.status == 404)
        }
    }
}
