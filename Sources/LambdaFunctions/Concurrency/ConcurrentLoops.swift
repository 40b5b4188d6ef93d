// Lambda Managed Instances: as many invocation loops as the platform may send events at once.

internal import Logging

/// Runs one loop on each of several threads, each with a connection of its own.
///
/// "Lambda Managed Instances runtimes" of AWS's documentation: up to `AWS_LAMBDA_MAX_CONCURRENCY` requests for the next
/// event are open at once, and responses come in any order.
struct ConcurrentLoops {
    let count: Int
    let log: RuntimeLog
    let drain: LoopDrain
    /// How long the other loops have to finish their invocations when one of them must end the process.
    var timeForResponses = Duration.milliseconds(300)
    let makeLoop: @Sendable (WorkerThread) throws -> InvocationLoop

    private struct LoopEnd: Sendable {
        let number: Int
        let failure: (any Error)?
    }

    /// Runs until every loop has ended, or one has failed. What ends a loop, such as the Runtime API's 500, concerns
    /// the whole environment: with one loop fewer, it would serve less than Lambda sends for the rest of its life. So
    /// the others finish their invocations, and the process ends.
    ///
    /// - Throws: the failure of the first loop that failed.
    func run() async throws {
        let (ends, continuation) = AsyncStream<LoopEnd>.makeStream()
        var loops: [Task<Void, Never>] = []
        var firstFailure: (any Error)?
        for number in 1...count {
            let thread = WorkerThread()
            guard thread.start() else {
                log.logger.error("the system has no thread for loop \(number) of \(count); continuing with fewer")
                if number == 1 { throw RuntimeExit.noThread }
                break
            }
            loops.append(
                Task(executorPreference: thread) {
                    defer { thread.stop() }
                    continuation.yield(LoopEnd(number: number, failure: await failure(ofLoopOn: thread)))
                }
            )
        }
        let running = loops
        await withTaskCancellationHandler {
            var left = running.count
            for await end in ends {
                left -= 1
                if let failure = end.failure {
                    firstFailure = failure
                    log.logger.error("loop \(end.number) of \(count) has failed, so the process ends: \(failure)")
                }
                if left == 0 || firstFailure != nil { break }
            }
        } onCancel: {
            for loop in running { loop.cancel() }
        }
        guard let firstFailure, !Task.isCancelled else {
            for loop in running { await loop.value }
            return
        }
        // The hooks of a shutdown end the process themselves.
        if drain.hasBegun { return }
        await drain.finish(within: timeForResponses)
        throw firstFailure
    }

    /// Runs one loop to its end, and returns why it failed.
    private func failure(ofLoopOn thread: WorkerThread) async -> (any Error)? {
        do {
            let loop = try makeLoop(thread)
            drain.begin(loop.client.interruption)
            defer { drain.end() }
            try await loop.run()
            return nil
        } catch {
            return error
        }
    }
}
