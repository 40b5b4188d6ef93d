// Replies that go wrong as a script says.

import Foundation
import RuntimeAPIServer
import SharedState
import Testing

@Suite("Faults")
struct FaultTests {
    @Test(
        "the connection ends in the place of a reply",
        arguments: [
            .close, .reset(.beforeHead), .reset(.withinHead), .reset(.withinBody), .truncate(.withinHead),
            .truncate(.afterHead), .truncate(.withinBody), .garbage([1, 2, 3]), .refuse(.milliseconds(10)),
        ] as [Fault.Effect],
        [Fault.Moment.beforeProcessing, .afterProcessing]
    )
    func endings(_ effect: Fault.Effect, _ moment: Fault.Moment) async throws {
        try await withRuntime { server, runtime in
            // The first /next only; what was lost is given again.
            let isFirst = Guarded(true)
            server.faults = FaultScript { exchange in
                guard exchange.kind == .next else { return nil }
                return isFirst.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst ? Fault(effect, moment) : nil
                }
            }
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            #expect(await runtime.next() == nil)
            // Where nobody listens, a connection may be made and be lost at once.
            let (again, event) = try await eventually { () -> (RawRuntime, RawConnection.Response)? in
                guard let runtime = try? RawRuntime(server.endpoint) else { return nil }
                return await runtime.next().map { (runtime, $0) }
            } until: { _ in
                true
            }
            #expect(event.requestID == "one")
            _ = await again.respond("one")
            let ended = try await outcome
            #expect(ended.error == nil)
        }
    }

    @Test("a response whose reply is lost has arrived; one that the API did not see has not")
    func responses() async throws {
        for moment in [Fault.Moment.afterProcessing, .beforeProcessing] {
            try await withRuntime { server, runtime in
                server.faults = FaultScript { $0.kind == .response ? Fault(.close, moment) : nil }
                async let outcome = server.invoke(InvocationRequest(id: "one"))
                _ = await runtime.next()
                #expect(await runtime.respond("one") == nil)
                server.faults = nil
                let again = try RawRuntime(server.endpoint)
                if moment == .beforeProcessing { #expect(await again.next()?.requestID == "one") }
                #expect(await again.respond("one")?.status == (moment == .beforeProcessing ? 202 : 403))
                let ended = try await outcome
                #expect(ended.error == nil)
            }
        }
    }

    @Test("a reply may come late, twice, with another status, with headers changed, or oversized")
    func replies() async throws {
        try await withRuntime { server, runtime in
            async let outcome = server.invoke(InvocationRequest(id: "one"))
            server.faults = .next(.status(502))
            #expect(await runtime.next()?.status == 502)
            server.faults = .next(.delay(.milliseconds(30)), .afterProcessing)
            #expect(await runtime.next()?.requestID == "one")
            server.faults = .next(.delay(.milliseconds(30)))
            #expect(await runtime.next()?.requestID == "one")
            server.faults = .next(.headers(["Lambda-Runtime-Deadline-Ms": "soon", "lambda-runtime-trace-id": nil]))
            let changed = await runtime.next()
            #expect(changed?.headers["lambda-runtime-deadline-ms"] == "soon")
            #expect(changed?.headers["lambda-runtime-trace-id"] == nil)
            server.faults = .next(.malformedHeader("no colon"))
            #expect(await runtime.next()?.requestID == "one")
            server.faults = .next(.oversized(byteCount: 3_000_000))
            #expect(await runtime.next()?.body.count == 3_000_000)
            server.faults = .next(.duplicate)
            #expect(await runtime.next()?.requestID == "one")
            #expect(await runtime.connection.response()?.requestID == "one")
            server.faults = nil
            #expect(await runtime.respond("one")?.status == 202)
            let ended = try await outcome
            #expect(ended.error == nil)
        }
    }

    @Test("an idle connection ends behind a reply")
    func idle() async throws {
        try await withRuntime { server, runtime in
            server.faults = FaultScript { _ in Fault(.closeWhenIdle) }
            #expect(await runtime.get("/2018-06-01/ping")?.text == "pong")
            #expect(await runtime.get("/2018-06-01/ping") == nil)
        }
    }

    @Test("the same seed gives the same faults, in one exchange of as many as asked for")
    func seeds() {
        func faults(_ seed: UInt64) -> [Fault?] {
            let script = FaultScript.random(seed: seed)
            return (0..<2000).map { script.fault(Exchange(kind: .next, requestID: nil, number: $0)) }
        }
        #expect(faults(1) == faults(1))
        #expect(faults(1) != faults(2))
        #expect((300...500).contains(faults(3).count { $0 != nil }))
    }

    @Test("a real runtime takes a thousand events through random faults, each responded to once")
    func campaign() async throws {
        var configuration = RuntimeAPIServer.Configuration(.process(executable: Built.path("OrderProjector")))
        configuration.timeout = .seconds(60)
        try await RuntimeAPIServer.withServer(configuration) { server in
            await server.waitUntilInitialized()
            // Responses only: what /next may do to a runtime is the runtime's own campaign.
            server.faults = .random(seed: 7, oneIn: 5, kinds: [.response], delay: .milliseconds(2))
            for number in 0..<1000 {
                let outcome = try await server.invoke(InvocationRequest(#"{"Records":[]}"#, id: "event-\(number)"))
                #expect(outcome.requestID == "event-\(number)" && outcome.error == nil, "\(outcome.text)")
            }
            #expect(server.exits.isEmpty)
        }
    }
}

extension FaultScript {
    fileprivate static func next(_ effect: Fault.Effect, _ moment: Fault.Moment = .beforeProcessing) -> FaultScript {
        FaultScript { $0.kind == .next ? Fault(effect, moment) : nil }
    }
}
