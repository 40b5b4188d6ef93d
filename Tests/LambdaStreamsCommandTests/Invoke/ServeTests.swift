// `lambda-streams invoke --serve`: AWS's Invoke, called as SDKs and scripts call it.

import Foundation
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

@Suite("lambda-streams invoke --serve")
struct ServeTests {
    @Test("answers, says which answers are errors, and gives the end of the log")
    func answers() async throws {
        try await withServed { served in
            let good = try await served.invoke(#"{"print":["hello"],"answer":{"a":1}}"#, ["X-Amz-Log-Type": "Tail"])
            #expect(good.status == 200 && good.body == #"{"a": 1}"#)
            #expect(good.header("X-Amz-Executed-Version") == "$LATEST" && good.header("X-Amz-Function-Error") == nil)
            let tail = try #require(good.header("X-Amz-Log-Result").flatMap { Data(base64Encoded: $0) })
            let log = String(decoding: tail, as: UTF8.self)
            #expect(log.hasPrefix("START RequestId: ") && log.contains("\nhello\n") && log.contains("\nREPORT "))
            let bad = try await served.invoke(#"{"exit":3}"#)
            #expect(bad.status == 200 && bad.header("X-Amz-Function-Error") == "Unhandled")
            #expect(bad.body.contains(#""errorType":"Runtime.ExitError""#) && bad.header("X-Amz-Log-Result") == nil)
        }
    }

    @Test("runs an event that nobody waits for, and touches nothing in a dry run")
    func otherTypes() async throws {
        try await withServed { served in
            let event = try await served.invoke(#"{"print":["in passing"]}"#, ["X-Amz-Invocation-Type": "Event"])
            #expect(event.status == 202 && event.body == "")
            try await served.command.hasWritten("in passing")
            let dry = try await served.invoke(#"{"print":["never"]}"#, ["X-Amz-Invocation-Type": "DryRun"])
            #expect(dry.status == 204)
            // Were it run, it would be before this one.
            #expect(try await served.invoke("7").body == "7")
            #expect(!served.command.errors.contains("never"))
        }
    }

    @Test("two callers at once each get their own answer")
    func callers() async throws {
        try await withServed { served in
            async let first = served.invoke(#"{"sleep":0.3,"answer":1}"#)
            async let second = served.invoke(#"{"sleep":0.3,"answer":2}"#)
            let answers = try await [first.body, second.body]
            #expect(answers == ["1", "2"])
        }
    }

    @Test("refuses what AWS refuses")
    func refusals() async throws {
        try await withServed { served in
            let large = "\"" + String(repeating: "x", count: 6 * 1024 * 1024) + "\""
            for (status, type, reply) in [
                (413, "RequestTooLargeException", try await served.invoke(large)),
                (400, "InvalidRequestContentException", try await served.invoke("{")),
                (400, "InvalidParameterValueException", try await served.invoke("1", ["X-Amz-Invocation-Type": "Now"])),
                (404, "ResourceNotFoundException", try await served.invoke("1", name: "other")),
            ] {
                #expect(reply.status == status && reply.header("X-Amzn-ErrorType") == type, "\(reply)")
            }
            #expect(try await served.send("GET", served.path()).status == 405)
            #expect(try await served.send("POST", "/").status == 404)
            // None of it came to the function, which is well.
            #expect(try await served.invoke("1").body == "1")
            #expect(served.command.errors.components(separatedBy: "START").count == 2)
        }
    }

    @Test("Ctrl-C ends it well, with a call under way and the function")
    func interruption() async throws {
        let command = try await withServed { served in
            let call = Task { try await served.invoke(#"{"print":["under way"],"sleep":600}"#) }
            try await served.command.hasWritten("under way")
            let functions = served.command.children
            #expect(!functions.isEmpty)
            served.command.signal(SIGINT)
            let run = try await served.command.end()
            #expect(run.status == 0)
            #expect(functions.allSatisfy { !isRunning($0) })
            _ = await call.result
            return served.command
        }
        #expect(command.children.isEmpty)
    }

    @Test("a port that is taken ends the command, and the function with it")
    func takenPort() async throws {
        try await withServed { served in
            let arguments = ["invoke", "--serve", "\(served.port)", "--", Products.obedientFunction]
            let run = try await CommandRun.lambdaStreams(arguments)
            #expect(run.status == 2)
            #expect(run.errors.contains("Is another at it? Port 0 takes a free one."), "\(run.errors)")
        }
    }
}

/// A command that serves, until the end of `body`.
@discardableResult
func withServed<Result>(
    _ options: [String] = [],
    _ function: String = Products.obedientFunction,
    _ body: (Served) async throws -> Result
) async throws -> Result {
    let command = try RunningCommand.lambdaStreams(["invoke", "--serve", "0"] + options + ["--", function])
    try await command.hasWritten("Invoke is at http://127.0.0.1:")
    let address = command.errors.components(separatedBy: "http://127.0.0.1:").dropFirst().first ?? ""
    let served = Served(command: command, port: Int(address.prefix { $0.isNumber }) ?? 0)
    let result = try await body(served)
    command.signal(SIGINT)
    _ = try await command.end()
    return result
}

struct Served: Sendable {
    let command: RunningCommand
    let port: Int

    struct Reply {
        let status: Int
        let body: String
        let response: HTTPURLResponse?

        func header(_ name: String) -> String? { response?.value(forHTTPHeaderField: name) }
    }

    func path(_ name: String = "function") -> String { "/2015-03-31/functions/\(name)/invocations" }

    func invoke(_ event: String, _ headers: [String: String] = [:], name: String = "function") async throws -> Reply {
        try await send("POST", path(name), headers, event)
    }

    func send(
        _ method: String,
        _ path: String,
        _ headers: [String: String] = [:],
        _ body: String? = nil
    ) async throws -> Reply {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
        request.httpMethod = method
        request.timeoutInterval = 60
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let reply = response as? HTTPURLResponse
        return Reply(status: reply?.statusCode ?? 0, body: String(decoding: data, as: UTF8.self), response: reply)
    }
}
