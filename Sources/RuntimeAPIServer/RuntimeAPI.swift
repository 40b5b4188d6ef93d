// The core of the Runtime API: one execution environment behind a lock, and the code that carries out its actions.

internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Every event goes through `update`: the environment decides under the lock, and its actions are carried
/// out in the order of the decisions, by one thread at a time, without it.
final class RuntimeAPI: Sendable {
    let configuration: RuntimeAPIServer.Configuration
    /// Where the function's executable is; empty without a process.
    let executablePath: String
    let log: FunctionLog
    /// The variables of the function's process; complete once the endpoint is known.
    private let variables = Guarded<[String: String]>([:])
    let state: Guarded<State>
    /// The event loop that serves the function's connections and watches its limits, so that handling an event needs no
    /// other thread.
    let eventLoop = MultiThreadedEventLoopGroup.singleton.any()

    struct State: Sendable {
        var environment: ExecutionEnvironment
        var isActing = false
        var endpoint = ""
        var listener: Listener?
        var invokeListeners: [Listener] = []
        var invokeEndpoints: [InvokeEndpoint] = []
        var faults: FaultScript?
        var exchangeCount = 0
        var connectionCount = 0
        var connections: [ConnectionID: Connection] = [:]
        var process: FunctionProcess?
        var exits: [FunctionExit] = []
        var observers: [CheckedContinuation<Void, Never>] = []
    }

    struct Connection: Sendable {
        let channel: any Channel
        /// The process that was running when the connection was opened.
        let generation: Int
    }

    init(_ configuration: RuntimeAPIServer.Configuration, executablePath: String) {
        self.configuration = configuration
        self.executablePath = executablePath
        log = FunctionLog(maximumSize: configuration.maximumLogSize, configuration.log)
        state = Guarded(State(environment: ExecutionEnvironment(configuration), faults: configuration.faults))
    }

    func listen() async throws {
        let listener = try await Listener.start(host: configuration.host, port: configuration.port, self, on: eventLoop)
        state.withLock { state in
            state.listener = listener
            state.endpoint = "\(listener.host):\(listener.port)" + configuration.basePath
        }
        let inherited = ProcessInfo.processInfo.environment
        variables.withLock { [endpoint] in $0 = configuration.variables(endpoint: endpoint, inherited: inherited) }
    }

    var functionVariables: [String: String] { variables.withLock { $0 } }

    var endpoint: String { state.withLock { $0.endpoint } }
    var port: Int { state.withLock { $0.listener?.port ?? 0 } }
    var runtimeRelease: String { state.withLock { $0.environment.runtimeRelease } }
    var extensionNames: [String] { state.withLock { $0.environment.extensions.values.map(\.name).sorted() } }
    var exits: [FunctionExit] { state.withLock { $0.exits } }
    var processIdentifier: pid_t? { state.withLock { $0.process?.identifier } }
    var lifecycle: ExecutionEnvironment.Lifecycle { state.withLock { $0.environment.lifecycle } }
    var idleCount: Int { state.withLock { $0.environment.idle.count } }
    var isInitialized: Bool { state.withLock { !$0.environment.isInitializing } }
    var initializationFailure: FunctionError? { state.withLock { $0.environment.initializationFailure } }

    var faults: FaultScript? {
        get { state.withLock { $0.faults } }
        set { state.withLock { $0.faults = newValue } }
    }

    /// Applies an event to the environment and carries out the resulting actions.
    @discardableResult
    func update<Result: Sendable>(
        _ change: @Sendable (inout ExecutionEnvironment, Moment) -> Result
    ) -> Result {
        let now = Moment.now
        let result = state.withLock { change(&$0.environment, now) }
        act()
        return result
    }

    /// The first thread carries out the actions of all until none are left.
    private func act() {
        while true {
            let actions = state.withLock { state -> [Action] in
                guard !state.isActing, !state.environment.actions.isEmpty else { return [] }
                state.isActing = true
                defer { state.environment.actions = [] }
                return state.environment.actions
            }
            if actions.isEmpty { return }
            for action in actions { carryOut(action) }
            state.withLock { $0.isActing = false }
        }
    }

    private func carryOut(_ action: Action) {
        switch action {
        case .reply(let connection, let reply): write(reply, to: connection)
        case .deliver(let connection, let invocation): write(Reply(event: invocation, configuration), to: connection)
        case .spawn(let generation): spawn(generation)
        case .signal(_, let signal): state.withLock { $0.process }?.signal(signal)
        case .closeConnections(let generation): closeConnections(upTo: generation)
        case .log(let line):
            if line.hasPrefix("START") { log.beginInvocation() }
            log.platform(line)
        case .responded(let invocation, let time):
            guard invocation.request.completion == .response else { return }
            complete(invocation, at: time)
        case .released(let invocation, let time):
            drainLog()
            logEnd(of: invocation, report(invocation, at: time))
            if invocation.request.completion == .release { complete(invocation, at: time) }
        case .refuse(let invocation, let failure): invocation.complete(.failure(failure))
        case .wake(let time):
            eventLoop.scheduleTask(deadline: time) { [self] in update { $0.checkLimits($1) } }
        case .progress: notifyObservers()
        }
    }

    private func write(_ reply: Reply, to connection: ConnectionID) {
        let channel = state.withLock { $0.connections[connection]?.channel }
        channel?.writeAndFlush(reply, promise: nil)
    }

    private func closeConnections(upTo generation: Int) {
        let channels = state.withLock { state in
            state.connections.values.filter { $0.generation <= generation }.map(\.channel)
        }
        for channel in channels { channel.close(promise: nil) }
    }

    private func complete(_ invocation: ActiveInvocation, at time: NIODeadline) {
        guard let result = invocation.result else { return }
        drainLog()
        invocation.complete(
            .success(
                InvocationOutcome(
                    requestID: invocation.requestID,
                    result: result,
                    report: report(invocation, at: time),
                    logTail: configuration.concurrency == nil ? log.invocationTail : []
                )
            )
        )
    }

    private func drainLog() { state.withLock { $0.process }?.drainOutput() }

    private func report(_ invocation: ActiveInvocation, at time: NIODeadline) -> InvocationReport {
        let memory = state.withLock { $0.process }?.peakResidentMemory
        return InvocationReport(invocation, at: time, memorySize: configuration.memorySize, memoryUsed: memory)
    }

    private func logEnd(of invocation: ActiveInvocation, _ report: InvocationReport) {
        log.platform("END RequestId: \(invocation.requestID)")
        log.platform(report.line(invocation))
    }

    private func notifyObservers() {
        let observers = state.withLock { state in
            defer { state.observers = [] }
            return state.observers
        }
        for observer in observers { observer.resume() }
    }

    /// Waits until the condition holds. It is checked whenever the environment changes.
    func wait(until condition: @Sendable (ExecutionEnvironment) -> Bool) async {
        var isMet = false
        while !isMet {
            await withCheckedContinuation { continuation in
                isMet = state.withLock { state in
                    if condition(state.environment) { return true }
                    state.observers.append(continuation)
                    return false
                }
                if isMet { continuation.resume() }
            }
        }
    }

    func serveInvocations(host: String, port: Int) async throws -> Int {
        let endpoint = InvokeEndpoint(self)
        let listener = try await Listener.start(host: host, port: port, endpoint, on: eventLoop)
        state.withLock { state in
            state.invokeListeners.append(listener)
            state.invokeEndpoints.append(endpoint)
        }
        return listener.port
    }

    func close() async {
        let (listener, channels) = state.withLock { ($0.listener, $0.connections.values.map(\.channel)) }
        let (invokeListeners, endpoints) = state.withLock { state in
            defer { (state.invokeListeners, state.invokeEndpoints) = ([], []) }
            return (state.invokeListeners, state.invokeEndpoints)
        }
        for listener in invokeListeners { await listener.close() }
        for endpoint in endpoints { endpoint.closeAll() }
        await listener?.close()
        for channel in channels { try? await channel.close().get() }
    }
}
