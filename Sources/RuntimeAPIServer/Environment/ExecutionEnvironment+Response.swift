// The runtime's responses: a response, an error, a failed init or restore.

internal import NIOCore

extension ExecutionEnvironment {
    /// How a `/response` is handled after its head.
    enum Admission: Sendable {
        /// Its body is read, up to the platform's limit.
        case buffered
        /// Its body is read piece by piece and passed to this closure, if any.
        case streaming((@Sendable ([UInt8]) -> Void)?)
        /// Its body is read and ignored.
        case refused(Reply)
        /// There is no reply, because the process is being ended.
        case ignored
    }

    /// The head of `POST /runtime/invocation/{id}/response`.
    mutating func beginResponse(_ requestID: String, invocationID: String?, mode: String?, _ now: Moment) -> Admission {
        guard process.isServing else { return .ignored }
        if let refusal = refusal(requestID, invocationID) { return .refused(refusal) }
        if isManaged {
            guard concurrent[requestID]?.result == nil, !streaming.contains(requestID) else {
                return .refused(.invalidRequestID)
            }
        } else {
            guard phase == .running else { return .refused(forbidden(to: .response)) }
            phase = .response
        }
        switch mode {
        case nil, "":
            streaming.insert(requestID)
            return .buffered
        case "streaming":
            streaming.insert(requestID)
            return .streaming(invocation(requestID)?.request.onChunk)
        default:
            settle(requestID, .error(.invalidResponseMode), now)
            return .refused(.invalidResponseMode)
        }
    }

    /// The end of its body.
    ///
    /// - Parameter result: the outcome, including a body that is too large or an error in the trailers.
    mutating func finishResponse(
        _ requestID: String,
        _ result: InvocationResult,
        on connection: ConnectionID,
        _ now: Moment
    ) {
        guard process.isServing else { return }
        streaming.remove(requestID)
        // It may have timed out, or failed by `/error`, while its body was read.
        guard invocation(requestID) != nil else {
            let reply: Reply = expired.contains(requestID) ? .invocationTimeout : .invalidRequestID
            expired.remove(requestID)
            return actions.append(.reply(connection, reply))
        }
        settle(requestID, result, now)
        if case .error(let error) = result, error.cause == .responseTooLarge {
            actions.append(.reply(connection, .tooLarge))
        } else {
            actions.append(.reply(connection, .accepted))
        }
        advance(now)
    }

    /// Its connection ended before its body did.
    mutating func truncateResponse(_ requestID: String, _ now: Moment) {
        streaming.remove(requestID)
        guard process.isServing, invocation(requestID) != nil else { return }
        settle(requestID, .error(.truncated), now)
        advance(now)
    }

    /// `POST /runtime/invocation/{id}/error`.
    mutating func fail(
        _ requestID: String,
        invocationID: String?,
        _ error: FunctionError,
        on connection: ConnectionID,
        _ now: Moment
    ) {
        guard process.isServing else { return }
        if let refusal = refusal(requestID, invocationID) { return actions.append(.reply(connection, refusal)) }
        if isManaged {
            guard concurrent[requestID]?.result == nil else {
                return actions.append(.reply(connection, .invalidRequestID))
            }
        } else if phase != .running {
            return actions.append(.reply(connection, forbidden(to: .error)))
        }
        settle(requestID, .error(error), now)
        actions.append(.reply(connection, .accepted))
        advance(now)
    }

    /// `POST /runtime/init/error`, and `/runtime/restore/error`.
    mutating func failInitialization(
        _ error: FunctionError,
        isRestore: Bool,
        on connection: ConnectionID,
        _ now: Moment
    ) {
        guard process.isServing else { return }
        let expected: Phase = isRestore || phase == .restoring ? .restoring : .started
        let target: Phase = expected == .restoring ? .restoreError : .initializationError
        guard phase == expected else { return actions.append(.reply(connection, forbidden(to: target))) }
        phase = target
        var failure = error
        failure.cause = expected == .restoring ? .restore : .initialization
        reportedFailure = failure
        actions.append(.reply(connection, .accepted))
        // The process is expected to end now. Without a process, this is the end.
        if process == .external {
            initializationEnded(with: failure, now)
            phase = target
        }
        advance(now)
    }

    /// 400 for an id that is not running, 410 for one that has run out of time.
    private mutating func refusal(_ requestID: String, _ invocationID: String?) -> Reply? {
        guard let running = invocation(requestID) else {
            guard expired.contains(requestID) else { return .invalidRequestID }
            expired.remove(requestID)
            return .invocationTimeout
        }
        // An earlier attempt at the same event responds too late.
        if let invocationID, !invocationID.isEmpty, invocationID != running.invocationID { return .invocationTimeout }
        return nil
    }

    func invocation(_ requestID: String) -> ActiveInvocation? {
        if isManaged { return concurrent[requestID] }
        return current?.requestID == requestID ? current : nil
    }

    /// Sets an invocation's result, once.
    mutating func settle(_ requestID: String, _ result: InvocationResult, _ now: Moment) {
        guard var invocation = invocation(requestID), invocation.result == nil else { return }
        invocation.result = result
        actions.append(.responded(invocation, at: now.time))
        if isManaged {
            concurrent[requestID] = nil
            actions.append(.released(invocation, at: now.time))
        } else {
            current = invocation
            phase = .responseSent
        }
    }

    /// Releases the invocation that has its response when the runtime and all extensions are ready for the next.
    mutating func release(_ now: Moment) {
        guard let invocation = current, invocation.result != nil, phase == .ready, areExtensionsReady else { return }
        current = nil
        actions.append(.released(invocation, at: now.time))
        if restartsWhenFree { endProcess(now) }
    }
}
