// The states of the Runtime API, one request after the other: what AWS's own server is tested for (`router_test`,
// `security_test`, `invocationresponse_test`, `runtime_error_request_test`).

import RuntimeAPIServer
import Testing

@Suite("The Runtime API's states")
struct StateTests {
    @Test("a response before /next is refused, and so is one to an unknown id")
    func responseBeforeNext() async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            #expect(await runtime.respond("other")?.isError(400, "InvalidRequestID", "Invalid request ID") == true)
            let early = try await eventually {
                await runtime.respond("one")
            } until: {
                $0.status == 403
            }
            let message =
                "State transition from Started to InvocationResponse failed for runtime. "
                + "Error: State transition is not allowed"
            #expect(early.isError(403, "InvalidStateTransition", message))
            #expect(await runtime.next()?.requestID == "one")
            #expect(await runtime.respond("one")?.text == #"{"status":"OK"}"# + "\n")
            let outcomeEnded = try await outcome
            #expect(outcomeEnded.text == #""done""#)
        }
    }

    @Test("a second response is refused, whether it is a response or an error")
    func secondResponse() async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            _ = await runtime.next()
            #expect(await runtime.respond("one")?.status == 202)
            let target = "RuntimeResponseSentState to InvocationErrorResponse"
            let message =
                "State transition from \(target) failed for runtime. Error: State transition is not allowed"
            #expect(await runtime.fail("one")?.isError(403, "InvalidStateTransition", message) == true)
            #expect(await runtime.respond("one")?.status == 403)
            let outcomeEnded = try await outcome
            #expect(outcomeEnded.text == #""done""#)
        }
    }

    @Test("the id of a finished invocation is refused, and the one under way is not touched")
    func finishedID() async throws {
        try await withRuntime { server, runtime in
            async let first = server.invoke(InvocationRequest(id: "one"))
            _ = await runtime.next()
            _ = await runtime.respond("one")
            async let second = server.invoke(InvocationRequest(id: "two"))
            #expect(await runtime.next()?.requestID == "two")
            #expect(await runtime.respond("one", Array("stolen".utf8))?.status == 400)
            #expect(await runtime.fail("one")?.status == 400)
            #expect(await runtime.respond("two")?.status == 202)
            let firstEnded = try await first
            #expect(firstEnded.text == #""done""#)
            let secondEnded = try await second
            #expect(secondEnded.text == #""done""#)
        }
    }

    @Test("an init error after /next is refused, and one before it ends the invocation that waits")
    func initializationError() async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            let headers = [("Lambda-Runtime-Function-Error-Type", "Runtime.NoSuchHandler")]
            let path = "/2018-06-01/runtime/init/error"
            #expect(await runtime.post(path, #"{"errorMessage":"no"}"#, headers: headers)?.status == 202)
            let error = try await outcome.error
            #expect(error?.cause == .initialization && error?.type == "Runtime.NoSuchHandler")
            let outcomeEnded = try await outcome
            #expect(outcomeEnded.text == #"{"errorMessage":"no"}"#)
            #expect(await runtime.post(path)?.status == 403)
            #expect(await runtime.next()?.status == 403)
        }
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            _ = await runtime.next()
            #expect(await runtime.post("/2018-06-01/runtime/init/error")?.status == 403)
            _ = await runtime.respond("one")
            _ = try await outcome
        }
    }

    @Test(
        "paths and methods that are none",
        arguments: [
            ("GET", "/2018-06-01/runtime/invocation/nonsense", 404), ("GET", "/", 404),
            ("GET", "/2018-06-01/runtime/restore/next", 404), ("POST", "/2018-06-01/runtime/restore/error", 404),
            ("POST", "/2018-06-01/runtime/invocation//response", 404),
            ("POST", "/2018-06-01/runtime/invocation/next", 405),
            ("GET", "/2018-06-01/runtime/invocation/one/response", 405),
            ("PUT", "/2018-06-01/runtime/invocation/one/error", 405), ("GET", "/2018-06-01/runtime/init/error", 405),
            ("GET", "/2018-06-01/ping", 200),
        ]
    )
    func paths(_ method: String, _ path: String, _ status: Int) async throws {
        try await withRuntime { _, runtime in
            #expect(await runtime.connection.request(method, path)?.status == status)
        }
    }

    @Test("/next asked for twice gives the same invocation twice")
    func nextTwice() async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            #expect(await runtime.next()?.requestID == "one")
            #expect(await runtime.next()?.requestID == "one")
            let other = try RawRuntime(server.endpoint)
            #expect(await other.next()?.requestID == "one")
            #expect(await other.respond("one")?.status == 202)
            let outcomeEnded = try await outcome
            #expect(outcomeEnded.error == nil)
        }
    }

    @Test("an error is JSON whatever the request accepts")
    func accept() async throws {
        try await withRuntime { _, runtime in
            let reply = await runtime.respond("none", headers: [("Accept", "application/xml")])
            #expect(reply?.headers["content-type"] == "application/json")
            #expect(reply?.isError(400, "InvalidRequestID", "Invalid request ID") == true)
        }
    }

    @Test("6,291,556 bytes are a response, and one more are too large for the function and its caller")
    func limit() async throws {
        try await withRuntime { server, runtime in
            async let whole = server.invoke(InvocationRequest(id: "one"))
            _ = await runtime.next()
            #expect(await runtime.respond("one", [UInt8](repeating: 0x61, count: 6_291_556))?.status == 202)
            let wholeEnded = try await whole
            #expect(wholeEnded.payload.count == 6_291_556)
            async let excess = server.invoke(InvocationRequest(id: "two"))
            _ = await runtime.next()
            let reply = await runtime.respond("two", [UInt8](repeating: 0x61, count: 6_291_557))
            let message = "Exceeded maximum allowed payload size (6291556 bytes)."
            #expect(reply?.isError(413, "RequestEntityTooLarge", message) == true)
            let excessEnded = try await excess
            #expect(excessEnded.error?.type == "Function.ResponseSizeTooLarge")
            #expect(excessEnded.error?.cause == .responseTooLarge)
            async let after = server.invoke(InvocationRequest(id: "three"))
            #expect(await runtime.next()?.requestID == "three")
            _ = await runtime.respond("three")
            let afterEnded = try await after
            #expect(afterEnded.error == nil)
        }
    }

    @Test("an event above the limit is not taken")
    func eventLimit() async throws {
        try await withRuntime { server, runtime in
            await #expect(throws: InvocationFailure.payloadTooLarge(byteCount: 6_291_557, limit: 6_291_556)) {
                try await server.invoke([UInt8](repeating: 0x61, count: 6_291_557))
            }
        }
    }

    @Test("response modes", arguments: [("", 202), ("streaming", 202), ("Streaming", 400), ("buffered", 400)])
    func responseModes(_ mode: String, _ status: Int) async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            _ = await runtime.next()
            let reply = await runtime.respond("one", headers: [("Lambda-Runtime-Function-Response-Mode", mode)])
            #expect(reply?.status == status)
            if status == 400 {
                #expect(reply?.isError(400, "InvalidFunctionResponseMode", "Invalid function response mode") == true)
                let outcomeEnded = try await outcome
                #expect(outcomeEnded.error?.type == "Runtime.InvalidResponseModeHeader")
            } else {
                #expect(try await outcome.text == #""done""#)
            }
        }
    }

    @Test(
        "error types that the platform keeps, and what it makes of others",
        arguments: [
            ("Function.Foo", "Function.Foo"), ("Runtime.Foo", "Runtime.Foo"), ("foo", "Runtime.Unknown"),
            ("", "Runtime.Unknown"), ("Function.foo", "Function.Unknown"), ("Function.", "Function.Unknown"),
            ("Function.Fo", "Function.Fo"), ("Function.F", "Function.Unknown"), ("runtime.Foo", "Runtime.Unknown"),
            ("MyRuntime.Failed9", "MyRuntime.Failed9"), ("Unhandled", "Runtime.Unknown"),
        ]
    )
    func errorTypes(_ given: String, _ kept: String) async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            _ = await runtime.next()
            #expect(await runtime.fail("one", type: given)?.status == 202)
            let outcomeEnded = try await outcome
            #expect(outcomeEnded.error?.type == kept)
            #expect(outcomeEnded.error?.cause == .reported)
            #expect(outcomeEnded.text == #"{"errorMessage":"failed","errorType":"Failed"}"#)
        }
    }
}
