// Functions whose output has no end: limits hold, the log has a bound, and nothing waits for more.

import Foundation
import RuntimeAPIServer
import SharedState
import TemporaryFiles
import Testing

// Each of these hangs for ever where the limit does not hold.
@Suite("A function that prints without end", .timeLimit(.minutes(2)))
struct FloodTests {
    static let floods = ["lines", "line", "errors", "escaped", "held"]

    @Test("is out of time like any other", arguments: floods)
    func timeout(_ flood: String) async throws {
        let log = SizedLog()
        try await withObedient {
            $0.maximumLogSize = 10_000
            $0.log = log.take
        } _: { server in
            _ = try await server.invoke(Array("1".utf8))
            var request = InvocationRequest(#"{"flood":"\#(flood)","sleep":0,"after":600,"answer":1}"#, id: "one")
            request.timeout = .seconds(1)
            request.completion = .release
            let outcome = try await server.invoke(request)
            #expect(outcome.report.status == .timeout)
            let next = try await server.invoke(Array("2".utf8))
            #expect(next.text == "2")
            #expect(server.exits.map(\.status) == [.signalled(number: 9)])
        }
        #expect(log.byteCount <= 2 * 10_000)
        #expect(log.notices == (["held"].contains(flood) ? 0 : 1))
    }

    @Test("and does not listen to SIGTERM is killed when its time is up")
    func stubborn() async throws {
        try await withObedient {
            $0.environment = ["FUNCTION_INIT": "stubborn"]
            $0.shutdownTimeLimit = .milliseconds(200)
        } _: { server in
            var request = InvocationRequest(#"{"flood":"lines"}"#, id: "one")
            request.timeout = .seconds(1)
            let outcome = try await server.invoke(request)
            #expect(outcome.error?.cause == .timedOut)
            let next = try await server.invoke(Array("2".utf8))
            #expect(next.text == "2")
        }
    }

    @Test("in its init is out of time there")
    func initialization() async throws {
        try await withObedient {
            $0.environment = ["FUNCTION_INIT": "flood lines"]
            $0.initializationTimeLimit = .seconds(1)
            $0.timeout = .seconds(1)
        } _: { server in
            let outcome = try await server.invoke(Array("1".utf8))
            #expect(outcome.error?.cause == .timedOut)
        }
    }

    @Test("can be stopped, killed and restarted at any time", arguments: floods)
    func stop(_ flood: String) async throws {
        let log = SizedLog()
        try await withObedient {
            $0.log = log.take
        } _: { server in
            async let first = try? server.invoke(Self.endless(flood, id: "one"))
            if flood == "held" {
                _ = await first
            } else {
                while log.byteCount == 0 { try await Task.sleep(for: .milliseconds(5)) }
            }
            server.killProcess()
            #expect(try await server.invoke(Array("2".utf8)).text == "2")
            let before = log.byteCount
            let second = Task { try? await server.invoke(Self.endless(flood, id: "two")) }
            if flood == "held" {
                _ = await second.value
            } else {
                while log.byteCount == before { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
        // `stop()` is at the end of `withServer`.
    }

    /// The silent one is ended by its limit: before the process is killed, and before the server stops.
    private static func endless(_ flood: String, id: String) -> InvocationRequest {
        var request = InvocationRequest(#"{"flood":"\#(flood)","after":600,"answer":1}"#, id: id)
        if flood == "held" { request.timeout = .seconds(1) }
        return request
    }

    @Test("what it logs counts anew for each invocation, and its last lines are kept beyond the bound")
    func bound() async throws {
        let log = SizedLog()
        try await withObedient {
            $0.maximumLogSize = 100
            $0.log = log.take
        } _: { server in
            for number in 1...3 {
                let lines = (0..<30).map { #""line \#($0)""# }.joined(separator: ",")
                var request = InvocationRequest(#"{"print":[\#(lines)],"answer":\#(number)}"#, id: "\(number)")
                request.completion = .release
                let outcome = try await server.invoke(request)
                #expect(outcome.text == "\(number)")
                #expect(outcome.logTail.count < 1000)
            }
            _ = try await server.invoke(Array(#"{"exit":0}"#.utf8))
            #expect(server.exits.last?.lastLogLines.last == "line 29")
            #expect(server.exits.last?.lastLogLines.count == 20)
        }
        #expect(log.notices == 3)
        #expect(log.functionByteCount <= 300)
    }

    #if os(Linux)
    @Test("the project's own case of it, a shell script")
    func script() async throws {
        let folder = try TemporaryFolder()
        let script = try folder.write(
            """
            #!/bin/sh
            exec python3 -c '
            import os, urllib.request
            urllib.request.urlopen("http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/next")
            os.execvp("yes", ["yes"])'
            """,
            to: "prints-without-end"
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        var configuration = RuntimeAPIServer.Configuration(.process(executable: script))
        configuration.timeout = .seconds(2)
        configuration.initializationTimeLimit = .seconds(60)
        try await RuntimeAPIServer.withServer(configuration) { server in
            let outcome = try await server.invoke(Array("{}".utf8))
            #expect(outcome.error?.cause == .timedOut)
        }
    }
    #endif
}

@Suite("The executable of a function")
struct ExecutableLookupTests {
    @Test("is looked up along PATH where its name has no slash, and then in the working directory")
    func alongPath() async throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let script = tests.appendingPathComponent("Functions/obedient-function.py").path
        var configuration = RuntimeAPIServer.Configuration(.process(executable: "python3", arguments: [script]))
        configuration.timeout = .seconds(60)
        configuration.initializationTimeLimit = .seconds(60)
        try await RuntimeAPIServer.withServer(configuration) { server in
            let outcome = try await server.invoke(Array("1".utf8))
            #expect(outcome.text == "1")
        }
        let folder = try TemporaryFolder()
        let path = try folder.write("#!/bin/sh\nexec python3 \(script)\n", to: "my-function-nowhere-else")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        let name = URL(fileURLWithPath: path).lastPathComponent
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        configuration.function = .process(executable: name, workingDirectory: directory)
        try await RuntimeAPIServer.withServer(configuration) { server in
            let outcome = try await server.invoke(Array("2".utf8))
            #expect(outcome.text == "2")
        }
        // The function's own PATH counts, where it has one.
        configuration.function = .process(executable: name)
        configuration.environment = ["PATH": "/nowhere:\(directory):/usr/bin:/bin"]
        try await RuntimeAPIServer.withServer(configuration) { server in
            let outcome = try await server.invoke(Array("3".utf8))
            #expect(outcome.text == "3")
        }
    }

    @Test("that is nowhere, a folder, or not executable is an error at the start")
    func missing() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("", to: "not-executable")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        for executable in ["no-such-command", "", "/", file] {
            await #expect(throws: RuntimeAPIServer.StartError.self) {
                try await RuntimeAPIServer.start(.init(.process(executable: executable)))
            }
        }
    }
}

/// Counts what is logged.
private final class SizedLog: Sendable {
    private let state = Guarded((all: 0, function: 0, notices: 0))

    var byteCount: Int { state.withLock { $0.all } }
    var functionByteCount: Int { state.withLock { $0.function } }
    var notices: Int { state.withLock { $0.notices } }

    var take: @Sendable (LogLine) -> Void {
        { [self] line in
            state.withLock { state in
                state.all += line.bytes.count + 1
                if line.source != .platform { state.function += line.bytes.count + 1 }
                if line.text.hasPrefix("LOGS Dropped") { state.notices += 1 }
            }
        }
    }
}
