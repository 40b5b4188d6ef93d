// What the platform says about the function by environment variables, read once.

internal import Logging

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The environment variables of "Using Lambda environment variables" that the runtime reads
/// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). Empty values count as absent.
final class FunctionEnvironment: Sendable {
    let runtimeAPI: String?
    let functionName: String?
    let functionVersion: String?
    let memorySize: Int?
    let logGroupName: String?
    let logStreamName: String?
    let logLevel: Logger.Level
    /// Where to publish the trace id of the invocation that runs; nil when it must not be process-wide.
    let traceVariable: TraceVariable?

    /// This process's environment.
    static let process = FunctionEnvironment(traceVariable: .process) { name in
        getenv(name).map { String(cString: $0) }
    }

    init(traceVariable: TraceVariable?, _ variable: (String) -> String?) {
        func value(_ name: String) -> String? {
            variable(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        runtimeAPI = value("AWS_LAMBDA_RUNTIME_API")
        functionName = value("AWS_LAMBDA_FUNCTION_NAME")
        functionVersion = value("AWS_LAMBDA_FUNCTION_VERSION")
        memorySize = value("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").flatMap { Int($0) }
        logGroupName = value("AWS_LAMBDA_LOG_GROUP_NAME")
        logStreamName = value("AWS_LAMBDA_LOG_STREAM_NAME")
        logLevel = (value("AWS_LAMBDA_LOG_LEVEL") ?? value("LOG_LEVEL")).flatMap(Logger.Level.init(lambda:)) ?? .info
        self.traceVariable = traceVariable
    }

    /// The logger that the runtime itself writes to and that each invocation's is made from.
    func makeLogger() -> Logger {
        var logger = Logger(label: functionName ?? "lambda")
        logger.logLevel = logLevel
        return logger
    }
}

extension Logger.Level {
    /// A level as Lambda spells it (`TRACE` to `FATAL`) or as swift-log does.
    init?(lambda name: String) {
        switch name.lowercased() {
        case "warn": self = .warning
        case "fatal": self = .critical
        case let name: self.init(rawValue: name)
        }
    }
}
