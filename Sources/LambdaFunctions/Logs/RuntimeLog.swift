// The logger of a process and those of its invocations, made when the first line is to be written.

internal import Logging
internal import SharedState

/// Makes the process's logger once, and only if somebody logs: most starts and most invocations write nothing.
final class RuntimeLog: Sendable {
    private let made: Guarded<Logger?>
    private let make: @Sendable () -> Logger

    init(_ make: @escaping @Sendable () -> Logger) {
        self.make = make
        made = Guarded(nil)
    }

    convenience init(_ logger: Logger) {
        self.init { logger }
    }

    /// What the runtime itself writes to.
    var logger: Logger {
        made.withLock { made in
            if let made { return made }
            let logger = make()
            made = logger
            return logger
        }
    }

    /// A logger whose lines carry the ids of one invocation.
    func logger(requestID: String, tenantID: String?) -> Logger {
        var logger = logger
        if let handler = logger.handler as? LambdaLogHandler {
            logger.handler = handler.with(requestID: requestID, tenantID: tenantID)
        } else {
            logger[metadataKey: "requestId"] = .string(requestID)
            if let tenantID { logger[metadataKey: "tenantId"] = .string(tenantID) }
        }
        return logger
    }
}

extension FunctionEnvironment {
    /// The logger that the runtime itself writes to and that each invocation's is made from: the program's own backend
    /// where it bootstrapped one, Lambda's otherwise. Where no variable names a level, a bootstrapped backend keeps its own.
    func makeLogger(_ bootstrapped: Logger? = nil) -> Logger {
        let bootstrapped = bootstrapped ?? Logger(label: functionName ?? "lambda")
        var logger =
            bootstrapped.handler is StreamLogHandler || bootstrapped.handler is LambdaLogHandler
            ? Logger(label: bootstrapped.label) { _ in
                LambdaLogHandler(
                    label: nil,
                    settings: logSettings,
                    destination: logDestination,
                    metadataProvider: bootstrapped.metadataProvider
                )
            } : bootstrapped
        logger.logLevel = logSettings.isLevelNamed ? logSettings.level : bootstrapped.logLevel
        if let unknown = logSettings.unknownLevel {
            logger.warning(
                "the log level \"\(unknown)\" is not TRACE, DEBUG, INFO, WARN, ERROR or FATAL; using INFO"
            )
        }
        return logger
    }
}
