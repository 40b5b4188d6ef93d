// The runtime's requests for the next invocation and for its restore.

internal import NIOCore

extension ExecutionEnvironment {
    /// `GET /runtime/invocation/next`.
    mutating func next(_ connection: ConnectionID, bodyIsEmpty: Bool, _ now: Moment) {
        // A process that is being ended receives no more replies.
        guard process.isServing else { return }
        if isManaged { return nextManaged(connection, bodyIsEmpty: bodyIsEmpty, now) }
        switch phase {
        case .started, .restoring:
            becomeReady(now)
            idle.append(connection)
        case .ready: idle.append(connection)
        case .responseSent:
            phase = .ready
            idle.append(connection)
            release(now)
        // If the runtime asks twice, it receives the running invocation again.
        case .running:
            if let current { actions.append(.deliver(connection, current)) }
        case .initializationError, .restoreReady, .restoreError, .response, .error:
            actions.append(.reply(connection, forbidden(to: .ready)))
        }
        advance(now)
    }

    private mutating func nextManaged(_ connection: ConnectionID, bodyIsEmpty: Bool, _ now: Moment) {
        guard bodyIsEmpty else { return actions.append(.reply(connection, .tooLarge)) }
        guard phase == .started || phase == .ready else {
            return actions.append(.reply(connection, forbidden(to: .ready)))
        }
        guard idle.count < configuration.concurrency ?? 1 else {
            return actions.append(.reply(connection, .internalServerError))
        }
        idle.append(connection)
        if phase == .started { becomeReady(now) }
        advance(now)
    }

    /// `GET /runtime/restore/next`.
    mutating func restoreNext(_ connection: ConnectionID, _ now: Moment) {
        guard process.isServing else { return }
        guard phase == .started else { return actions.append(.reply(connection, forbidden(to: .ready))) }
        phase = .restoreReady
        restoring = connection
        initializationDuration = phaseBegan.map(now.since)
        isInitializationSuppressed = false
        phaseBegan = nil
        actions.append(.progress)
        advance(now)
    }

    /// Restores the snapshot because an invocation waits.
    mutating func beginRestore(_ now: Moment) {
        guard let connection = restoring else { return }
        restoring = nil
        phase = .restoring
        phaseBegan = now.time
        // The init happened before the snapshot, so no invocation reports it.
        initializationDuration = nil
        actions.append(.log("RESTORE_START Runtime Version: provided"))
        actions.append(.reply(connection, Reply(status: 200)))
    }

    private mutating func becomeReady(_ now: Moment) {
        if phase == .restoring {
            let duration = phaseBegan.map(now.since)
            restoreDuration = duration
            actions.append(.log("RESTORE_REPORT Restore Duration: \((duration ?? .zero).millisecondsText) ms"))
            phaseBegan = nil
        }
        phase = .ready
        finishInitialization(now)
        actions.append(.progress)
    }

    /// The init phase lasts until the runtime and each extension have asked for their first event. Until then it is
    /// limited ("Lambda execution environment lifecycle", init phase).
    mutating func finishInitialization(_ now: Moment) {
        guard let began = phaseBegan, phase == .ready, areExtensionsReady else { return }
        if !isInitializationSuppressed { initializationDuration = now.since(began) }
        isInitializationSuppressed = false
        phaseBegan = nil
        actions.append(.progress)
    }

    /// 403: a transition that the state does not allow.
    func forbidden(to target: Phase) -> Reply {
        .error(
            403,
            "InvalidStateTransition",
            "State transition from \(phase.rawValue) to \(target.rawValue) failed for runtime. "
                + "Error: State transition is not allowed"
        )
    }

    /// A connection has ended.
    mutating func connectionClosed(_ connection: ConnectionID) {
        idle.removeAll { $0 == connection }
        if restoring == connection { restoring = nil }
        for (id, member) in Array(extensions) where member.connection == connection {
            extensions[id]?.connection = nil
        }
    }
}
