// A function in a service group, for the tests of the trait `ServiceLifecycle`: notes what becomes of it and of the
// service beside it, and with the event "wait" handles it until it is cancelled.

#if ServiceLifecycle
import LambdaFunctions
import Logging
import ServiceLifecycle

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@main
struct ServiceFunction {
    static func main() async throws {
        let runtime = LambdaRuntime { (payload: [UInt8], _: LambdaContext) in
            guard payload == Array("wait".utf8) else { return payload }
            note("handling")
            do {
                try await Task.sleep(for: .seconds(600))
            } catch {
                note(Task.isShuttingDownGracefully ? "cancelled by the shutdown" : "cancelled")
                throw error
            }
            return payload
        }
        .onShutdown { note("hook") }
        try await ServiceGroup(
            services: [Database(), runtime],
            gracefulShutdownSignals: [.sigterm],
            logger: Logger(label: "service-function")
        ).run()
        note("group ended")
    }
}

/// A client that must be there as long as the runtime is.
private struct Database: Service {
    func run() async throws {
        try await gracefulShutdown()
        note("database closed")
    }
}

private func note(_ text: String) {
    guard let path = getenv("SERVICE_FILE"), let file = fopen(path, "a") else { return }
    fputs(text + "\n", file)
    fclose(file)
}
#else
@main
enum NoService {
    static func main() {}
}
#endif
