// Responses that stream, and how they end (AWS's `runtime_response_request_test`).

import RuntimeAPIServer
import SharedState
import Testing

@Suite("Streamed responses")
struct StreamingTests {
    struct Trailers: Sendable, CustomTestStringConvertible {
        let name: String
        var type: String?
        var body: String?
        var expectedType: String?
        var expectedPayload = ""

        var testDescription: String { name }
    }

    static let document = #"{"errorMessage":"broke off"}"#
    static let encoded = "eyJlcnJvck1lc3NhZ2UiOiJicm9rZSBvZmYifQ=="

    @Test(
        "trailers say whether the response is whole",
        arguments: [
            Trailers(name: "none"),
            Trailers(name: "a body without a type", type: "", body: encoded),
            Trailers(
                name: "a type and a body",
                type: "Function.Broke",
                body: encoded,
                expectedType: "Function.Broke",
                expectedPayload: document
            ),
            Trailers(name: "a type only", type: "Runtime.Broke", expectedType: "Runtime.Broke"),
            Trailers(
                name: "an unknown type",
                type: "broke",
                body: encoded,
                expectedType: "Runtime.Unknown",
                expectedPayload: document
            ),
            Trailers(
                name: "a body that is not base64",
                type: "Function.Broke",
                body: "%",
                expectedType: "Function.Broke"
            ),
        ]
    )
    func trailers(_ trailers: Trailers) async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            _ = await runtime.next()
            var end = "0\r\n"
            if let type = trailers.type { end += "Lambda-Runtime-Function-Error-Type: \(type)\r\n" }
            if let body = trailers.body { end += "Lambda-Runtime-Function-Error-Body: \(body)\r\n" }
            runtime.connection.send(streamingHead("one") + "5\r\nhello\r\n6\r\n world\r\n" + end + "\r\n")
            #expect(await runtime.connection.response()?.status == 202)
            let ended = try await outcome
            #expect(ended.error?.type == trailers.expectedType)
            #expect(ended.text == (trailers.expectedType == nil ? "hello world" : trailers.expectedPayload))
            if case .response(let response) = ended.result { #expect(response.isStreamed) }
        }
    }

    @Test("pieces are handed on before the response ends, and are not kept")
    func pieces() async throws {
        try await withRuntime { server, runtime in
            let pieces = Guarded<[UInt8]>([])
            var request = InvocationRequest(id: "one")
            request.onChunk = { piece in pieces.withLock { $0 += piece } }
            let asked = request
            async let outcome = server.invoke(asked)
            _ = await runtime.next()
            runtime.connection.send(streamingHead("one") + "5\r\nhello\r\n")
            let soFar = try await eventually {
                pieces.withLock { $0 }
            } until: {
                !$0.isEmpty
            }
            #expect(soFar == Array("hello".utf8))
            runtime.connection.send("0\r\n\r\n")
            _ = await runtime.connection.response()
            let ended = try await outcome
            #expect(ended.payload.isEmpty && ended.error == nil)
        }
    }

    @Test("a connection that ends within a response truncates it, and the next invocation goes on")
    func truncation() async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            _ = await runtime.next()
            runtime.connection.send(streamingHead("one") + "5\r\nhello\r\n")
            runtime.connection.close()
            let ended = try await outcome
            #expect(ended.error?.cause == .truncated && ended.error?.type == "Runtime.TruncatedResponse")
            let again = try RawRuntime(server.endpoint)
            async let second = server.invoke(InvocationRequest(id: "two"))
            #expect(await again.next()?.requestID == "two")
            _ = await again.respond("two")
            let secondEnded = try await second
            #expect(secondEnded.error == nil)
        }
    }

    private func streamingHead(_ requestID: String) -> String {
        """
        POST /2018-06-01/runtime/invocation/\(requestID)/response HTTP/1.1\r
        Host: localhost\r
        Lambda-Runtime-Function-Response-Mode: streaming\r
        Transfer-Encoding: chunked\r
        Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r
        \r\n
        """
    }
}
