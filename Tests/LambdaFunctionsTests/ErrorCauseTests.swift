// The cause of an error for X-Ray: its document, its one header line, its limit.

import Foundation
import HTTPScripting
import Testing

@testable import LambdaFunctions

@Suite("The cause of an error for X-Ray")
struct ErrorCauseTests {
    struct Traced: LambdaErrorConvertible {
        var message = "m"
        var lambdaStackTrace: [String] = []
        var lambdaErrorMessage: String { message }
    }

    @Test("XRayCausePlumbing: type, message, frames, and each path once in the order in which they come")
    func frames() throws {
        let trace = ["inner() at /src/a.swift:12", "outer() at /src/b.swift:7", "main at /src/a.swift:1", "no place"]
        let cause = try #require(ErrorReport(Traced(lambdaStackTrace: trace)).xrayCause)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(cause.utf8)) as? [String: Any])
        #expect((document["working_directory"] as? String)?.hasPrefix("/") == true)
        #expect(document["paths"] as? [String] == ["/src/a.swift", "/src/b.swift"])
        let exceptions = try #require(document["exceptions"] as? [[String: Any]])
        #expect(exceptions.count == 1 && exceptions[0]["type"] as? String == "Function.Traced")
        let stack = try #require(exceptions[0]["stack"] as? [[String: Any]])
        #expect(stack.map { $0["label"] as? String } == ["inner()", "outer()", "main", "no place"])
        #expect(stack.map { $0["line"] as? Int } == [12, 7, 1, 0])
    }

    @Test("Node: a message with 0x7F, line breaks and NUL stays one header line, and valid JSON")
    func controlCharacters() async throws {
        let message = "a\u{7F}b\nc\r\nd\0e é"
        let api = try ScriptedRuntimeAPI([.init(requestID: "a")])
        _ = await run(LambdaRuntime { _, _ in throw Traced(message: message) }, on: api)
        let header = try #require(api.posts[0].headers["lambda-runtime-function-xray-error-cause"])
        #expect(!header.utf8.contains { $0 < 0x20 || $0 == 0x7F })
        let document = try #require(try JSONSerialization.jsonObject(with: Data(header.utf8)) as? [String: Any])
        let exceptions = try #require(document["exceptions"] as? [[String: Any]])
        #expect(exceptions[0]["message"] as? String == message)
    }

    @Test(
        "X-Ray header too long: it is dropped, and the error still posted",
        arguments: [(18_000, true), (21_845, false)]
    )
    func tooLong(frames: Int, isSent: Bool) async throws {
        // Cut to 64 KiB, this is 384 KiB in JSON, and each frame is 32 bytes more; a header may have 1008 KiB.
        let message = String(repeating: "\u{1}", count: 100_000)
        let trace = [String](repeating: "", count: frames)
        let api = try ScriptedRuntimeAPI([.init(requestID: "a"), .init("fine", requestID: "b")])
        let runtime = LambdaRuntime { payload, _ in
            guard payload == Array("fine".utf8) else { throw Traced(message: message, lambdaStackTrace: trace) }
            return payload
        }
        _ = await run(runtime, on: api)
        #expect(api.posts.map(\.path.lastPathComponent) == ["error", "response"])
        #expect(api.posts[0].body.count > 400_000)
        let cause = api.posts[0].headers["lambda-runtime-function-xray-error-cause"]
        #expect((cause != nil) == isSent)
        #expect(cause.map(\.utf8.count) ?? 1_000_000 > 900_000)
    }
}
