// A local Lambda: the Runtime API that a function asks for events, and the platform that runs the function.

internal import SharedState

/// A Runtime API with the states, statuses, error documents, limits and timeouts of the real one, and the function's
/// process, which is started and restarted as on the platform.
///
/// ```swift
/// let server = try await RuntimeAPIServer.start(.init(.process(executable: ".build/debug/OrderProjector")))
/// let outcome = try await server.invoke(Array(#"{"Records":[]}"#.utf8))
/// #expect(outcome.error == nil)
/// await server.stop()
/// ```
///
/// One server is one execution environment: invocations queue for it.
public final class RuntimeAPIServer: Sendable {
    let api: RuntimeAPI

    private init(_ api: RuntimeAPI) {
        self.api = api
    }

    /// Why a server could not start.
    public enum StartError: Error, Sendable, Hashable {
        /// The executable does not exist or cannot be run.
        case notExecutable(path: String, reason: String)
        /// The server cannot listen on the address.
        case cannotListen(host: String, port: Int, reason: String)
    }

    /// Listens, and starts the function's process. Its init phase runs while the caller continues. An init that exceeds
    /// its limit is ended, and repeated once within the first invocation and its timeout, as on Lambda.
    ///
    /// Call `stop()` at the end, or use `withServer`. Otherwise the function's process keeps waiting for events.
    public static func start(_ configuration: Configuration) async throws(StartError) -> RuntimeAPIServer {
        let api = RuntimeAPI(configuration, executablePath: try executablePath(configuration))
        do {
            try await api.listen()
        } catch {
            throw .cannotListen(host: configuration.host, port: configuration.port, reason: "\(error)")
        }
        api.update { $0.start($1) }
        return RuntimeAPIServer(api)
    }

    /// Runs `body` with a server, and stops the server afterwards, also after an error.
    ///
    /// - Throws: what `body` throws, and errors of a server that cannot listen or whose function does not start.
    public static func withServer<Result>(
        _ configuration: Configuration,
        _ body: (RuntimeAPIServer) async throws -> Result
    ) async throws -> Result {
        let server = try await start(configuration)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`: host, port and base path.
    public var endpoint: String { api.endpoint }
    /// The port that the server listens on.
    public var port: Int { api.port }

    /// Sends an event to the function and waits for the outcome. Invocations are delivered in the order in which they
    /// come.
    public func invoke(_ payload: [UInt8]) async throws(InvocationFailure) -> InvocationOutcome {
        try await invoke(InvocationRequest(payload))
    }

    /// Sends an event to the function and waits for the outcome: a response, an error, a timeout or the end of the
    /// process.
    ///
    /// - Throws: `InvocationFailure` if there was no outcome.
    public func invoke(_ request: InvocationRequest) async throws(InvocationFailure) -> InvocationOutcome {
        guard request.payload.count <= maximumPayloadSize else {
            throw .payloadTooLarge(byteCount: request.payload.count, limit: maximumPayloadSize)
        }
        var request = request
        let requestID = request.requestID ?? RandomText.uuid()
        request.requestID = requestID
        let accepted = request
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: InvocationContinuation) in
                if Task.isCancelled { return continuation.resume(returning: .failure(.cancelled)) }
                let once = OnceOnly(continuation)
                let invocation = ActiveInvocation(accepted, timeout: api.configuration.timeout) { once.resume($0) }
                api.update { $0.invoke(invocation, $1) }
                // A cancellation that came in between has found nothing to cancel.
                if Task.isCancelled { api.update { environment, _ in environment.cancel(requestID: requestID) } }
            }
        } onCancel: {
            api.update { environment, _ in environment.cancel(requestID: requestID) }
        }
        return try result.get()
    }

    /// Waits until the function's init phase is over: the function has asked for an event, is ready for a snapshot, or
    /// has ended.
    ///
    /// - Returns: whether it is ready for events.
    @discardableResult
    public func waitUntilInitialized() async -> Bool {
        await api.wait { environment in
            if case .absent = environment.process { return true }
            return environment.lifecycle != .running || !environment.isInitializing
                || environment.phase == .restoreReady
        }
        return api.isInitialized
    }

    /// Why the last init or restore failed: the function's error, the end of its process, or the time limit. Nil
    /// if it did not fail, and from the start of the next one.
    public var initializationError: FunctionError? { api.initializationFailure }

    /// The faults of replies; nil for none. Requests whose head has been read are not affected.
    public var faults: FaultScript? {
        get { api.faults }
        set { api.faults = newValue }
    }

    /// The runtime as the platform records it: the first token of its `User-Agent`, and its features in parentheses.
    public var runtimeRelease: String { api.runtimeRelease }

    /// The names of the internal extensions that the running process has registered.
    public var extensionNames: [String] { api.extensionNames }

    /// How the function's processes ended, the last hundred of them, oldest first.
    public var exits: [FunctionExit] { api.exits }

    /// The number of the running process, if there is one.
    public var processIdentifier: Int32? { api.processIdentifier }

    /// Kills the function's process immediately, as a crash or a lack of memory would. The invocation that it works
    /// on ends in `Runtime.ExitError`; the next one starts a new process.
    public func killProcess() {
        api.killProcess()
    }

    /// Replaces the function's process before the next event by a new one from the current executable: SIGTERM or
    /// SIGKILL as at the end of an environment, after the running invocation.
    public func restart() {
        api.update { $0.restart($1) }
    }

    /// Offers AWS's Invoke (`POST /2015-03-31/functions/{name}/invocations`) at a separate address, until `stop()`.
    ///
    /// `RequestResponse`, `Event` (run once: there are no retries here) and `DryRun`, client context, tenant, trace and
    /// the tail of the log. The function is known by its name, as `function`, and by its ARN. Invocations queue for the
    /// one environment there is; more than `maximumQueueLength` waiting ones get 429.
    ///
    /// - Parameters:
    ///   - host: the address to listen on. There is no authentication, so use loopback.
    ///   - port: 0 takes a free one.
    /// - Returns: the port.
    @discardableResult
    public func serveInvocations(host: String = "127.0.0.1", port: Int = 0) async throws(StartError) -> Int {
        do {
            return try await api.serveInvocations(host: host, port: port)
        } catch {
            throw .cannotListen(host: host, port: port, reason: "\(error)")
        }
    }

    /// Ends the function's process, closes the connections and stops listening. Waiting invocations fail with
    /// `InvocationFailure.serverStopped`.
    public func stop() async {
        api.update { $0.stop($1) }
        await api.wait { $0.lifecycle == .stopped }
        await api.close()
    }

    private static func executablePath(_ configuration: Configuration) throws(StartError) -> String {
        guard case .process(let executable, _, let workingDirectory) = configuration.function else { return "" }
        return try ExecutablePath.find(executable, in: workingDirectory, along: configuration.environment["PATH"])
    }
}

extension RuntimeAPIServer.StartError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notExecutable(let path, let reason): "\(path) cannot be run: \(reason)"
        case .cannotListen(let host, let port, let reason): "cannot listen on \(host):\(port): \(reason)"
        }
    }
}

private typealias InvocationContinuation = CheckedContinuation<Result<InvocationOutcome, InvocationFailure>, Never>

/// A continuation that is resumed by whichever of a response and a cancellation comes first.
private final class OnceOnly<Value: Sendable>: Sendable {
    private let continuation: Guarded<CheckedContinuation<Value, Never>?>

    init(_ continuation: CheckedContinuation<Value, Never>) {
        self.continuation = Guarded(continuation)
    }

    func resume(_ value: Value) {
        let continuation = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(returning: value)
    }
}
