// The configuration of a local Runtime API: the function that it serves, and the platform that it simulates.

extension RuntimeAPIServer {
    /// The function and the platform around it. The defaults are Lambda's, except for the port.
    public struct Configuration: Sendable {
        /// The function that asks for invocations.
        public var function: Function
        /// How the platform runs the function.
        public var mode: Mode = .onDemand

        /// What the function finds in `AWS_LAMBDA_FUNCTION_NAME`.
        public var functionName = "function"
        /// What the function finds in `AWS_LAMBDA_FUNCTION_VERSION`.
        public var functionVersion = "$LATEST"
        /// What the function finds in `_HANDLER`; the executable's name when nil.
        public var handler: String?
        /// What the function finds in `AWS_REGION`.
        public var region = "us-east-1"
        /// The account in the ARN of the function.
        public var accountID = "123456789012"
        /// The memory size in MB. It is reported and put into the environment, not enforced.
        public var memorySize = 128

        /// How long an invocation may take, its work after the response included. Lambda's default is 3 seconds, its
        /// maximum 15 minutes ("Configure Lambda function timeout"); shorter ones are for tests.
        public var timeout: Duration = .seconds(3)
        /// How long the init phase may take ("Understanding the Lambda execution environment lifecycle": 10 seconds;
        /// Managed Instances: the longer of 130 seconds and the timeout, which nil stands for there).
        public var initializationTimeLimit: Duration?
        /// How long the hooks after a restore may take ("Lambda SnapStart runtime hooks": 10 seconds).
        public var restoreTimeLimit: Duration = .seconds(10)
        /// How long a process has between SIGTERM and SIGKILL ("Lambda extensions", shutdown phase: 500 ms with an
        /// internal extension). One that registered no extension gets SIGKILL at once.
        public var shutdownTimeLimit: Duration = .milliseconds(500)

        /// The function's environment variables. Variables that the platform reserves take precedence.
        public var environment: [String: String] = [:]
        /// Whether the function inherits this process's environment. By default it starts in a clean one, as on Lambda.
        public var inheritsEnvironment = true

        /// The address to listen on. The Runtime API has no authentication, so use loopback.
        public var host = "127.0.0.1"
        /// The port to listen on; 0 takes a free one.
        public var port = 0
        /// A prefix of every path, as in `cargo lambda`: `/base` makes the endpoint `127.0.0.1:9001/base`.
        public var basePath = ""

        /// How many invocations may wait for the function before further ones are throttled.
        public var maximumQueueLength = 1000
        /// The most bytes of a streamed response that are kept for the outcome (Lambda: 200 MB). A response that is
        /// streamed into `InvocationRequest.onChunk` is not kept and has no limit.
        public var maximumStreamedResponseSize = 200 * 1024 * 1024
        /// Whether `/next` has `Lambda-Runtime-Invocation-Id`, which the platform has sent since mid-2026.
        public var sendsInvocationIDs = true
        /// Whether `/next` has a generated `Lambda-Runtime-Trace-Id` if the invocation has none.
        public var sendsTraceIDs = true

        /// The most bytes that the function may log in one invocation. Further output is read and
        /// dropped, and a line of the log says so.
        public var maximumLogSize = 8 * 1024 * 1024

        /// The faults of replies; nil for none.
        public var faults: FaultScript?
        /// Takes each line that the function or the platform logs. Called in order, one line at a time, from the
        /// server's threads: it must not block, nor wait for the server.
        public var log: @Sendable (LogLine) -> Void = { _ in }

        /// Creates a configuration whose other settings are those of a new function on Lambda.
        public init(_ function: Function) {
            self.function = function
        }
    }

    /// The function that asks for invocations.
    public enum Function: Sendable, Hashable {
        /// A process that the server starts, watches, and restarts after its end, as the platform does.
        ///
        /// - Parameters:
        ///   - executable: a path. One without a slash is looked up along `PATH`, and then in the working directory.
        ///   - workingDirectory: of the process; this process's when nil.
        case process(executable: String, arguments: [String] = [], workingDirectory: String? = nil)
        /// The server starts no process. A runtime in this process, or one started by hand, connects to `endpoint`.
        case external
    }

    /// How the platform runs the function.
    public enum Mode: Sendable, Hashable {
        /// One invocation at a time. A process that times out is killed.
        case onDemand
        /// One invocation at a time, after a snapshot. `/restore/next` receives its reply at the first event.
        case snapStart
        /// Lambda Managed Instances: as many `/next` at once as `concurrency`. A process that times out continues,
        /// and its late response receives 410.
        case managedInstances(concurrency: Int)
    }
}

extension RuntimeAPIServer.Configuration {
    var functionARN: String { "arn:aws:lambda:\(region):\(accountID):function:\(functionName)" }

    var effectiveHandler: String {
        if let handler { return handler }
        guard case .process(let executable, _, _) = function else { return functionName }
        return executable.split(separator: "/").last.map(String.init) ?? functionName
    }

    var concurrency: Int? {
        if case .managedInstances(let concurrency) = mode { max(1, concurrency) } else { nil }
    }

    var effectiveInitializationTimeLimit: Duration {
        initializationTimeLimit ?? (concurrency == nil ? .seconds(10) : max(.seconds(130), timeout))
    }
}
