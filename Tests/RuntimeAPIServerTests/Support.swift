// What the tests of this target share.

import Foundation
import RuntimeAPIServer
import Testing

/// The executables of this build.
enum Built {
    static func path(_ name: String) -> String {
        Bundle.main.bundleURL.appendingPathComponent(name).path
    }
}

/// Runs `body` with a server that nothing runs under, and one connection to it.
func withRuntime(
    _ change: (inout RuntimeAPIServer.Configuration) -> Void = { _ in },
    _ body: (RuntimeAPIServer, RawRuntime) async throws -> Void
) async throws {
    var configuration = RuntimeAPIServer.Configuration(.external)
    configuration.timeout = .seconds(60)
    change(&configuration)
    try await RuntimeAPIServer.withServer(configuration) { server in
        try await body(server, try RawRuntime(server.endpoint, base: configuration.basePath))
    }
}

/// An invocation that is served as if nothing had been before.
func expectService(of id: String, _ server: RuntimeAPIServer, _ runtime: RawRuntime) async throws {
    var request = InvocationRequest(id: id)
    request.timeout = .seconds(60)
    let asked = request
    async let outcome = server.invoke(asked)
    #expect(await runtime.next()?.requestID == id)
    _ = await runtime.respond(id)
    let ended = try await outcome
    #expect(ended.error == nil)
}

struct NeverCame: Error {}

/// Repeats `attempt` until its result is as wanted, for at most twenty seconds.
func eventually<Value>(
    _ attempt: () async throws -> Value?,
    until isWanted: (Value) -> Bool
) async throws -> Value {
    let end = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < end {
        if let value = try await attempt(), isWanted(value) { return value }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw NeverCame()
}

extension InvocationRequest {
    init(_ payload: String = "{}", id: String) {
        self.init(Array(payload.utf8))
        requestID = id
    }
}

extension InvocationOutcome {
    var text: String { String(decoding: payload, as: UTF8.self) }
}

extension RawConnection.Response {
    func isError(_ status: Int, _ type: String, _ message: String) -> Bool {
        self.status == status && headers["content-type"] == "application/json"
            && text == #"{"errorMessage":"\#(message)","errorType":"\#(type)"}"# + "\n"
    }
}
