// SIGTERM: the hooks that run before the platform shuts the environment down.

internal import CLambdaSystem
internal import CurlTransport
internal import Logging
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Runs hooks when the platform announces the shutdown.
///
/// Lambda sends SIGTERM only if an extension is registered, and kills the process without notice otherwise. So an
/// internal extension without events is registered, as the platform's other native runtimes do. It leaves half a second
/// for the hooks ("Lambda runtime environment lifecycle", shutdown phase).
struct ShutdownHooks: Sendable {
    typealias Hook = @Sendable () async -> Void

    /// Of the half second that there is; AWS's server for Managed Instances gives 600 ms
    /// (https://github.com/aws/aws-lambda-runtime-interface-emulator, `lambda-managed-instances/rapid/shutdown.go`).
    static let timeForResponses = Duration.milliseconds(300)

    let hooks: [Hook]
    let endProcess: @Sendable (Int32) -> Void

    /// Must be called before the first request for an event, which ends the time for extensions to register.
    ///
    /// - Parameter drain: ends the wait of every loop, so that the main thread, which may be the one that waits, can run
    ///   hooks of the main actor. A process that serves several invocations at once finishes them first. One that serves a
    ///   single invocation is frozen or out of time when the signal comes; nobody waits for its response.
    /// - Returns: what to call after a restore; nil without notice of the shutdown.
    func prepare(_ environment: FunctionEnvironment, log: RuntimeLog, drain: LoopDrain?) -> (@Sendable () -> Void)? {
        guard let notice = NoEventExtension.register(environment, log: log) else { return nil }
        #if ServiceLifecycle
        // A service group's: it ends the run, and the hooks run then.
        guard !TerminationSignal.isTaken else { return notice.renew }
        #endif
        let hooks = hooks
        let endProcess = endProcess
        let timeForResponses = environment.maximumConcurrency > 1 ? Self.timeForResponses : .zero
        let isWatching = TerminationSignal.watch {
            Task {
                await drain?.finish(within: timeForResponses)
                // What was opened last closes first.
                for hook in hooks.reversed() { await hook() }
                endProcess(0)
            }
        }
        if !isWatching { log.logger.warning("the hooks for the shutdown will not run: SIGTERM cannot be watched") }
        return notice.renew
    }
}

/// SIGTERM as a call on an ordinary thread.
enum TerminationSignal {
    #if ServiceLifecycle
    /// Whether the program does something else at SIGTERM than to end.
    static var isTaken: Bool {
        var action = sigaction()
        guard sigaction(SIGTERM, nil, &action) == 0 else { return false }
        // `SIG_DFL` is null.
        #if canImport(Glibc)
        return action.__sigaction_handler.sa_handler != nil
        #else
        return action.__sigaction_u.__sa_handler != nil
        #endif
    }
    #endif

    /// Calls `handler` once, at the first SIGTERM. False: the system refuses.
    static func watch(_ handler: @escaping @Sendable () -> Void) -> Bool {
        let watch = watch_signals([SIGTERM], 1)
        guard watch >= 0 else { return false }
        return startThread {
            _ = next_signal(watch)
            handler()
        } == 0
    }
}
