// The runtime's public interface: it takes a handler and serves the Lambda Runtime API until the platform ends it.

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
/// It follows "Using the Lambda runtime API for custom runtimes"
/// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
///
/// On Lambda Managed Instances, it serves as many invocations at once as `AWS_LAMBDA_MAX_CONCURRENCY` says, each with
/// its own context and logger.
public struct LambdaRuntime: Sendable {
    private let initialization: @Sendable () async throws -> FunctionKind
    var options = RuntimeOptions()

    /// A runtime for whatever `makeFunction` makes during the init phase.
    package init(kind makeFunction: @escaping @Sendable () async throws -> FunctionKind) {
        initialization = makeFunction
    }

    /// A runtime for an existing handler.
    public init(_ handler: some LambdaHandler) {
        self.init(kind: { .buffered(handler) })
    }

    /// A runtime for a function of raw bytes.
    public init(_ body: @escaping @Sendable (_ payload: [UInt8], _ context: LambdaContext) async throws -> [UInt8]) {
        self.init(ClosureHandler(body: body))
    }

    /// A runtime whose handler is created during Lambda's init phase, which has up to 10 seconds at full processor
    /// speed.
    ///
    /// Use it to open connections and warm caches. An error thrown is reported to `/init/error` and ends the process
    /// with status 1. Lambda then tries again with a new one.
    public init(initializing makeHandler: @escaping @Sendable () async throws -> some LambdaHandler) {
        self.init(kind: { .buffered(try await makeHandler()) })
    }

    /// A runtime for a function of raw bytes that receives a value created in the init phase.
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

    /// Serves invocations until the platform ends the process.
    ///
    /// Returns only when its task was canceled; an invocation that is under way is finished first. With the trait
    /// `ServiceLifecycle` it is the `run()` of a `Service`, and also returns when its group shuts down. If the Runtime
    /// API's contract requires the process to end (init failed, the API is gone or says that it cannot recover), it
    /// logs the reason and exits with status 1, so that Lambda starts a new environment. A hook around a snapshot that
    /// fails ends it with 64 (before) or 65 (after).
    ///
    /// It also makes printed text appear in the log line by line, so that the text is there even if the process is
    /// killed.
    ///
    /// - Throws: an error of the system before the first event. Failures of the runtime end the process instead.
    public func run() async throws {
        PrintedLines.writeAtOnce()
        let environment = FunctionEnvironment.process
        let ownLogger = options.logger
        let log = RuntimeLog { ownLogger ?? environment.makeLogger() }
        do {
            #if ServiceLifecycle
            try await runAsService(in: environment, log: log)
            #else
            try await run(in: environment, log: log)
            #endif
        } catch let exit as RuntimeExit {
            log.logger.critical("\(exit)")
            // Not an error thrown out of `main`: that would be a trap, with a crash report instead of this line.
            endProcess(exit.status)
        }
    }

    /// The same, with the environment named and the end of the process left to the caller.
    ///
    /// - Parameter thread: the thread that this runs on, if it is not the main thread.
    func run(
        in environment: FunctionEnvironment,
        log: RuntimeLog,
        retry: RetrySchedule = .standard,
        on thread: WorkerThread? = nil
    ) async throws {
        let client = try RuntimeAPIClient(environment: environment)
        let function: FunctionKind
        do {
            function = try await initialization()
        } catch {
            let report = ErrorReport(error)
            client.reportInitializationFailure(report)
            throw RuntimeExit.initializationFailed(report)
        }
        let isConcurrent = environment.maximumConcurrency > 1
        let drain = isConcurrent || options.prepareShutdown != nil ? LoopDrain() : nil
        let renewNotice = options.prepareShutdown?(environment, log, drain)
        if environment.takesSnapshot {
            drain?.begin(client.interruption)
            defer { drain?.end() }
            guard try await options.snapshotHooks.pass(client) else {
                await drain?.waitForEndOfProcess()
                return
            }
            renewNotice?()
        }
        if let value = environment.unusableConcurrency {
            log.logger.warning(
                "AWS_LAMBDA_MAX_CONCURRENCY is \"\(value)\"; going on with \(environment.maximumConcurrency) at once"
            )
        }
        let cancellation = options.deadlineCancellation
        let bindsLogger = options.bindsLogger
        #if Tracing
        let tracing = InvocationTracing(environment)
        #endif
        let makeLoop = { @Sendable (client: RuntimeAPIClient, thread: WorkerThread?) in
            let loop = InvocationLoop(
                client: client,
                function: function,
                environment: environment,
                log: log,
                retry: retry,
                deadlineCancellation: cancellation,
                bindsLogger: bindsLogger,
                thread: thread
            )
            #if Tracing
            return loop.traced(by: tracing)
            #else
            return loop
            #endif
        }
        if isConcurrent, let drain {
            let loops = ConcurrentLoops(count: environment.maximumConcurrency, log: log, drain: drain) { thread in
                makeLoop(try RuntimeAPIClient(environment: environment), thread)
            }
            try await loops.run()
        } else {
            // The connection from before a snapshot is to a machine that is gone.
            let client = environment.takesSnapshot ? try RuntimeAPIClient(environment: environment) : client
            drain?.begin(client.interruption)
            defer { drain?.end() }
            try await makeLoop(client, thread).run()
        }
        await drain?.waitForEndOfProcess()
    }
}

/// The options of a runtime.
struct RuntimeOptions: Sendable {
    /// The program's own logger, instead of one with Lambda's backend.
    var logger: Logger?
    var bindsLogger = false
    var deadlineCancellation: DeadlineCancellation?
    var snapshotHooks = SnapshotHooks()
    var shutdownHooks: [ShutdownHooks.Hook] = []
    /// Nil unless there are hooks, so that a function without any does not link what they need. It returns what to call
    /// after a restore.
    var prepareShutdown: (@Sendable (FunctionEnvironment, RuntimeLog, LoopDrain?) -> (@Sendable () -> Void)?)?
}

/// Ends the process with what was printed, but without exit-time destructors: handlers of other threads may still run.
func endProcess(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)
}
