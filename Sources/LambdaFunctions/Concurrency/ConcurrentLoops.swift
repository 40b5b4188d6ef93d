// Lambda Managed Instances: as many invocation loops as the platform may send events at once.

internal import Logging

/// Runs one loop on each of several threads, each with a connection of its own.
///
/// "Lambda Managed Instances runtimes" of AWS's documentation: up to `AWS_LAMBDA_MAX_CONCURRENCY` requests for the next
/// event are open at once, and answers come in any order.
struct ConcurrentLoops {
    let count: Int
    let log: RuntimeLog
    let drain: LoopDrain
    let makeLoop: @Sendable () throws -> InvocationLoop

    /// Runs until every loop has ended. A loop that fails is said so in the log and leaves the others alone. Loops that
    /// were drained have ended because the process does, which is waited for.
    ///
    /// - Throws: what ended the last loop, when none is left.
    func run() async throws {
        var lastFailure: (any Error)?
        await withTaskGroup(of: (number: Int, failure: (any Error)?).self) { group in
            for number in 1...count {
                let thread = WorkerThread()
                guard thread.start() else {
                    log.logger.error("the system gives no thread for loop \(number) of \(count); going on with fewer")
                    if number == 1 { lastFailure = RuntimeExit.noThread }
                    break
                }
                group.addTask(executorPreference: thread) {
                    defer { thread.stop() }
                    do {
                        let loop = try makeLoop()
                        drain.begin(loop.client.interruption)
                        defer { drain.end() }
                        try await loop.run()
                        return (number, nil)
                    } catch {
                        return (number, error)
                    }
                }
            }
            for await (number, failure) in group {
                guard let failure else { continue }
                lastFailure = failure
                log.logger.error("loop \(number) of \(count) has ended: \(failure)")
            }
        }
        while drain.hasBegun, !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
        if let lastFailure, !Task.isCancelled { throw lastFailure }
    }
}
