// A Runtime API for one test: hands out the events it was given, then says that it cannot go on.

import SharedState

/// Serves `events` on `/next`, one after the other, then answers 500, which makes a runtime leave.
public final class ScriptedRuntimeAPI: Sendable {
    public struct Event: Sendable {
        public var requestID: String
        public var headers: [(String, String)]
        public var body: [UInt8]

        public init(_ body: String = "{}", requestID: String, headers: [(String, String)] = []) {
            self.init(Array(body.utf8), requestID: requestID, headers: headers)
        }

        public init(_ body: [UInt8], requestID: String, headers: [(String, String)] = []) {
            self.requestID = requestID
            self.headers = headers
            self.body = body
        }
    }

    public typealias Request = ScriptedServer.Request
    public typealias Reply = ScriptedServer.Reply

    private let server: ScriptedServer

    /// - Parameter override: answers a request in place of the script, where it returns a reply. It is given how many
    ///   requests of that path came before.
    public init(
        _ events: [Event],
        override: @escaping @Sendable (_ request: Request, _ earlier: Int) -> Reply? = { _, _ in nil }
    ) throws {
        let state = Guarded<(next: Int, counts: [String: Int])>((0, [:]))
        server = try ScriptedServer { request in
            let earlier = state.withLock { state in
                let count = state.counts[request.path, default: 0]
                state.counts[request.path] = count + 1
                return count
            }
            if let reply = override(request, earlier) { return reply }
            guard request.path.hasSuffix("/runtime/invocation/next") else {
                return .status(202, body: #"{"status":"OK"}"#)
            }
            let index = state.withLock { state in
                defer { state.next += 1 }
                return state.next
            }
            guard index < events.count else { return .status(500, body: "{}") }
            let event = events[index]
            let headers = [("Lambda-Runtime-Aws-Request-Id", event.requestID)] + event.headers
            return .status(200, headers: headers.filter { !$0.0.isEmpty }, body: event.body)
        }
    }

    public var endpoint: String { server.endpoint }
    public var requests: [Request] { server.requests }
    /// The requests other than `/next`.
    public var posts: [Request] { requests.filter { $0.method == "POST" } }

    public func stop() { server.stop() }
}
