// The same requests to AWS's Runtime Interface Emulator and to this server: their replies are the same.

import Foundation
import HTTPScripting
import RuntimeAPIServer
import TemporaryFiles
import Testing

@Suite("Beside AWS's emulator", .enabled(if: Emulator.isInstalled, "Scripts/setup.sh installs it"))
struct EmulatorTests {
    @Test("statuses and documents are the emulator's", .timeLimit(.minutes(2)))
    func sameReplies() async throws {
        let emulator = try await Emulator()
        defer { emulator.stop() }
        let theirs = try await Self.replies(emulator.endpoint, invokeAt: emulator.invokeAddress)
        var configuration = RuntimeAPIServer.Configuration(.external)
        configuration.timeout = .seconds(60)
        let ours = try await RuntimeAPIServer.withServer(configuration) { server in
            let port = try await server.serveInvocations()
            return try await Self.replies(server.endpoint, invokeAt: "127.0.0.1:\(port)")
        }
        #expect(theirs.count == ours.count)
        for (their, our) in zip(theirs, ours) { #expect(their == our) }
    }

    /// What a runtime that breaks the rules gets as replies.
    private static func replies(_ endpoint: String, invokeAt address: String) async throws -> [String] {
        var replies: [String] = []
        var id = "none"
        func note(_ what: String, _ response: RawConnection.Response?) {
            let text = response.map { "\($0.status) \($0.text)".replacingOccurrences(of: id, with: "ID") }
            replies.append("\(what): \(text ?? "nothing")")
        }
        func invoke(_ payload: String) -> Task<RawConnection.Response?, any Error> {
            Task {
                let path = "/2015-03-31/functions/function/invocations"
                return try await RawConnection(address).request("POST", path, body: Array(payload.utf8))
            }
        }
        let first = invoke(#"{"n":1}"#)
        // The emulator knows no runtime before it has started its process, and drops the connection of one that asks.
        let (runtime, event) = try await eventually { () -> (RawRuntime, RawConnection.Response)? in
            let runtime = try RawRuntime(endpoint)
            return await runtime.next().map { (runtime, $0) }
        } until: {
            $0.1.status == 200
        }
        id = event.requestID
        note("next", event)
        note("next again", await runtime.next())
        note("a response to an unknown id", await runtime.respond("unknown"))
        note("an error for an unknown id", await runtime.fail("unknown"))
        note("a late init error", await runtime.post("/2018-06-01/runtime/init/error"))
        note("a path that is none", await runtime.get("/2018-06-01/runtime/nonsense"))
        note("a restore", await runtime.get("/2018-06-01/runtime/restore/next"))
        note("a wrong method", await runtime.post("/2018-06-01/runtime/invocation/next"))
        note("a ping", await runtime.get("/2018-06-01/ping"))
        note("a response", await runtime.respond(id))
        note("a second response", await runtime.respond(id, headers: [("Accept", "application/xml")]))
        note("an error after the response", await runtime.fail(id))
        let agent = [("Lambda-Extension-Name", "late")]
        note("a late registration", await runtime.post("/2020-01-01/extension/register", "{}", headers: agent))

        // Each further event is asked for before it comes: the emulator replies to its caller only then.
        var next = Task { await runtime.next() }
        note("the caller of the first", try await first.value)
        for response in ["an error", "too large", "as large as may be"] {
            let call = invoke("[]")
            id = try #require(await next.value).requestID
            switch response {
            case "an error": note(response, await runtime.fail(id, type: "foo"))
            case "too large": note(response, await runtime.respond(id, [UInt8](repeating: 0x20, count: 6_291_557)))
            default: note(response, await runtime.respond(id, [UInt8](repeating: 0x20, count: 6_291_556)))
            }
            next = Task { await runtime.next() }
            let called = try #require(await call.value)
            replies.append("its caller: \(called.status), \(called.body.count) bytes")
        }
        runtime.connection.close()
        _ = await next.value
        return replies
    }
}

/// AWS's Runtime Interface Emulator, with a function that never says anything: the test speaks in its place.
private final class Emulator {
    let endpoint: String
    let invokeAddress: String
    private let process = Process()
    private let folder: TemporaryFolder

    private static var binary: String? {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let libraries = root.appendingPathComponent(".build/venv/lib")
        let pythons = (try? FileManager.default.contentsOfDirectory(atPath: libraries.path)) ?? []
        #if arch(arm64)
        let name = "aws-lambda-rie-arm64"
        #else
        let name = "aws-lambda-rie-x86_64"
        #endif
        return pythons.map { libraries.appendingPathComponent("\($0)/site-packages/samcli/local/rapid/\(name)").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static var isInstalled: Bool { binary != nil }

    init() async throws {
        folder = try TemporaryFolder()
        let bootstrap = try folder.write("#!/bin/sh\nexec sleep 300\n", to: "bootstrap")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: bootstrap)
        // Ports that were free a moment ago.
        var ports: [Int] = []
        for _ in 0..<2 {
            let server = try await RuntimeAPIServer.start(.init(.external))
            ports.append(server.port)
            await server.stop()
        }
        invokeAddress = "127.0.0.1:\(ports[0])"
        endpoint = "127.0.0.1:\(ports[1])"
        process.executableURL = URL(fileURLWithPath: Self.binary ?? "")
        process.arguments = [
            "--runtime-interface-emulator-address", invokeAddress, "--runtime-api-address", endpoint, bootstrap,
            "handler",
        ]
        process.environment = ["PATH": "/usr/bin:/bin", "AWS_LAMBDA_FUNCTION_TIMEOUT": "60"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.start()
        for address in [invokeAddress, endpoint] {
            _ = try await eventually {
                try? RawConnection(address)
            } until: { _ in
                true
            }
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}
