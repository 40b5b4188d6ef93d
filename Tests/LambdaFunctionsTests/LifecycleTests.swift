// A real function on each kind of platform, and what it prints.

import Foundation
import RuntimeAPIServer
import SharedState
import TemporaryFiles
import Testing

@Suite("A function's own process on each kind of platform")
struct PlatformTests {
    @Test("snapstart: a real process runs its hooks round the restore, and each new one again")
    func snapStart() async throws {
        try await withLifecycleFunction(.snapStart) { server, notes in
            await server.waitUntilInitialized()
            #expect(notes() == ["snapshot"])
            for text in ["one", "two"] { try await server.expectEcho(of: text) }
            #expect(notes() == ["snapshot", "restored"])
            server.restart()
            try await server.expectEcho(of: "three")
            #expect(notes() == ["snapshot", "restored", "second", "first", "snapshot", "restored"])
        }
    }

    @Test("Managed Instances: a real process serves as many invocations at once as it is told to")
    func managedInstances() async throws {
        try await withLifecycleFunction(.managedInstances(concurrency: 5)) { server, notes in
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<5 { group.addTask { try await server.answer(to: "sleep 1000") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == [String](repeating: "sleep 1000", count: 5))
            #expect(notes().prefix(5) == ["begun", "begun", "begun", "begun", "begun"])
            #expect(server.exits.isEmpty)
        }
    }
}

@Suite("What a function prints")
struct PrintedLinesTests {
    @Test("is in the log between START and END, though the process is killed in the end")
    func lines() async throws {
        let lines = Guarded<[String]>([])
        let executable = Bundle.main.bundleURL.appendingPathComponent("LifecycleFunction").path
        var configuration = RuntimeAPIServer.Configuration(.process(executable: executable))
        configuration.log = { line in lines.withLock { $0.append(line.text) } }
        try await RuntimeAPIServer.withServer(configuration) { server in
            var request = InvocationRequest(Array("print".utf8))
            request.completion = .release
            _ = try await server.invoke(request)
        }
        let log = lines.withLock { $0.map { $0.prefix { $0 != " " } } }
        #expect(log.prefix(3) == ["START", "printed", "END"])
    }
}

extension RuntimeAPIServer {
    func answer(to text: String) async throws -> String {
        try await invoke(Array(text.utf8)).text
    }

    func expectEcho(of text: String) async throws {
        #expect(try await answer(to: text) == text)
    }
}

/// Serves the function that makes notes of what is done with it.
func withLifecycleFunction(
    _ mode: RuntimeAPIServer.Mode,
    _ variables: [String: String] = [:],
    _ body: (RuntimeAPIServer, _ notes: () -> [String]) async throws -> Void
) async throws {
    let folder = try TemporaryFolder()
    let executable = Bundle.main.bundleURL.appendingPathComponent("LifecycleFunction").path
    var configuration = RuntimeAPIServer.Configuration(.process(executable: executable))
    configuration.mode = mode
    configuration.environment = variables.merging(["NOTES_FILE": folder.file("notes")]) { $1 }
    configuration.shutdownTimeLimit = .seconds(20)
    configuration.timeout = .seconds(30)
    try await RuntimeAPIServer.withServer(configuration) { server in
        try await body(server) {
            ((try? folder.read("notes")) ?? "").split(separator: "\n").map(String.init)
        }
    }
}
