// A real function, started by the server.

import Foundation
import RuntimeAPIServer
import Testing

@Suite("A function process under the server")
struct FunctionProcessTests {
    @Test("answers, and its memory and durations are reported")
    func answers() async throws {
        try await RuntimeAPIServer.withServer(.init(.process(executable: Built.path("OrderProjector")))) { server in
            let outcome = try await server.invoke(Array(#"{"Records":[]}"#.utf8))
            #expect(String(decoding: outcome.payload, as: UTF8.self) == #"{"batchItemFailures":[]}"#)
            #expect(outcome.error == nil)
            #expect(outcome.report.initializationDuration ?? .zero > .zero)
            #expect(outcome.report.maximumMemoryUsed ?? 0 > 1024 * 1024)
            #expect(server.runtimeRelease.hasPrefix("swift-lambda-streams/"))
            let second = try await server.invoke(Array(#"{"Records":[]}"#.utf8))
            #expect(second.report.initializationDuration == nil)
        }
    }
}

/// The executables of this build.
enum Built {
    static func path(_ name: String) -> String {
        Bundle.main.bundleURL.appendingPathComponent(name).path
    }
}
