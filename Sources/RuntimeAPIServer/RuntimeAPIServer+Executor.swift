// Tasks that run where the function's connections are served.

internal import NIOCore

extension RuntimeAPIServer {
    /// Runs `body` on the thread that serves the function's connections, unless it uses another executor.
    ///
    /// For a caller that sends one invocation after another: the outcome reaches it, and its next event reaches the
    /// function, without a change of threads, each of which takes longer than the server's work for an invocation. Code
    /// that blocks in `body` blocks the function's connections.
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
