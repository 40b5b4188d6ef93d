// The internal extension that wants no events: its being there makes Lambda send SIGTERM.

internal import CurlTransport
internal import Logging
internal import SharedState

enum NoEventExtension {
    /// Its name, which shows in the platform's log.
    static let name = "swift-lambda-streams-shutdown"

    /// Registers it and keeps it registered, on a thread that waits for the event that never comes. False: the platform
    /// refuses, which is in the log.
    static func register(_ environment: FunctionEnvironment, log: RuntimeLog) -> Bool {
        guard let endpoint = environment.runtimeAPI else { return false }
        let base = "http://\(endpoint)/2020-01-01/extension/"
        do {
            let connection = try BlockingConnection(userAgent: "swift-lambda-streams/\(packageVersion)")
            let headers = try HTTPHeaderList([
                ("Lambda-Extension-Name", name), ("Content-Type", "application/json"), ("Expect", ""),
            ])
            let reply = try connection.post(base + "register", headers: headers, body: Array(#"{"events":[]}"#.utf8))
            guard reply.status == 200, let identifier = reply.headers["Lambda-Extension-Identifier"] else {
                throw ExtensionRefused(
                    status: reply.status,
                    body: String(decoding: reply.body.prefix(512), as: UTF8.self)
                )
            }
            return startThread { wait(base + "event/next", identifier) } == 0
        } catch {
            log.logger.warning("there will be no notice of the shutdown, and its hooks will not run: \(error)")
            return false
        }
    }

    /// The platform counts an extension as there while its request is open. However it ends, nothing follows from it.
    private static func wait(_ url: String, _ identifier: String) {
        guard let connection = try? BlockingConnection(userAgent: "swift-lambda-streams/\(packageVersion)"),
            let headers = try? HTTPHeaderList([("Lambda-Extension-Identifier", identifier)])
        else { return }
        _ = try? connection.get(url, headers: headers, maximumBodySize: 64 * 1024)
    }

    private struct ExtensionRefused: Error, CustomStringConvertible {
        let status: Int
        let body: String
        var description: String { "the platform refuses an internal extension with \(status): \(body)" }
    }
}
