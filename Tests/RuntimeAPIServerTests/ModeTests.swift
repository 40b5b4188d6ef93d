// Managed Instances, snapshots, extensions, and limits of time.

import SharedState
import Testing

@testable import RuntimeAPIServer

@Suite("Managed Instances")
struct ManagedInstanceTests {
    @Test("as many /next wait as may, one more is an error, and each response is for its own request")
    func concurrency() async throws {
        try await withRuntime {
            $0.mode = .managedInstances(concurrency: 2)
        } _: { server, first in
            let second = try RawRuntime(server.endpoint)
            let third = try RawRuntime(server.endpoint)
            async let one = first.next()
            async let two = second.next()
            _ = try await eventually {
                server.api.idleCount
            } until: {
                $0 == 2
            }
            #expect(await third.next()?.isError(500, "InternalServerError", "Internal Server Error") == true)
            async let a = server.invoke(InvocationRequest("A", id: "a"))
            async let b = server.invoke(InvocationRequest("B", id: "b"))
            let events = await [one, two].compactMap { $0 }
            #expect(Set(events.map(\.requestID)) == ["a", "b"])
            // In the other order than they came, each over the other's connection.
            for event in events.reversed() {
                #expect(await third.respond(event.requestID, Array("for \(event.text)".utf8))?.status == 202)
            }
            let texts = try await [a.text, b.text]
            #expect(texts == ["for A", "for B"])
            #expect(await third.respond("a")?.status == 400)
        }
    }

    @Test("a /next with a body is refused; absent contexts are empty")
    func requests() async throws {
        try await withRuntime {
            $0.mode = .managedInstances(concurrency: 1)
        } _: { server, runtime in
            #expect(await runtime.next(body: [0x7B])?.status == 413)
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            let event = try #require(await runtime.next())
            #expect(event.headers["lambda-runtime-client-context"] == "")
            #expect(event.headers["lambda-runtime-cognito-identity"] == "")
            _ = await runtime.respond("one")
            _ = try await outcome
        }
    }

    @Test("a response after the timeout gets 410, once, and the runtime goes on")
    func lateResponse() async throws {
        try await withRuntime {
            $0.mode = .managedInstances(concurrency: 1)
            $0.timeout = .milliseconds(50)
        } _: { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            #expect(await runtime.next()?.requestID == "one")
            let ended = try await outcome
            #expect(ended.error?.cause == .timedOut)
            #expect(ended.report.status == .timeout)
            #expect(await runtime.respond("one")?.isError(410, "InvokeTimeout", "Invoke timeout") == true)
            #expect(await runtime.respond("one")?.status == 400)
            try await expectService(of: "two", server, runtime)
        }
    }

    @Test("an error while the response streams ends it")
    func errorWhileStreaming() async throws {
        try await withRuntime {
            $0.mode = .managedInstances(concurrency: 1)
        } _: { server, runtime in
            let hasBegun = Guarded(false)
            var request = InvocationRequest(id: "one")
            request.onChunk = { _ in hasBegun.withLock { $0 = true } }
            let asked = request
            async let outcome = server.invoke(asked)
            _ = await runtime.next()
            let other = try RawRuntime(server.endpoint)
            runtime.connection.send(
                "POST /2018-06-01/runtime/invocation/one/response HTTP/1.1\r\nHost: a\r\n"
                    + "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
            )
            _ = try await eventually {
                hasBegun.withLock { $0 }
            } until: {
                $0
            }
            #expect(await other.respond("one")?.isError(400, "InvalidRequestID", "Invalid request ID") == true)
            #expect(await other.fail("one")?.status == 202)
            let ended = try await outcome
            #expect(ended.error?.type == "Function.Failed")
        }
    }
}

@Suite("Snapshots")
struct SnapshotTests {
    @Test("/restore/next waits for the first event, and only one invocation reports the restore")
    func restore() async throws {
        try await withRuntime {
            $0.mode = .snapStart
        } _: { server, runtime in
            async let restored = runtime.get("/2018-06-01/runtime/restore/next")
            #expect(await server.waitUntilInitialized() == false)
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            #expect(await restored?.status == 200)
            #expect(await runtime.next()?.requestID == "one")
            #expect(await runtime.get("/2018-06-01/runtime/restore/next")?.status == 403)
            _ = await runtime.respond("one")
            let ended = try await outcome
            #expect(ended.report.restoreDuration != nil && ended.report.initializationDuration == nil)
        }
    }

    @Test("a failed restore ends the invocation that waits; before one, it is refused")
    func failure() async throws {
        try await withRuntime {
            $0.mode = .snapStart
        } _: { server, runtime in
            let path = "/2018-06-01/runtime/restore/error"
            #expect(await runtime.post(path)?.status == 403)
            async let restored = runtime.get("/2018-06-01/runtime/restore/next")
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            #expect(await restored?.status == 200)
            let headers = [("Lambda-Runtime-Function-Error-Type", "Runtime.RestoreHookFailed")]
            #expect(await runtime.post(path, "{}", headers: headers)?.status == 202)
            let ended = try await outcome
            #expect(ended.error?.cause == .restore && ended.error?.type == "Runtime.RestoreHookFailed")
        }
    }
}

@Suite("Extensions")
struct ExtensionTests {
    static let register = "/2020-01-01/extension/register"
    static let next = "/2020-01-01/extension/event/next"

    @Test("an extension is told of invocations, and the next one waits for it")
    func told() async throws {
        try await withRuntime { server, runtime in
            let agent = try RawRuntime(server.endpoint)
            let name = [("Lambda-Extension-Name", "watcher"), ("Lambda-Extension-Accept-Feature", "accountId")]
            let registration = try #require(await agent.post(Self.register, #"{"events":["INVOKE"]}"#, headers: name))
            #expect(registration.status == 200)
            #expect(registration.text.contains(#""accountId":"123456789012","functionName":"function""#))
            #expect(server.extensionNames == ["watcher"])
            let id = [("Lambda-Extension-Identifier", registration.headers["lambda-extension-identifier"] ?? "")]
            async let event = agent.get(Self.next, headers: id)
            async let first = server.invoke(InvocationRequest(id: "one"))
            #expect(await runtime.next()?.requestID == "one")
            #expect(await event?.text.contains(#""eventType":"INVOKE""#) == true)
            _ = await runtime.respond("one")
            _ = try await first
            async let second = server.invoke(InvocationRequest(id: "two"))
            async let given = runtime.next()
            async let secondEvent = agent.get(Self.next, headers: id)
            #expect(await given?.requestID == "two")
            #expect(await secondEvent?.text.contains(#""requestId":"two""#) == true)
            _ = await runtime.respond("two")
            _ = try await second
        }
    }

    @Test(
        "registrations that are refused",
        arguments: [
            ("", #"{"events":[]}"#, "Extension.InvalidExtensionName"), ("a", "no", "InvalidRequestFormat"),
            ("a", #"{"events":["SHUTDOWN"]}"#, "Extension.InvalidEventType"),
            ("a", #"{"events":["invoke"]}"#, "Extension.InvalidEventType"),
        ]
    )
    func refused(_ name: String, _ body: String, _ type: String) async throws {
        try await withRuntime { _, runtime in
            let reply = await runtime.post(Self.register, body, headers: [("Lambda-Extension-Name", name)])
            #expect(reply?.status == 403 && reply?.text.contains(#""errorType":"\#(type)""#) == true)
        }
    }

    @Test("a name is registered once, and nothing any more behind the init")
    func closed() async throws {
        try await withRuntime { server, runtime in
            let headers = [("Lambda-Extension-Name", "a")]
            let first = await runtime.post(Self.register, #"{"events":[]}"#, headers: headers)
            #expect(await runtime.post(Self.register, #"{"events":[]}"#, headers: headers)?.status == 403)
            let id = [("Lambda-Extension-Identifier", first?.headers["lambda-extension-identifier"] ?? "")]
            let agent = try RawRuntime(server.endpoint)
            async let held = agent.get(Self.next, headers: id)
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            #expect(await runtime.next()?.requestID == "one")
            let late = await runtime.post(Self.register, "{}", headers: [("Lambda-Extension-Name", "b")])
            #expect(late?.text.contains("Extension.RegistrationClosed") == true)
            _ = await runtime.respond("one")
            _ = try await outcome
            agent.connection.close()
            _ = await held
        }
    }

    @Test(
        "an identifier that is none",
        arguments: [
            (nil, "Extension.MissingExtensionIdentifier"), ("x", "Extension.InvalidExtensionIdentifier"),
            ("00000000-0000-4000-8000-000000000000", "Extension.UnknownExtensionIdentifier"),
        ] as [(String?, String)]
    )
    func identifiers(_ identifier: String?, _ type: String) async throws {
        try await withRuntime { _, runtime in
            let reply = await runtime.get(
                Self.next,
                headers: identifier.map { [("Lambda-Extension-Identifier", $0)] } ?? []
            )
            #expect(reply?.status == 403 && reply?.text.contains(type) == true)
        }
    }
}

@Suite("Limits of a server")
struct ServerLimitTests {
    @Test("a runtime of somebody else that is out of time may go on, and its late response gets 410")
    func externalTimeout() async throws {
        try await withRuntime {
            $0.timeout = .milliseconds(50)
        } _: { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            _ = await runtime.next()
            let ended = try await outcome
            #expect(ended.text.contains("Task timed out after 0.05 seconds"))
            #expect(ended.error?.type == "Sandbox.Timedout")
            #expect(await runtime.respond("one")?.status == 410)
            try await expectService(of: "two", server, runtime)
        }
    }

    @Test("an invocation of a task that is cancelled before it begins is not delivered")
    func cancelledBefore() async throws {
        try await RuntimeAPIServer.withServer(obedient) { server in
            let invocation = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await server.invoke(Array("1".utf8))
            }
            let refused = await invocation.result
            #expect(throws: InvocationFailure.cancelled) { try refused.get() }
            let outcome = try await server.invoke(Array("2".utf8))
            #expect(outcome.text == "2")
        }
    }

    @Test("more invocations than may wait are throttled, a cancelled one is taken out, the rest fails at the stop")
    func queue() async throws {
        var configuration = RuntimeAPIServer.Configuration(.external)
        configuration.maximumQueueLength = 1
        let server = try await RuntimeAPIServer.start(configuration)
        // One has its turn, one waits, and there is no place for the third, whichever that is.
        let invocations = (0..<3).map { number in
            Task { () -> InvocationFailure? in
                do throws(InvocationFailure) {
                    _ = try await server.invoke(InvocationRequest(id: "\(number)"))
                    return nil
                } catch {
                    return error
                }
            }
        }
        await withTaskGroup(of: (number: Int, failure: InvocationFailure?).self) { group in
            for (number, invocation) in invocations.enumerated() {
                group.addTask { (number, await invocation.value) }
            }
            let throttled = await group.next()
            #expect(throttled?.failure == .throttled(queueLength: 1))
            let cancelled = invocations.indices.first { $0 != throttled?.number }
            if let cancelled { invocations[cancelled].cancel() }
            let taken = await group.next()
            #expect(taken?.number == cancelled)
            #expect(taken?.failure == .cancelled)
            await server.stop()
            #expect(await group.next()?.failure == .serverStopped)
        }
        await #expect(throws: InvocationFailure.serverStopped) { try await server.invoke([]) }
    }
}
