// The init phase's limit, whether or not an invocation waits for its end.

import RuntimeAPIServer
import Testing

@Suite("A function whose init exceeds its limit")
struct InitLimitTests {
    /// An init, and what its process does while it lasts.
    private static let inits = ["sleep 600", "silent"]

    @Test("is ended although no invocation waits, once", arguments: inits)
    func noInvocation(_ initialization: String) async throws {
        let log = LogCollector()
        try await withObedient {
            $0.environment = ["FUNCTION_INIT": initialization]
            $0.initializationTimeLimit = .seconds(1)
            $0.shutdownTimeLimit = .milliseconds(100)
            $0.log = log.take
        } _: { server in
            #expect(await server.waitUntilInitialized() == false)
            #expect(server.initializationError?.cause == .initialization)
            #expect(server.initializationError?.type == "Sandbox.Timedout")
            #expect(server.exits.count == 1 && server.processIdentifier == nil)
        }
        let reports = log.lines.filter { $0.text.hasPrefix("INIT_REPORT") }
        #expect(reports.count == 1 && reports.allSatisfy { $0.text.hasSuffix("Status: timeout") })
    }

    @Test("has a second one within the first invocation, which then has its event")
    func repeatedInit() async throws {
        try await withObedient {
            $0.environment = ["FUNCTION_INIT": "sleep 1.5"]
            $0.initializationTimeLimit = .seconds(1)
        } _: { server in
            #expect(await server.waitUntilInitialized() == false)
            let first = try await server.invoke(Array("1".utf8))
            #expect(first.text == "1" && first.report.initializationDuration == nil)
            #expect(server.initializationError == nil && server.exits.count == 1)
            let second = try await server.invoke(Array("2".utf8))
            #expect(second.text == "2" && server.exits.count == 1)
        }
    }

    @Test("fails the first invocation at its own timeout, and the next one is limited likewise", arguments: inits)
    func endlessInit(_ initialization: String) async throws {
        try await withObedient {
            $0.environment = ["FUNCTION_INIT": initialization]
            $0.initializationTimeLimit = .seconds(1)
            $0.timeout = .seconds(1)
            $0.shutdownTimeLimit = .milliseconds(100)
        } _: { server in
            for _ in 1...2 {
                let outcome = try await server.invoke(Array("1".utf8))
                #expect(outcome.error?.cause == .timedOut && outcome.report.duration == .zero)
            }
        }
    }

    @Test("that ends before its extension is ready fails the event that waits")
    func exitBeforeExtension() async throws {
        try await withObedient {
            $0.environment = ["FUNCTION_INIT": "silent 0.2"]
        } _: { server in
            let outcome = try await server.invoke(Array("1".utf8))
            #expect(outcome.error?.cause == .exited(.exited(code: 7)))
            #expect(server.exits.count == 1)
        }
    }
}
