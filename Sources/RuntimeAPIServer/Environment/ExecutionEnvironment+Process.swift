// The end of the process: by itself, by a time limit, or by request.

internal import NIOCore

extension ExecutionEnvironment {
    /// The process has ended, and its output has been read.
    mutating func processExited(generation: Int, _ status: FunctionExit.Status, _ now: Moment) {
        guard process.generation == generation else { return }
        let wasRunning = process == .running(generation)
        leaveProcess(generation)
        guard lifecycle == .running else { return finishStopping(now) }
        if wasRunning {
            if isInitializing {
                let failure = reportedFailure ?? .exited(requestID: current?.requestID ?? "", status)
                initializationEnded(with: failure, now)
            } else {
                abandon(after: status, now)
            }
        }
        phase = .started
        actions.append(.progress)
        advance(now)
    }

    /// The executable could not be run, so there is no process.
    mutating func processFailed(generation: Int, reason: String, _ now: Moment) {
        guard process.generation == generation else { return }
        leaveProcess(generation)
        guard lifecycle == .running else { return finishStopping(now) }
        initializationEnded(with: .notStarted(requestID: current?.requestID ?? "", reason: reason), now)
        phase = .started
        actions.append(.progress)
    }

    private mutating func leaveProcess(_ generation: Int) {
        process = .absent(last: generation)
        actions.append(.closeConnections(generation: generation))
        idle.removeAll()
        restoring = nil
        streaming.removeAll()
        extensions.removeAll()
    }

    /// The init or the restore has failed. An invocation that waits for it ends with that error. If none waits, the
    /// next one begins with another init, which counts as its own time ("Lambda execution environment", suppressed
    /// init).
    mutating func initializationEnded(with failure: FunctionError, _ now: Moment) {
        let isRestore = failure.cause == .restore || phase == .restoring
        let duration = (phaseBegan.map(now.since) ?? .zero).millisecondsText
        let report = isRestore ? "RESTORE_REPORT Restore Duration" : "INIT_REPORT Init Duration"
        actions.append(.log("\(report): \(duration) ms\tStatus: error\tError Type: \(failure.type)"))
        phaseBegan = nil
        initializationFailure = failure
        isInitializationSuppressed = !isRestore
        initializationDuration = nil
        if isManaged, !waiting.isEmpty { current = waiting.removeFirst() }
        guard var invocation = current else { return }
        current = nil
        isInitializationSuppressed = false
        invocation.deliveredAt = invocation.deliveredAt ?? now.time
        end(&invocation, .error(failure), now)
    }

    /// Every invocation that the process has started and not responded to ends in an error. The others are released.
    private mutating func abandon(after status: FunctionExit.Status, _ now: Moment) {
        var abandoned = Array(concurrent.values)
        concurrent.removeAll()
        if let invocation = current, invocation.deliveredAt != nil {
            abandoned.append(invocation)
            current = nil
        }
        for var invocation in abandoned {
            let id = invocation.requestID
            actions.append(.log("RequestId: \(id) Error: \(status.runtimeExitMessage)"))
            actions.append(.log(ErrorType.exit))
            end(&invocation, .error(.exited(requestID: id, status)), now)
        }
    }

    private mutating func end(_ invocation: inout ActiveInvocation, _ result: InvocationResult, _ now: Moment) {
        if invocation.result == nil {
            invocation.result = result
            actions.append(.responded(invocation, at: now.time))
        }
        actions.append(.released(invocation, at: now.time))
    }

    /// The time limit of the phase, if it has one.
    var phaseLimit: NIODeadline? {
        guard let phaseBegan, case .running = process else { return nil }
        let limit =
            phase == .restoring ? configuration.restoreTimeLimit : configuration.effectiveInitializationTimeLimit
        // A suppressed init is limited by the invocation's own deadline.
        return isInitializationSuppressed && current != nil ? nil : phaseBegan + TimeAmount(limit)
    }

    /// Checks every limit.
    mutating func checkLimits(_ now: Moment) {
        timerFired()
        if case .stopping(let generation, let killsAt?) = process, now.time >= killsAt {
            process = .stopping(generation, killsAt: nil)
            actions.append(.signal(generation: generation, .kill))
        }
        if let limit = phaseLimit, now.time >= limit { phaseTimedOut(now) }
        if let invocation = current, let deadline = invocation.deadline, now.time >= deadline {
            currentTimedOut(invocation, now)
        }
        for invocation in concurrent.values {
            if let deadline = invocation.deadline, now.time >= deadline { concurrentTimedOut(invocation, now) }
        }
        advance(now)
    }

    private mutating func currentTimedOut(_ waiting: ActiveInvocation, _ now: Moment) {
        var invocation = waiting
        current = nil
        invocation.deliveredAt = invocation.deliveredAt ?? now.time
        // First, because the process's output may have no end.
        endProcess(now)
        timeOut(&invocation, now)
        if process == .external, !phase.isBeforeReady { phase = .responseSent }
    }

    private mutating func concurrentTimedOut(_ running: ActiveInvocation, _ now: Moment) {
        var invocation = running
        concurrent[invocation.requestID] = nil
        timeOut(&invocation, now)
    }

    private mutating func timeOut(_ invocation: inout ActiveInvocation, _ now: Moment) {
        let id = invocation.requestID
        invocation.isOverdue = true
        expired.insert(id)
        actions.append(.log("\(id) Task timed out after \(invocation.timeout.secondsText) seconds"))
        end(&invocation, .error(.timedOut(requestID: id, after: invocation.timeout)), now)
    }

    /// An init that timed out is repeated once, within the waiting invocation or else the next one.
    private mutating func phaseTimedOut(_ now: Moment) {
        let isRestore = phase == .restoring
        let requestID = current?.requestID ?? ""
        endProcess(now)
        if isRestore {
            let limit = configuration.restoreTimeLimit
            return initializationEnded(with: .restoreTimedOut(requestID: requestID, after: limit), now)
        }
        let limit = configuration.effectiveInitializationTimeLimit
        let failure = FunctionError.initializationTimedOut(requestID: requestID, after: limit)
        if isManaged { return initializationEnded(with: failure, now) }
        let duration = (phaseBegan.map(now.since) ?? .zero).millisecondsText
        actions.append(.log("INIT_REPORT Init Duration: \(duration) ms\tPhase: init\tStatus: timeout"))
        phaseBegan = nil
        initializationFailure = failure
        isInitializationSuppressed = true
    }

    /// Sends SIGTERM and waits if there is an extension; otherwise sends SIGKILL.
    mutating func endProcess(_ now: Moment) {
        guard case .running(let generation) = process else { return }
        if extensions.isEmpty {
            process = .stopping(generation, killsAt: nil)
            actions.append(.signal(generation: generation, .kill))
        } else {
            process = .stopping(generation, killsAt: now.time + TimeAmount(configuration.shutdownTimeLimit))
            actions.append(.signal(generation: generation, .terminate))
        }
        arm()
    }

    /// A new process takes the next invocation: immediately if none is running, otherwise when the running one has
    /// ended.
    mutating func restart(_ now: Moment) {
        if current?.deliveredAt == nil, concurrent.isEmpty {
            endProcess(now)
        } else {
            restartsWhenFree = true
        }
    }

    mutating func stop(_ now: Moment) {
        guard lifecycle == .running else { return }
        lifecycle = .stopping
        if case .running = process { endProcess(now) }
        while !waiting.isEmpty { actions.append(.refuse(waiting.removeFirst(), .serverStopped)) }
        for invocation in [current].compactMap({ $0 }) + concurrent.values {
            // An invocation with a response is released. One without receives none.
            if invocation.result == nil {
                actions.append(.refuse(invocation, .serverStopped))
            } else {
                actions.append(.released(invocation, at: now.time))
            }
        }
        current = nil
        concurrent.removeAll()
        switch process {
        case .external, .absent: finishStopping(now)
        case .running, .stopping: break
        }
    }

    private mutating func finishStopping(_ now: Moment) {
        lifecycle = .stopped
        actions.append(.progress)
    }
}
