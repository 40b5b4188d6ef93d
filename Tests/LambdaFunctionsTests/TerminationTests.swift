// SIGTERM while a function waits, and what its process leaves to others.

import Foundation
import HTTPScripting
import RuntimeAPIServer
import SharedState
import Testing

@testable import LambdaFunctions

@Suite("SIGTERM while a function waits")
struct TerminationTests {
    @Test(
        "runs the hooks that need the main actor, whose thread was the one that waits",
        arguments: [RuntimeAPIServer.Mode.onDemand, .managedInstances(concurrency: 2), .snapStart]
    )
    func mainActor(mode: RuntimeAPIServer.Mode) async throws {
        try await withLifecycleFunction(mode, ["NOTES_OF_MAIN": "1"]) { server, notes in
            if mode == .snapStart {
                // Between the snapshot and the restore.
                await server.waitUntilInitialized()
            } else {
                try await server.expectEcho(of: "ready")
            }
            let process = try #require(server.processIdentifier)
            kill(process, SIGTERM)
            while server.exits.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            #expect(server.exits.map(\.status) == [.exited(code: 0)])
            #expect(notes().suffix(3) == ["second", "first", "main"])
        }
    }

    @Test("a function's descriptors are not inherited by the programs that it starts")
    func descriptors() async throws {
        try await withLifecycleFunction(.onDemand) { server, _ in
            try await server.expectEcho(of: "ready")
            let process = try #require(server.processIdentifier)
            let folder = "/proc/\(process)/fdinfo"
            let connections = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8).split(separator: "\n")
                .compactMap { row in row.split(separator: " ").dropFirst(9).first.map(String.init) }
            var checked = 0
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                guard let number = Int(name), number > 2,
                    let target = try? FileManager.default.destinationOfSymbolicLink(
                        atPath: "/proc/\(process)/fd/\(name)"
                    ),
                    let text = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
                else { continue }
                // libcurl's own pairs of sockets are nobody's business.
                guard target.hasPrefix("pipe:") || connections.contains(where: { target == "socket:[\($0)]" }) else {
                    continue
                }
                let flags = text.split(separator: "\n").first { $0.hasPrefix("flags:") }
                let octal = flags?.split(separator: "\t").last.flatMap { Int($0, radix: 8) } ?? 0
                #expect(octal & 0o2_000_000 != 0, "descriptor \(number): \(text)")
                checked += 1
            }
            // Both ends of the signal's pipe at least; connections have a test of their own.
            #expect(checked >= 2)
        }
    }

    @Test("after a restore the extension waits over a new connection, as the runtime does")
    func renewedExtension() async throws {
        let waitBegan = DispatchSemaphore(value: 0)
        let waitCount = Guarded(0)
        let api = try ScriptedRuntimeAPI([.init("x", requestID: "a")]) { request, _ in
            switch request.path.lastPathComponent {
            case "register": return .status(200, headers: [("Lambda-Extension-Identifier", "the-id")], body: "{}")
            case "next" where request.path.contains("extension"):
                waitCount.withLock { $0 += 1 }
                waitBegan.signal()
                return .silence()
            case "next" where request.path.contains("restore"):
                // A restore before the extension's first request would leave nothing to renew.
                return .status(waitBegan.wait(timeout: .now() + 30) == .success ? 200 : 500)
            default: return nil
            }
        }
        var runtime = LambdaRuntime { payload, _ in
            // The end of the run is the end of its server: the extension's thread may come to its request later.
            for _ in 1...6000 where waitCount.withLock({ $0 }) < 2 { try await Task.sleep(for: .milliseconds(5)) }
            return payload
        }
        // Without the watch over this process's own SIGTERM.
        runtime.options.prepareShutdown = { environment, log, _ in
            NoEventExtension.register(environment, log: log)?.renew
        }
        let ended = await run(runtime, on: api, ["AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"])
        #expect(ended != nil && api.posts.last?.text == "x")
        func waits() -> [ScriptedRuntimeAPI.Request] {
            api.requests.filter { $0.path == "/2020-01-01/extension/event/next" }
        }
        #expect(waits().count == 2)
        #expect(Set(waits().map(\.connection)).count == 2)
        #expect(waits().allSatisfy { $0.headers["lambda-extension-identifier"] == "the-id" })
    }
}
