// The internal extension without events: because it is registered, Lambda sends SIGTERM.

internal import CurlTransport
internal import Logging
internal import SharedState

/// A registered extension, and the thread that waits for its event, which never comes.
final class NoEventExtension: Sendable {
    /// Its name, which is in the platform's log.
    static let name = "swift-lambda-streams-shutdown"

    private let url: String
    private let identifier: String
    /// Ends the wait that is under way.
    private let waiting = Guarded<ConnectionInterruption?>(nil)

    private init(url: String, identifier: String) {
        self.url = url
        self.identifier = identifier
    }

    /// Registers it and keeps it registered. Nil: the platform refuses, which is logged.
    static func register(_ environment: FunctionEnvironment, log: RuntimeLog) -> NoEventExtension? {
        guard let endpoint = environment.runtimeAPI else { return nil }
        let base = "http://\(endpoint)/2020-01-01/extension/"
        do {
            let connection = try BlockingConnection(userAgent: "swift-lambda-streams/\(packageVersion)")
            let headers = try RequestHeaders([
                ("Lambda-Extension-Name", name), ("Content-Type", "application/json"), ("Expect", ""),
            ])
            let reply = try connection.post(base + "register", headers: headers, body: Array(#"{"events":[]}"#.utf8))
            guard reply.status == 200, let identifier = reply.headers["Lambda-Extension-Identifier"] else {
                throw ExtensionRefused(
                    status: reply.status,
                    body: String(decoding: reply.body.prefix(512), as: UTF8.self)
                )
            }
            let registered = NoEventExtension(url: base + "event/next", identifier: identifier)
            return registered.startWaiting() ? registered : nil
        } catch {
            log.logger.warning("there will be no notice of the shutdown, and its hooks will not run: \(error)")
            return nil
        }
    }

    /// Waits over a new connection. After a restore, the one from before the snapshot is to a machine that is gone.
    func renew() {
        waiting.withLock { interruption in
            interruption?.interrupt()
            interruption = nil
        }
        _ = startWaiting()
    }

    private func startWaiting() -> Bool { startThread { [self] in wait() } == 0 }

    /// The platform counts an extension as there while its request is open. However the wait ends, nothing follows from it.
    private func wait() {
        guard let connection = try? BlockingConnection(userAgent: "swift-lambda-streams/\(packageVersion)"),
            let headers = try? RequestHeaders([("Lambda-Extension-Identifier", identifier)])
        else { return }
        let interruption = connection.interruption
        waiting.withLock { $0 = interruption }
        guard interruption.beginWaiting() else { return }
        _ = try? connection.get(url, headers: headers, maximumBodySize: 64 * 1024)
    }

    private struct ExtensionRefused: Error, CustomStringConvertible {
        let status: Int
        let body: String
        var description: String { "the platform refuses an internal extension with \(status): \(body)" }
    }
}
