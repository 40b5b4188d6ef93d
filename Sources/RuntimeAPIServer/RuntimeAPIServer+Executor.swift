// Tasks that run where the function's connections are served.

internal import NIOCore

extension RuntimeAPIServer {
    /// Runs `body` on the thread that serves the function's connections, wherever it does not ask for another.
    ///
    /// For a caller that sends one invocation after the other: an outcome reaches it, and its next event the function,
    /// without a change of threads, of which each takes longer than all that the server does for an invocation. What
    /// blocks in `body` holds the function's connections up.
    package func runBesideConnections<Result>(_ body: () async -> Result) async -> Result {
        await withTaskExecutorPreference(EventLoopExecutor(api.eventLoop)) { await body() }
    }
}

private final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
