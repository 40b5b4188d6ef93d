// Real processes, started, watched and ended by the server.

import Foundation
import RuntimeAPIServer
import SharedState
import Testing

@Suite("A function's process")
struct FunctionProcessTests {
    @Test("responds, and its durations, memory and runtime are reported")
    func responds() async throws {
        try await RuntimeAPIServer.withServer(.init(.process(executable: Built.path("OrderProjector")))) { server in
            let outcome = try await server.invoke(Array(#"{"Records":[]}"#.utf8))
            #expect(outcome.text == #"{"batchItemFailures":[]}"#)
            #expect(outcome.error == nil)
            #expect(outcome.report.initializationDuration ?? .zero > .zero)
            // More than nothing, and not what this process has.
            let memory = outcome.report.maximumMemoryUsed ?? 0
            #expect(memory > 1024 * 1024 && memory < 64 * 1024 * 1024)
            #expect(server.runtimeRelease.hasPrefix("swift-lambda-streams/"))
            let second = try await server.invoke(Array(#"{"Records":[]}"#.utf8))
            #expect(second.report.initializationDuration == nil)
        }
    }

    @Test("its lines are handed on in order, between the platform's")
    func log() async throws {
        let log = LogCollector()
        try await withObedient {
            $0.log = log.take
        } _: { server in
            var request = InvocationRequest(#"{"print":["a","b=c"],"error":["d"],"answer":1}"#, id: "one")
            request.completion = .release
            let outcome = try await server.invoke(request)
            let tail = String(decoding: outcome.logTail, as: UTF8.self)
            let lines = tail.split(separator: "\n").map(String.init)
            #expect(lines.first == "START RequestId: one Version: $LATEST")
            #expect(lines.filter { !$0.hasPrefix("d") }.dropFirst().prefix(3) == ["a", "b=c", "END RequestId: one"])
            #expect(lines.contains("d"))
            let report = try #require(lines.last)
            #expect(report.hasPrefix("REPORT RequestId: one\tDuration: "))
            for part in ["\tBilled Duration: ", "\tMemory Size: 128 MB\tMax Memory Used: ", "\tInit Duration: "] {
                #expect(report.contains(part))
            }
        }
        let sources = log.lines.filter { ["a", "b=c", "d"].contains($0.text) }.map(\.source)
        #expect(sources.filter { $0 == .output }.count == 2 && sources.contains(.errorOutput))
    }

    @Test(
        "finds what the platform tells it in its environment",
        arguments: [
            ("AWS_LAMBDA_FUNCTION_NAME", "function"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"), ("_HANDLER", "obedient-function.py"), ("TZ", ":UTC"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"), ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function"),
            ("MINE", "a=b=c"), ("AWS_LAMBDA_MAX_CONCURRENCY", nil), ("AWS_EXECUTION_ENV", nil),
        ] as [(String, String?)]
    )
    func environment(_ name: String, _ value: String?) async throws {
        try await withObedient {
            $0.memorySize = 256
            $0.environment = ["MINE": "a=b=c", "AWS_LAMBDA_FUNCTION_NAME": "not mine to set"]
        } _: { server in
            let outcome = try await server.invoke(Array(#"{"environment":"\#(name)"}"#.utf8))
            #expect(outcome.text == (value.map { #""\#($0)""# } ?? "null"))
        }
    }

    @Test("that is out of time is killed, and the next event finds a new one")
    func timeout() async throws {
        try await withObedient { server in
            _ = try await server.invoke(Array("1".utf8))
            var request = InvocationRequest(#"{"sleep":60}"#, id: "slow")
            request.timeout = .seconds(1)
            let outcome = try await server.invoke(request)
            #expect(outcome.error?.cause == .timedOut)
            let document = #"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: slow Error: "#
            #expect(outcome.text == document + #"Task timed out after 1.00 seconds"}"#)
            #expect(outcome.report.status == .timeout)
            let next = try await server.invoke(Array("2".utf8))
            #expect(next.text == "2" && next.report.initializationDuration != nil)
            #expect(server.exits.map(\.status) == [.signalled(number: 9)])
        }
    }

    @Test("whose work after the response is out of time is killed after the response")
    func timeoutAfterResponse() async throws {
        try await withObedient { server in
            var request = InvocationRequest(#"{"answer":1,"after":60}"#, id: "one")
            request.timeout = .seconds(2)
            let outcome = try await server.invoke(request)
            #expect(outcome.text == "1" && outcome.report.status == .success)
            #expect(try await server.invoke(Array("2".utf8)).text == "2")
            #expect(server.exits.count == 1)
        }
    }

    @Test(
        "that ends without a response is reported with its exit status or signal",
        arguments: [
            (#"{"exit":0}"#, FunctionExit.Status.exited(code: 0), "Runtime exited without providing a reason"),
            (#"{"exit":3}"#, .exited(code: 3), "Runtime exited with error: exit status 3"),
            (#"{"signal":9}"#, .signalled(number: 9), "Runtime exited with error: signal: killed"),
            (#"{"signal":11}"#, .signalled(number: 11), "Runtime exited with error: signal: segmentation fault"),
        ]
    )
    func exit(_ event: String, _ status: FunctionExit.Status, _ message: String) async throws {
        try await withObedient { server in
            _ = try await server.invoke(Array("1".utf8))
            let outcome = try await server.invoke(InvocationRequest(event, id: "one"))
            #expect(outcome.error?.cause == .exited(status))
            let document = #"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: one Error: "#
            #expect(outcome.text == document + message + #""}"#)
            #expect(try await server.invoke(Array("2".utf8)).text == "2")
            #expect(server.exits.last?.processorTime ?? .zero > .zero)
        }
    }

    @Test("takes its children with it")
    func children() async throws {
        try await withObedient { server in
            let event = Array(#"{"spawn":600,"exit":1}"#.utf8)
            let outcome = try await server.invoke(event)
            #expect(outcome.error?.cause == .exited(.exited(code: 1)))
        }
        // Had the child kept the pipes open, the exit would not have been told of.
    }

    @Test("that ends in its init fails the event that waits, each time anew")
    func crashLoop() async throws {
        try await withObedient {
            $0.environment = ["FUNCTION_INIT": "exit 3"]
        } _: { server in
            for count in 1...3 {
                let outcome = try await server.invoke(Array("1".utf8))
                #expect(outcome.error?.type == "Runtime.ExitError")
                #expect(outcome.error?.cause == .exited(.exited(code: 3)))
                #expect(server.exits.count >= count)
            }
            #expect(server.exits.last?.lastLogLines.last == "the init ends here")
            #expect(await server.waitUntilInitialized() == false)
        }
    }

    @Test("that reports its failed init fails the event with what it reported")
    func initializationError() async throws {
        try await withObedient {
            $0.environment = ["FUNCTION_INIT": "error Runtime.Broken"]
        } _: { server in
            let outcome = try await server.invoke(Array("1".utf8))
            #expect(outcome.error?.type == "Runtime.Broken" && outcome.error?.cause == .initialization)
            #expect(outcome.text == #"{"errorMessage":"broken"}"#)
        }
    }

    @Test("whose init takes too long is started again within the invocation, and that is out of time")
    func slowInitialization() async throws {
        let log = LogCollector()
        try await withObedient {
            $0.environment = ["FUNCTION_INIT": "sleep 60"]
            $0.initializationTimeLimit = .seconds(1)
            $0.timeout = .seconds(1)
            $0.log = log.take
        } _: { server in
            let outcome = try await server.invoke(Array("1".utf8))
            #expect(outcome.error?.cause == .timedOut)
            _ = try await eventually {
                server.exits.count
            } until: {
                $0 == 2
            }
        }
        #expect(log.lines.contains { $0.text.hasPrefix("INIT_REPORT") && $0.text.hasSuffix("Status: timeout") })
    }

    @Test("that registered an extension gets SIGTERM, one that did not gets SIGKILL")
    func termination() async throws {
        let log = LogCollector()
        for (initialization, status) in [
            ("extension", FunctionExit.Status.exited(code: 0)), ("", .signalled(number: 9)),
        ] {
            var configuration = obedient
            configuration.environment = ["FUNCTION_INIT": initialization]
            configuration.shutdownTimeLimit = .seconds(20)
            configuration.log = log.take
            let server = try await RuntimeAPIServer.start(configuration)
            #expect(try await server.invoke(Array("1".utf8)).text == "1")
            await server.stop()
            #expect(server.exits.map(\.status) == [status])
        }
        #expect(log.lines.filter { $0.text == "terminated" }.count == 1)
    }

    @Test("that does not end at SIGTERM gets SIGKILL when its time is up")
    func killed() async throws {
        let log = LogCollector()
        var configuration = obedient
        configuration.environment = ["FUNCTION_INIT": "stubborn"]
        configuration.shutdownTimeLimit = .milliseconds(300)
        configuration.log = log.take
        let server = try await RuntimeAPIServer.start(configuration)
        #expect(try await server.invoke(Array("1".utf8)).text == "1")
        let start = ContinuousClock.now
        await server.stop()
        #expect(ContinuousClock.now - start >= .milliseconds(300))
        #expect(server.exits.map(\.status) == [.signalled(number: 9)])
        #expect(log.lines.contains { $0.text == "not now" })
    }

    @Test("is replaced when asked for, between invocations")
    func restart() async throws {
        try await withObedient { server in
            _ = try await server.invoke(Array("1".utf8))
            let first = server.processIdentifier
            server.restart()
            #expect(try await server.invoke(Array("2".utf8)).text == "2")
            #expect(server.processIdentifier != first)
            server.killProcess()
            _ = try await eventually {
                server.exits.count
            } until: {
                $0 == 2
            }
            #expect(try await server.invoke(Array("3".utf8)).text == "3")
        }
    }

    @Test("that cannot be run is an error at the start")
    func notExecutable() async throws {
        let path = "/nonexistent/function"
        await #expect(
            throws: RuntimeAPIServer.StartError.notExecutable(path: path, reason: "No such file or directory")
        ) {
            try await RuntimeAPIServer.start(.init(.process(executable: path)))
        }
    }
}

/// The function that does what its events say.
var obedient: RuntimeAPIServer.Configuration {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let script = tests.appendingPathComponent("Functions/obedient-function.py").path
    var configuration = RuntimeAPIServer.Configuration(.process(executable: script))
    configuration.timeout = .seconds(60)
    configuration.initializationTimeLimit = .seconds(60)
    return configuration
}

func withObedient(
    _ change: (inout RuntimeAPIServer.Configuration) -> Void = { _ in },
    _ body: (RuntimeAPIServer) async throws -> Void
) async throws {
    var configuration = obedient
    change(&configuration)
    try await RuntimeAPIServer.withServer(configuration, body)
}

/// Keeps what was logged.
final class LogCollector: Sendable {
    private let collected = Guarded<[LogLine]>([])
    var lines: [LogLine] { collected.withLock { $0 } }
    var take: @Sendable (LogLine) -> Void { { [self] line in collected.withLock { $0.append(line) } } }
}
