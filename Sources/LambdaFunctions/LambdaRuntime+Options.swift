// The options of a runtime.

public import Logging

extension LambdaRuntime {
    /// Makes the loggers of the runtime and of each invocation from `logger`, with its level, its backend and its metadata.
    ///
    /// Without it they follow the environment, through ``LambdaLogHandler`` or the backend that the program bootstrapped.
    public func logging(to logger: Logger) -> LambdaRuntime {
        var runtime = self
        runtime.options.logger = logger
        return runtime
    }

    /// Makes the context's logger swift-log's `Logger.current` while a handler runs, so that code that is not handed the
    /// context logs with the invocation's ids.
    ///
    /// Off by default: each invocation then makes its logger, whether it logs or not.
    public func bindingCurrentLogger() -> LambdaRuntime {
        var runtime = self
        runtime.options.bindsLogger = true
        return runtime
    }

    /// Cancels a handler's task shortly before the deadline of its invocation.
    ///
    /// The platform's own way is to kill the process at the deadline, or on Managed Instances to let the handler go on
    /// for nobody. A handler that is canceled can stop where it is: its `Task.sleep`s and most libraries' calls throw
    /// then, and the invocation ends with ``DeadlineCancellationError``, which says so. One that returns nevertheless
    /// has its response sent.
    ///
    /// Off by default: the handler gets a task of its own, on the same thread, which costs each invocation about 10
    /// microseconds. A `BatchProcessor` does not need it: it watches the deadline itself and reports what it has done.
    ///
    /// - Parameter margin: how long before the deadline; by default a second, or a tenth of the time left where
    ///   that is less.
    public func cancellingBeforeDeadline(by margin: Duration? = nil) -> LambdaRuntime {
        var runtime = self
        runtime.options.deadlineCancellation = DeadlineCancellation(margin: margin)
        return runtime
    }

    /// Runs `hook` when the platform takes the environment away, before the process ends; the last one added runs first.
    ///
    /// Flush and close here what would lose data. All hooks together have half a second; the process is killed then. The
    /// runtime stops waiting for events first, so that a hook may use the main actor. On Managed Instances the
    /// invocations under way come first: no new ones are taken, those have up to 0.3 seconds, and the hooks run after the
    /// last of them. Lambda gives notice only to functions with an extension, so this registers an internal one that
    /// does nothing else. A function that crashes or times out receives no notice.
    public func onShutdown(_ hook: @escaping @Sendable () async -> Void) -> LambdaRuntime {
        var runtime = self
        runtime.options.shutdownHooks.append(hook)
        let hooks = runtime.options.shutdownHooks
        runtime.options.prepareShutdown = { environment, log, drain in
            ShutdownHooks(hooks: hooks) { endProcess($0) }.prepare(environment, log: log, drain: drain)
        }
        return runtime
    }

    /// Runs `hook` before the platform takes its snapshot, in a function with SnapStart; the last one added runs first.
    ///
    /// Close connections here and forget what must be unlike in each copy: random numbers drawn, temporary credentials.
    /// An error thrown is reported to `/init/error` and ends the process.
    public func beforeSnapshot(_ hook: @escaping @Sendable () async throws -> Void) -> LambdaRuntime {
        var runtime = self
        runtime.options.snapshotHooks.beforeSnapshot.append(hook)
        return runtime
    }

    /// Runs `hook` in each copy that the platform makes from its snapshot, in a function with SnapStart; the first one
    /// added runs first.
    ///
    /// All hooks together have 10 seconds. An error thrown is reported to `/restore/error` and ends the process.
    public func afterRestore(_ hook: @escaping @Sendable () async throws -> Void) -> LambdaRuntime {
        var runtime = self
        runtime.options.snapshotHooks.afterRestore.append(hook)
        return runtime
    }
}
