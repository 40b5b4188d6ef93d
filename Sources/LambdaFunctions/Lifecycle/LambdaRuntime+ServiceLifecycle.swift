// The runtime as a service of swift-service-lifecycle, with the package's trait `ServiceLifecycle`.

#if ServiceLifecycle
internal import CurlTransport
public import ServiceLifecycle

/// With the trait `ServiceLifecycle`, a service beside the clients that its handler uses.
///
/// ```swift
/// // needs the trait ServiceLifecycle
/// let runtime = LambdaRuntime { payload, _ in try await respond(to: payload, from: database) }
/// try await ServiceGroup(
///     services: [database, runtime], gracefulShutdownSignals: [.sigterm], logger: logger
/// ).run()
/// ```
///
/// A group shuts its services down last first. Name the runtime last, so that what its handler needs exists to the end.
/// When the group shuts down, the runtime asks for no more events. An invocation that is under way has 0.3 seconds and
/// is then canceled, because all services together have half a second on Lambda. The hooks of `onShutdown` run after
/// it. Everything else that ends the process (the Runtime API is gone, init failed) ends it at once, as without a
/// group.
///
/// Lambda gives notice only to functions with an extension, so with the trait every run registers an internal one that
/// does nothing else. It also creates a thread to wait for events on, because the group's services share the others.
extension LambdaRuntime: Service {}

extension LambdaRuntime {
    /// ``run()`` where a service group may shut it down.
    ///
    /// - Parameter grace: how long an invocation that is under way then may go on.
    func runAsService(
        in environment: FunctionEnvironment,
        log: RuntimeLog,
        retry: RetrySchedule = .standard,
        grace: Duration = ShutdownHooks.timeForResponses,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        var runtime = self
        if options.prepareShutdown == nil {
            runtime.options.prepareShutdown = { environment, log, _ in
                NoEventExtension.register(environment, log: log)?.renew
            }
        }
        let thread = WorkerThread()
        guard thread.start() else { throw RuntimeExit.noThread }
        defer { thread.stop() }
        let work = Task(executorPreference: thread) { [runtime] in
            try await runtime.run(in: environment, log: log, retry: retry, on: thread)
        }
        let result = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                _ = isolation
                return await work.result
            } onGracefulShutdown: {
                // The loops stop asking by themselves.
                Task.detached {
                    try? await Task.sleep(for: grace)
                    work.cancel()
                }
            }
        } onCancel: {
            work.cancel()
        }
        if Task.isShuttingDownGracefully {
            for hook in options.shutdownHooks.reversed() { await hook() }
        }
        try result.get()
    }
}

extension InvocationLoop {
    /// Runs `body`; from the beginning of a graceful shutdown on, no wait for an event lasts.
    func endingAtShutdown(
        _ interruption: ConnectionInterruption,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Void
    ) async throws {
        try await withGracefulShutdownHandler {
            _ = isolation
            try await body()
        } onGracefulShutdown: {
            interruption.interrupt()
        }
    }
}
#endif
