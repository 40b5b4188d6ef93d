// The platform's environment variables, read once.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The environment variables of "Using Lambda environment variables" that the runtime reads
/// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). Empty values count as absent.
final class FunctionEnvironment: Sendable {
    /// Host and port, and a base path where there is one, without a slash behind it.
    let runtimeAPI: String?
    let functionName: String?
    let functionVersion: String?
    let memorySize: Int?
    let logGroupName: String?
    let logStreamName: String?
    let logFormat: String?
    let platformLogLevel: String?
    let ownLogLevel: String?
    let logDestination: LogDestination
    /// How many invocations may run at once: 1 unless the function runs on Lambda Managed Instances.
    let maximumConcurrency: Int
    /// The value of `AWS_LAMBDA_MAX_CONCURRENCY` if it is not a number of invocations.
    let unusableConcurrency: String?
    /// Whether the platform takes a snapshot of the process between its init phase and its first invocation.
    let takesSnapshot: Bool
    /// Whether the trace id of the invocation that runs is an environment variable of the process.
    let publishesTraceID: Bool

    /// This process's environment.
    static let process: FunctionEnvironment = {
        let environment = FunctionEnvironment(publishesTraceID: true) { name in
            // Passed without a conversion: a string that is converted for C is copied by way of an array.
            name.withCString { getenv($0) }.map { String(cString: $0) }
        }
        // The descriptor is this process's alone; its children must not write to it.
        if environment.logDestination.framing == .frames { unsetenv(telemetryDescriptor) }
        return environment
    }()

    private static let telemetryDescriptor = "_LAMBDA_TELEMETRY_LOG_FD"

    /// More connections than any managed instance asks for; less than a process may have descriptors.
    private static let largestConcurrency = 512

    init(publishesTraceID: Bool, _ variable: (String) -> String?) {
        func value(_ name: String) -> String? {
            variable(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        runtimeAPI = value("AWS_LAMBDA_RUNTIME_API")?.trimmingTrailingSlashes()
        functionName = value("AWS_LAMBDA_FUNCTION_NAME")
        functionVersion = value("AWS_LAMBDA_FUNCTION_VERSION")
        memorySize = value("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").flatMap { Int($0) }
        logGroupName = value("AWS_LAMBDA_LOG_GROUP_NAME")
        logStreamName = value("AWS_LAMBDA_LOG_STREAM_NAME")
        let concurrency = value("AWS_LAMBDA_MAX_CONCURRENCY")
        let loops = concurrency.map { Int($0) ?? 0 } ?? 1
        maximumConcurrency = min(max(loops, 1), Self.largestConcurrency)
        unusableConcurrency = (1...Self.largestConcurrency).contains(loops) ? nil : concurrency
        takesSnapshot = value("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"
        logFormat = value("AWS_LAMBDA_LOG_FORMAT")
        platformLogLevel = value("AWS_LAMBDA_LOG_LEVEL")
        ownLogLevel = value("LOG_LEVEL")
        logDestination =
            value(Self.telemetryDescriptor).flatMap { Int32($0) }.flatMap { $0 < 0 ? nil : $0 }
            .map { LogDestination(descriptor: $0, framing: .frames) } ?? .standardError
        // One variable for the whole process would name another invocation's trace as soon as two run at once.
        self.publishesTraceID = publishesTraceID && maximumConcurrency == 1
    }

    /// Created with the first logger, so that a start that writes nothing does not need it.
    var logSettings: LogSettings {
        LogSettings(
            // Managed Instances take JSON only.
            format: logFormat.flatMap(LogFormat.init(named:)) ?? (maximumConcurrency > 1 ? .json : .text),
            platformLevel: platformLogLevel,
            ownLevel: ownLogLevel
        )
    }
}

extension String {
    fileprivate func trimmingTrailingSlashes() -> String {
        guard utf8.last == UInt8(ascii: "/") else { return self }
        var text = self[...]
        while text.utf8.last == UInt8(ascii: "/") { text = text[..<text.utf8.index(before: text.endIndex)] }
        return String(text)
    }
}
