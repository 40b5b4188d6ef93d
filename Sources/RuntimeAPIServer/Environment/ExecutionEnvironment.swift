// The execution environment of the platform: process, phase and invocations, without sockets or clocks.

internal import NIOCore
internal import SharedState

/// Processes one event at a time and collects the resulting work in `actions`.
///
/// States, transitions and statuses are those of AWS's own server
/// (https://github.com/aws/aws-lambda-runtime-interface-emulator, `lambda/core/states.go` and `lambda/rapi/handler`;
/// for Managed Instances `lambda-managed-instances/invoke`).
struct ExecutionEnvironment: Sendable {
    let configuration: RuntimeAPIServer.Configuration
    var actions: [Action] = []

    var process: Process
    var phase = Phase.started
    var lifecycle = Lifecycle.running

    /// Invocations that have not been delivered, in order of arrival.
    var waiting = CircularBuffer<ActiveInvocation>()
    /// The current invocation, from before its delivery to its release. Managed Instances do not use it.
    var current: ActiveInvocation?
    /// The running invocations of Managed Instances, by request id.
    var concurrent: [String: ActiveInvocation] = [:]
    /// Connections that wait in `/next`, the oldest first.
    var idle: [ConnectionID] = []
    /// The connection that waits in `/restore/next`.
    var restoring: ConnectionID?
    /// Request ids whose `/response` is being read.
    var streaming: Set<String> = []
    /// Requests whose response would come too late.
    var expired = RecentIDs()

    var extensions: [String: RuntimeExtension] = [:]
    /// The first token of the runtime's `User-Agent`, its features in parentheses; at most 128 bytes.
    var runtimeRelease = ""

    /// When the process or the restore began, until it and its extensions are ready.
    var phaseBegan: NIODeadline?
    var initializationDuration: Duration?
    var restoreDuration: Duration?
    /// What was posted to `/init/error` or `/restore/error`.
    var reportedFailure: FunctionError?
    /// Why the last init or restore failed, until the next one starts.
    var initializationFailure: FunctionError?
    /// Whether the last process failed before it was ready: the next one's init counts as the invocation's time.
    var isInitializationSuppressed = false
    var restartsWhenFree = false
    private(set) var wakesAt: NIODeadline?

    init(_ configuration: RuntimeAPIServer.Configuration) {
        self.configuration = configuration
        process = configuration.function == .external ? .external : .absent(last: 0)
    }

    enum Process: Sendable, Hashable {
        case external
        case absent(last: Int)
        case running(Int)
        /// SIGTERM was sent; SIGKILL follows at `killsAt`.
        case stopping(Int, killsAt: NIODeadline?)
    }

    enum Lifecycle: Sendable {
        case running, stopping, stopped
    }

    /// The runtime's state, by the names that AWS's server has for them.
    enum Phase: String, Sendable {
        case started = "Started"
        case initializationError = "InitError"
        case restoreReady = "RestoreReady"
        case restoring = "Restoring"
        case restoreError = "RuntimeRestoreErrorState"
        case ready = "Ready"
        case running = "Running"
        case response = "InvocationResponse"
        case error = "InvocationErrorResponse"
        case responseSent = "RuntimeResponseSentState"

        var isBeforeReady: Bool {
            switch self {
            case .started, .initializationError, .restoreReady, .restoring, .restoreError: true
            default: false
            }
        }
    }

    var isManaged: Bool { configuration.concurrency != nil }

    /// Whether the init or the restore is not over. Extensions belong to it.
    var isInitializing: Bool { phase.isBeforeReady || phaseBegan != nil }

    /// Whether the function and its extensions are ready for an event.
    var isFree: Bool {
        guard lifecycle == .running, current == nil, !idle.isEmpty else { return false }
        return phase == .ready && areExtensionsReady
    }

    /// Starts the process, unless the function is external.
    mutating func start(_ now: Moment) {
        guard case .absent(let last) = process else { return }
        spawn(last + 1, now)
        arm()
    }

    mutating func spawn(_ generation: Int, _ now: Moment) {
        process = .running(generation)
        phase = .started
        phaseBegan = now.time
        initializationDuration = nil
        restoreDuration = nil
        reportedFailure = nil
        initializationFailure = nil
        restartsWhenFree = false
        if isInitializationSuppressed { current?.startClock(now) }
        actions.append(.spawn(generation: generation))
    }

    /// Accepts an invocation, or refuses it.
    mutating func invoke(_ invocation: ActiveInvocation, _ now: Moment) {
        guard lifecycle == .running else {
            actions.append(.refuse(invocation, .serverStopped))
            return
        }
        guard waiting.count < configuration.maximumQueueLength else {
            actions.append(.refuse(invocation, .throttled(queueLength: waiting.count)))
            return
        }
        waiting.append(invocation)
        advance(now)
    }

    /// Removes an invocation that has not been delivered.
    mutating func cancel(requestID: String) {
        if let index = waiting.firstIndex(where: { $0.requestID == requestID }) {
            actions.append(.refuse(waiting.remove(at: index), .cancelled))
        } else if let invocation = current, invocation.requestID == requestID, invocation.deliveredAt == nil {
            current = nil
            actions.append(.refuse(invocation, .cancelled))
        }
    }

    /// Advances to the next state that is possible.
    mutating func advance(_ now: Moment) {
        defer { arm() }
        guard lifecycle == .running else { return }
        if isManaged { return advanceManaged(now) }
        if current == nil, !waiting.isEmpty { current = waiting.removeFirst() }
        guard let invocation = current, invocation.deliveredAt == nil else { return }
        switch process {
        case .absent(let last): spawn(last + 1, now)
        case .stopping: return
        case .running, .external:
            if phase == .restoreReady { return beginRestore(now) }
            if process == .external, let reportedFailure { return initializationEnded(with: reportedFailure, now) }
            guard phase == .ready, areExtensionsReady, let connection = idle.popLast() else { return }
            phase = .running
            current = deliver(invocation, to: connection, now)
        }
    }

    private mutating func advanceManaged(_ now: Moment) {
        guard !waiting.isEmpty else { return }
        if case .absent(let last) = process { return spawn(last + 1, now) }
        guard process.isServing, phase == .ready, areExtensionsReady else { return }
        while !waiting.isEmpty, !idle.isEmpty {
            let invocation = waiting.removeFirst()
            if concurrent[invocation.requestID] != nil {
                actions.append(.refuse(invocation, .duplicateRequestID))
                continue
            }
            concurrent[invocation.requestID] = deliver(invocation, to: idle.removeFirst(), now)
        }
    }

    private mutating func deliver(
        _ waiting: ActiveInvocation,
        to connection: ConnectionID,
        _ now: Moment
    ) -> ActiveInvocation {
        var invocation = waiting
        invocation.startClock(now)
        invocation.deliveredAt = now.time
        swap(&invocation.initializationDuration, &initializationDuration)
        swap(&invocation.restoreDuration, &restoreDuration)
        if invocation.traceID == nil, configuration.sendsTraceIDs {
            invocation.traceID = RandomText.traceID(epochMilliseconds: now.epochMilliseconds)
        }
        actions.append(
            .log("START RequestId: \(invocation.requestID) Version: \(configuration.functionVersion)")
        )
        actions.append(.deliver(connection, invocation))
        tellExtensions(of: invocation)
        return invocation
    }

    /// Sets the one timer to the earliest limit, if it is not set to an earlier time already.
    mutating func arm() {
        var earliest: NIODeadline?
        func consider(_ deadline: NIODeadline?) {
            guard let deadline else { return }
            earliest = earliest.map { min($0, deadline) } ?? deadline
        }
        consider(phaseLimit)
        consider(current?.deadline)
        for invocation in concurrent.values { consider(invocation.deadline) }
        if case .stopping(_, let killsAt) = process { consider(killsAt) }
        guard let earliest, wakesAt.map({ earliest < $0 }) ?? true else { return }
        wakesAt = earliest
        actions.append(.wake(at: earliest))
    }

    mutating func timerFired() { wakesAt = nil }
}

extension ExecutionEnvironment.Process {
    /// Whether its requests are accepted.
    var isServing: Bool {
        switch self {
        case .external, .running: true
        case .absent, .stopping: false
        }
    }

    var generation: Int {
        switch self {
        case .external: 0
        case .absent(let generation), .running(let generation), .stopping(let generation, _): generation
        }
    }
}

/// The last few thousand abandoned request ids. Each is looked up once.
struct RecentIDs: Sendable {
    private var order = CircularBuffer<String>()
    private var members: Set<String> = []
    private static let limit = 4096

    mutating func insert(_ id: String) {
        guard members.insert(id).inserted else { return }
        order.append(id)
        if order.count > Self.limit { members.remove(order.removeFirst()) }
    }

    func contains(_ id: String) -> Bool { members.contains(id) }

    mutating func remove(_ id: String) {
        guard members.remove(id) != nil, let index = order.firstIndex(of: id) else { return }
        order.remove(at: index)
    }
}
