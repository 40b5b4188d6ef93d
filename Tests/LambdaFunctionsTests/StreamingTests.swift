// Streamed responses as the platform takes them: chunks, heads, trailers, and what breaks.

import Foundation
import HTTPScripting
import LambdaFunctionsStreaming
import RuntimeAPIServer
import SharedState
import Testing

@testable import LambdaFunctions

@Suite("Streamed responses")
struct StreamingTests {
    struct Broken: LambdaErrorConvertible {
        var lambdaErrorMessage: String { "half \"way\" \u{1} é" }
    }

    @Test("pieces arrive in order, as a streamed response of the type that was said")
    func pieces() async throws {
        let runtime = LambdaRuntime(streaming: { payload, response, _ in
            try response.begin(contentType: "text/plain")
            for piece in 0..<100 { try response.write("\(piece),") }
            try response.write(payload)
        })
        try await serving(runtime) { server in
            for round in 0..<3 {
                let outcome = try await server.invoke(Array("round \(round)".utf8))
                guard case .response(let response) = outcome.result else {
                    Issue.record("\(outcome)")
                    continue
                }
                #expect(response.isStreamed && response.contentType == "text/plain")
                #expect(outcome.text == (0..<100).map { "\($0)," }.joined() + "round \(round)")
            }
        }
    }

    @Test("a piece is with the caller before the function goes on")
    func promptly() async throws {
        let arrived = DispatchSemaphore(value: 0)
        let runtime = LambdaRuntime(streaming: { _, response, _ in
            try response.write("first")
            // Would wait in vain if the piece were kept back for more to come.
            let isThere = await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(returning: arrived.wait(timeout: .now() + 20) == .success)
                }
            }
            try response.write(isThere ? "second" : "too late")
        })
        let chunks = Guarded<[String]>([])
        try await serving(runtime) { server in
            var request = InvocationRequest([])
            request.onChunk = { chunk in
                chunks.withLock { $0.append(String(decoding: chunk, as: UTF8.self)) }
                arrived.signal()
            }
            _ = try await server.invoke(request)
        }
        #expect(chunks.withLock { $0 } == ["first", "second"])
    }

    @Test("serde_metadata_prelude: the head of an HTTP response comes first, with its cookies, before eight zeros")
    func head() async throws {
        let runtime = LambdaRuntime(streaming: { _, response, _ in
            try response.write(
                HTTPResponseHead(
                    statusCode: 418,
                    headers: ["x-a": "1", "content-type": "text/plain"],
                    cookies: ["a=1", "b=2"]
                )
            )
            try response.write("body")
            #expect(throws: LambdaResponseError.alreadyGiven) { try response.write(HTTPResponseHead()) }
        })
        try await serving(runtime) { server in
            let outcome = try await server.invoke([])
            guard case .response(let response) = outcome.result else { return }
            #expect(response.contentType == "application/vnd.awslambda.http-integration-response")
            let zeros = try #require(response.payload.firstRange(of: [UInt8](repeating: 0, count: 8)))
            let head = response.payload[..<zeros.lowerBound]
            #expect(
                String(decoding: head, as: UTF8.self)
                    == #"{"statusCode":418,"headers":{"content-type":"text/plain","x-a":"1"},"cookies":["a=1","b=2"]}"#
            )
            #expect(String(decoding: response.payload[zeros.upperBound...], as: UTF8.self) == "body")
        }
    }

    @Test("Mid-stream reader error: an error within a stream reaches the platform in the trailers, whole")
    func trailers() async throws {
        let pipe = LogPipe()
        let runtime = LambdaRuntime(streaming: { _, response, _ in
            try response.write("some")
            throw Broken()
        })
        try await serving(runtime, log: pipe) { server in
            for _ in 0..<2 {
                let error = try #require(try await server.invoke([]).error)
                #expect(error.cause == .streamed)
                #expect(error.type == "Function.Broken")
                let document = try JSONDecoder().decode(ReportedError.self, from: Data(error.payload))
                #expect(document.errorMessage == Broken().lambdaErrorMessage)
            }
        }
        let lines = pipe.finishedLines()
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("errorType=Function.Broken") }, "\(lines)")
    }

    @Test(
        "an error before the first piece is an ordinary /error, and a function that writes nothing has an empty response"
    )
    func beforeFirst() async throws {
        let runtime = LambdaRuntime(streaming: { payload, _, _ in if payload.isEmpty { throw Broken() } })
        try await serving(runtime) { server in
            let outcome1 = try await server.invoke([])
            #expect(outcome1.error?.cause == .reported)
            let outcome = try await server.invoke([1])
            #expect(outcome.error == nil && outcome.payload == [])
        }
    }

    @Test("LambdaRuntimeClientTests: double finish is an error for the one who does it, and costs nothing else")
    func finishedTwice() async throws {
        let runtime = LambdaRuntime(streaming: { _, response, _ in
            try response.write("all")
            try response.finish()
            #expect(throws: LambdaResponseError.alreadyGiven) { try response.finish() }
            #expect(throws: LambdaResponseError.alreadyGiven) { try response.write("more") }
            throw Broken()
        })
        try await serving(runtime) { server in
            for _ in 0..<2 {
                let outcome = try await server.invoke([])
                #expect(outcome.text == "all")
            }
        }
    }

    @Test("streaming_send_data_error_is_ignored: a platform that goes away within a stream costs that stream only")
    func peerCloses() async throws {
        let errors = Guarded<[LambdaResponseError]>([])
        let runtime = LambdaRuntime(streaming: { _, response, _ in
            do {
                for _ in 0..<2000 { try response.write([UInt8](repeating: 0x61, count: 64 * 1024)) }
            } catch let error as LambdaResponseError {
                errors.withLock { $0.append(error) }
                throw error
            }
        })
        let api = try ScriptedRuntimeAPI([.init(requestID: "a"), .init(requestID: "b")]) { request, _ in
            request.path.hasSuffix("response") ? .reset : nil
        }
        _ = await run(runtime, on: api)
        let seen = errors.withLock { $0 }
        #expect(seen.count == 2)
        for error in seen {
            guard case .undelivered = error else {
                Issue.record("\(error)")
                continue
            }
        }
    }

    @Test("the headers of a stream are the platform's, the trailers announced up front, the invocation id echoed")
    func wire() async throws {
        let runtime = LambdaRuntime(streaming: { _, response, _ in try response.write("x") })
        let event = ScriptedRuntimeAPI.Event(requestID: "a/b", headers: [("Lambda-Runtime-Invocation-Id", "attempt-7")])
        let api = try ScriptedRuntimeAPI([event]) { request, _ in request.path.hasSuffix("response") ? .close : nil }
        _ = await run(runtime, on: api)
        let request = try #require(api.posts.first)
        #expect(request.path == "/2018-06-01/runtime/invocation/a%2Fb/response")
        #expect(request.headers["lambda-runtime-function-response-mode"] == "streaming")
        #expect(request.headers["transfer-encoding"] == "chunked")
        #expect(
            request.headers["trailer"]
                == "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"
        )
        #expect(request.headers["lambda-runtime-invocation-id"] == "attempt-7")
        #expect(request.headers["expect"] == nil && request.headers["content-length"] == nil)
    }

    @Test("large pieces pass whole")
    func large() async throws {
        let piece = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let runtime = LambdaRuntime(streaming: { _, response, _ in
            for _ in 0..<5 { try response.write(piece) }
        })
        try await serving(runtime) { server in
            let payload = try await server.invoke([]).payload
            #expect(payload.count == 15_000_000 && payload.suffix(3_000_000).elementsEqual(piece))
        }
    }
}

@Suite("Work after the response")
struct AfterResponseTests {
    struct Late: Error {}

    @Test("the caller has the response while the function goes on, and the next event waits for its return")
    func goesOn() async throws {
        let done = Guarded<[String]>([])
        let release = AsyncStream<Void>.makeStream()
        let runtime = LambdaRuntime(continuingAfterResponse: { payload, response, _ in
            try response.send(payload)
            if payload == [1] { for await _ in release.stream { break } }
            done.withLock { $0.append("done \(payload)") }
        })
        try await serving(runtime) { server in
            let outcome2 = try await server.invoke([1])
            #expect(outcome2.payload == [1])
            #expect(done.withLock { $0 } == [])
            async let second = server.invoke([2])
            release.continuation.yield()
            let response = try await second
            #expect(response.payload == [2])
        }
        #expect(done.withLock { $0 } == ["done [1]", "done [2]"])
    }

    @Test("an error after the response is logged, and the next event served")
    func errorAfter() async throws {
        let pipe = LogPipe()
        let runtime = LambdaRuntime(continuingAfterResponse: { payload, response, _ in
            try response.send(payload)
            throw Late()
        })
        try await serving(runtime, log: pipe) { server in
            for byte in UInt8(1)...3 {
                let outcome = try await server.invoke([byte])
                #expect(outcome.payload == [byte])
            }
        }
        #expect(pipe.finishedLines().filter { $0.contains("after its response") && $0.contains("Late") }.count == 3)
    }

    @Test("an error before the response, and a return without one, fail the invocation")
    func withoutResponse() async throws {
        let runtime = LambdaRuntime(continuingAfterResponse: { payload, _, _ in if payload == [1] { throw Late() } })
        try await serving(runtime) { server in
            let outcome3 = try await server.invoke([1])
            #expect(outcome3.error?.type == "Function.Late")
            let outcome4 = try await server.invoke([2])
            #expect(outcome4.error?.type == "Function.ResponseNotGiven")
        }
    }

    @Test("a task that the handler left behind cannot respond any more")
    func leftBehind() async throws {
        let release = AsyncStream<Void>.makeStream()
        let refusals = AsyncStream<LambdaResponseError?>.makeStream()
        let runtime = LambdaRuntime(continuingAfterResponse: { payload, response, _ in
            guard payload == [1] else { return try response.send(payload) }
            Task.detached {
                for await _ in release.stream { break }
                do throws(LambdaResponseError) {
                    try response.send([9])
                    refusals.continuation.yield(nil)
                } catch {
                    refusals.continuation.yield(error)
                }
            }
        })
        try await serving(runtime) { server in
            let open = try await server.invoke([1])
            #expect(open.error?.type == "Function.ResponseNotGiven")
            release.continuation.yield()
            for await refusal in refusals.stream {
                #expect(refusal == .alreadyGiven)
                break
            }
            let next = try await server.invoke([2])
            #expect(next.payload == [2])
        }
    }

    @Test("a second response is an error for the one who gives it, and one that is too large can be made smaller")
    func secondResponse() async throws {
        let runtime = LambdaRuntime(continuingAfterResponse: { _, response, _ in
            let size = LambdaLimits.maximumPayloadSize + 1
            #expect(throws: LambdaResponseError.tooLarge(size)) {
                try response.send([UInt8](repeating: 0, count: size))
            }
            try response.send([7])
            #expect(throws: LambdaResponseError.alreadyGiven) { try response.send([8]) }
        })
        try await serving(runtime) { server in
            let outcome = try await server.invoke([])
            #expect(outcome.payload == [7])
        }
    }
}
