// The options of a runtime.

public import Logging

extension LambdaRuntime {
    /// Creates the loggers of the runtime and of each invocation from `logger`, with its level, its backend and its
    /// metadata.
    ///
    /// Without it, they follow the environment, through ``LambdaLogHandler`` or the backend that the program
    /// bootstrapped.
    public func logging(to logger: Logger) -> LambdaRuntime {
        var runtime = self
        runtime.options.logger = logger
        return runtime
    }

    /// Sets swift-log's `Logger.current` to the context's logger while a handler runs, so that code that does not
    /// receive the context logs with the invocation's ids.
    ///
    /// Off by default: each invocation then creates its logger, whether it logs or not.
    public func bindingCurrentLogger() -> LambdaRuntime {
        var runtime = self
        runtime.options.bindsLogger = true
        return runtime
    }

    /// Cancels a handler's task shortly before the deadline of its invocation.
    ///
    /// Without it, the platform kills the process at the deadline, or on Managed Instances lets the handler continue
    /// without a caller. A handler that is canceled can stop where it is: its `Task.sleep`s and most libraries' calls
    /// then throw, and the invocation ends with ``DeadlineCancellationError``. The response of a handler that returns
    /// nevertheless is sent.
    ///
    /// Off by default: the handler runs in a separate task, on the same thread, which costs each invocation about 10
    /// microseconds. A `BatchProcessor` does not need it: it watches the deadline itself and reports what it has done.
    ///
    /// - Parameter margin: how long before the deadline; by default a second, or a tenth of the time left where
    ///   that is less.
    public func cancellingBeforeDeadline(by margin: Duration? = nil) -> LambdaRuntime {
        var runtime = self
        runtime.options.deadlineCancellation = DeadlineCancellation(margin: margin)
        return runtime
    }

    /// Runs `hook` when the platform shuts the environment down, before the process ends. The last hook added runs
    /// first.
    ///
    /// Use it to flush and close what would lose data. All hooks together have half a second; then the process is
    /// killed. The runtime stops waiting for events first, so a hook may use the main actor. On Managed Instances, the
    /// invocations under way come first: the runtime takes no new ones, those have up to 0.3 seconds, and the hooks run
    /// after the last of them. Lambda gives notice only to functions with an extension, so this registers an internal
    /// one that does nothing else. A function that crashes or times out receives no notice.
    public func onShutdown(_ hook: @escaping @Sendable () async -> Void) -> LambdaRuntime {
        var runtime = self
        runtime.options.shutdownHooks.append(hook)
        let hooks = runtime.options.shutdownHooks
        runtime.options.prepareShutdown = { environment, log, drain in
            ShutdownHooks(hooks: hooks) { endProcess($0) }.prepare(environment, log: log, drain: drain)
        }
        return runtime
    }

    /// Runs `hook` before the platform takes its snapshot, in a function with SnapStart. The last hook added runs
    /// first.
    ///
    /// Use it to close connections and to discard what must differ in each copy, such as random numbers and temporary
    /// credentials. An error thrown is reported to `/init/error` and ends the process.
    public func beforeSnapshot(_ hook: @escaping @Sendable () async throws -> Void) -> LambdaRuntime {
        var runtime = self
        runtime.options.snapshotHooks.beforeSnapshot.append(hook)
        return runtime
    }

    /// Runs `hook` in each copy that the platform starts from its snapshot, in a function with SnapStart. The first
    /// hook added runs first.
    ///
    /// All hooks together have 10 seconds. An error thrown is reported to `/restore/error` and ends the process.
    public func afterRestore(_ hook: @escaping @Sendable () async throws -> Void) -> LambdaRuntime {
        var runtime = self
        runtime.options.snapshotHooks.afterRestore.append(hook)
        return runtime
    }
}
