// The runtime's public face: give it a handler, run it, and it serves the Lambda Runtime API until the platform ends it.

internal import CurlTransport
internal import Logging

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Runs a function on AWS Lambda as a custom runtime (`provided.al2`, `provided.al2023`).
///
/// ```swift
/// try await LambdaRuntime { (payload: [UInt8], context: LambdaContext) in payload }.run()
/// ```
///
/// The contract it keeps is AWS's "Using the Lambda runtime API for custom runtimes"
/// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
public struct LambdaRuntime: Sendable {
    typealias Initialization = @Sendable () async throws -> any LambdaHandler

    private let initialization: Initialization

    /// A runtime for a ready-made handler.
    public init(_ handler: some LambdaHandler) {
        initialization = { handler }
    }

    /// A runtime for a function of raw bytes.
    public init(_ body: @escaping @Sendable (_ payload: [UInt8], _ context: LambdaContext) async throws -> [UInt8]) {
        self.init(ClosureHandler(body: body))
    }

    /// A runtime whose handler is made during Lambda's init phase, which has up to 10 seconds at full processor speed.
    ///
    /// Open connections and warm caches here. An error thrown is reported to `/init/error` and ends the process with
    /// status 1; Lambda then tries again with a new one.
    public init(initializing makeHandler: @escaping @Sendable () async throws -> some LambdaHandler) {
        initialization = { try await makeHandler() }
    }

    /// A runtime for a function of raw bytes that is given what the init phase made.
    public init<State: Sendable>(
        initializing makeState: @escaping @Sendable () async throws -> State,
        _ body:
            @escaping @Sendable (_ payload: [UInt8], _ context: LambdaContext, _ state: State) async throws -> [UInt8]
    ) {
        self.init(initializing: {
            let state = try await makeState()
            return ClosureHandler { payload, context in try await body(payload, context, state) }
        })
    }

    /// Serves invocations one at a time until the platform ends the process.
    ///
    /// Returns only when its task was cancelled between two invocations. Where the Runtime API's contract wants the
    /// process to end (init failed, the API is gone or says that it cannot recover), it logs why and exits with
    /// status 1, so that Lambda starts a fresh environment.
    public func run() async throws {
        let environment = FunctionEnvironment.process
        do {
            try await run(in: environment)
        } catch let exit as RuntimeExit {
            environment.makeLogger().critical("\(exit)")
            // Not an error thrown out of `main`: that would be a trap, with a crash report in the place of this line.
            endProcess(1)
        }
    }

    /// The same, with the environment named and the end of the process left to the caller.
    func run(in environment: FunctionEnvironment, retry: RetrySchedule = .standard) async throws {
        let client = try RuntimeAPIClient(environment: environment)
        let handler: any LambdaHandler
        do {
            handler = try await initialization()
        } catch {
            let report = ErrorReport(error)
            client.reportInitializationFailure(report)
            throw RuntimeExit.initializationFailed(report)
        }
        let loop = InvocationLoop(
            client: client,
            handler: handler,
            environment: environment,
            retry: retry
        )
        try await loop.run()
    }
}

private func endProcess(_ status: Int32) -> Never {
    // `_exit` after a flush, not `exit`: handlers of other threads may still run, and exit-time destructors race them.
    fflush(nil)
    _exit(status)
}

/// Why the process must end.
enum RuntimeExit: Error, CustomStringConvertible {
    case notInLambda
    case unusableEndpoint(String, reason: String)
    case initializationFailed(ErrorReport)
    case runtimeAPIUnreachable(attempts: Int, reason: String)
    case runtimeAPIUnrecoverable(during: String, status: Int)

    var description: String {
        switch self {
        case .notInLambda:
            """
            AWS_LAMBDA_RUNTIME_API is not set, so there is no Lambda Runtime API to serve. Deploy this executable as \
            the `bootstrap` of a provided.al2023 function, or run it under the Runtime Interface Emulator.
            """
        case .unusableEndpoint(let value, let reason):
            "AWS_LAMBDA_RUNTIME_API is \"\(value)\", which cannot be used: \(reason). Expected host:port."
        case .initializationFailed(let report):
            "initialization failed and was reported to Lambda: \(report.errorType): \(report.errorMessage)"
        case .runtimeAPIUnreachable(let attempts, let reason):
            "no event could be had from the Runtime API in \(attempts) attempts, giving up: \(reason)"
        case .runtimeAPIUnrecoverable(let operation, let status):
            "the Runtime API answered \(operation) with \(status), which it calls not recoverable; exiting as it asks"
        }
    }
}
