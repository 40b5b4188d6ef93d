// One run over one batch: hands records to the handler, watches the time, and builds the response.

internal import LambdaFunctions
internal import Logging
internal import SharedState

/// What is known of a batch while it is being handled. Outside the generic class, so that its type is known at once.
private struct BatchState {
    var plan: BatchPlan
    var errors: [Int: any Error] = [:]
    /// The longest that one record of this batch has taken.
    var longest = Duration.zero
    /// Whether records were left because the time was up.
    var ranOutOfTime = false
}

/// A batch while it is being handled.
final class BatchRun<Record: BatchRecord>: Sendable {
    let records: Record.Source.Records
    private let handler: any RecordHandler<Record>
    /// The closure of a handler that never waits and has no stages around it: it is called without a task's frames.
    private let synchronousBody: SynchronousRecordHandler<Record>.Body?
    private let stack: RecordStack<Record>
    private let rules: BatchRules
    private let journal: CrashJournalRun?
    private let batch: BatchContext
    private let notes = BatchNotes()
    private let margin: Duration
    private let state: Guarded<BatchState>

    init(
        _ records: Record.Source.Records,
        handler: any RecordHandler<Record>,
        stack: RecordStack<Record>,
        rules: BatchRules,
        context: LambdaContext
    ) {
        self.records = records
        self.stack = stack
        self.rules = rules
        batch = BatchContext(lambda: context, count: records.count, notes: notes)
        journal = rules.crashJournal?.beginRun(logger: context.logger)
        self.handler = stack.compose(around: handler, needsKeys: rules.needsKeys, journal: journal)
        synchronousBody = (self.handler as? SynchronousRecordHandler<Record>)?.body
        // A tenth, so that a function with a timeout of a second can work at all.
        margin = rules.deadlineMargin ?? min(.seconds(1), context.remainingTime / 10)
        let plan = BatchPlan(
            count: records.count,
            chain: rules.needsKeys ? KeyChain(records.lazy.map { $0.orderingKey }, count: records.count) : nil,
            stopsAtFailure: rules.onFailure == .stop
        )
        state = Guarded(BatchState(plan: plan))
    }

    /// Handles the batch and says what is not done.
    func response() async throws -> BatchResponse {
        #if Tracing
        describeInSpan()
        #endif
        guard let observer = rules.observer else { return try await handled() }
        let began = ContinuousClock.now
        let response = try await handled()
        await observer.didProcess(summary(after: ContinuousClock.now - began))
        return response
    }

    private func handled() async throws -> BatchResponse {
        guard !records.isEmpty else { return BatchResponse() }
        guard LambdaClock.now < lastMoment(before: .zero) else {
            throw BatchProcessingError.noTimeToBegin(remaining: context.remainingTime, margin: margin)
        }
        // A task of its own, so that the deadline can cancel the handlers without cancelling the runtime's loop.
        let work = begunTask { await self.work() }
        let ticket = context.deadline.map { deadline in
            DeadlineWatch.shared.begin(deadline.advanced(by: .zero - margin)) { [self] in
                expire()
                work.cancel()
            }
        }
        await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            close()
            work.cancel()
        }
        if let ticket { DeadlineWatch.shared.end(ticket) }
        return try batchResponse()
    }

    /// Begun on this thread, so that a handler that does not wait costs no change of threads. That makes each resumption of
    /// one that waits a tenth of a microsecond slower (the task then has a preferred executor, which is looked for under
    /// the lock of the task's status), more than the change of threads from some hundred records on.
    private func begunTask(_ body: sending @escaping @isolated(any) () async -> Void) -> Task<Void, Never> {
        if #available(macOS 26, *), synchronousBody != nil || records.count < 200 {
            return Task.immediate(operation: body)
        }
        return Task(operation: body)
    }

    private func work() async {
        await stack.prepare(records, notes: notes, context: context)
        // While it is not known which of several records crashed the process, one at a time will tell.
        let hasSuspects = journal?.hasSuspects(among: records) ?? false
        let workers = hasSuspects ? 1 : min(rules.order.maxConcurrency, records.count)
        guard workers > 1 else { return await worker() }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<workers { group.addTask { await self.worker() } }
        }
    }

    /// Handles one record after the other until none is left for this worker.
    private func worker() async {
        var next = state.withLock { $0.plan.begin() }
        var longest = Duration.zero
        var end = lastMoment(before: longest)
        // Coarse, for a look at the clock would otherwise take longer than many a handler. The watch of the deadline does
        // not depend on it.
        var now = LambdaClock.lastTick
        while let index = next {
            guard now < end else { return leave(index) }
            let recordContext = RecordContext(record: records[index], index: index, in: batch)
            var succeeded = true
            do {
                if try !handleAtOnce(recordContext) {
                    try await handler.handle(recordContext.record, context: recordContext)
                }
            } catch {
                note(error, at: index, in: recordContext)
                succeeded = false
            }
            // The end of a record is the beginning of the next: one look at the clock for both.
            let ended = LambdaClock.lastTick
            let known = longest
            (next, longest) = settle(index, succeeded: succeeded, after: ended > now ? now.duration(to: ended) : .zero)
            if longest > known { end = lastMoment(before: longest) }
            now = ended
        }
    }

    /// - Returns: false for a handler that may wait.
    private func handleAtOnce(_ recordContext: RecordContext<Record>) throws -> Bool {
        guard let synchronousBody else { return false }
        try synchronousBody(recordContext.record, recordContext)
        return true
    }

    /// Notes what became of a record and gives the next one, and the longest time that one has taken so far.
    private func settle(_ index: Int, succeeded: Bool, after duration: Duration) -> (next: Int?, longest: Duration) {
        state.withLock { state in
            state.longest = max(state.longest, duration)
            guard succeeded else {
                state.plan.fail(index)
                return (state.plan.begin(), state.longest)
            }
            return (state.plan.finish(index) ?? state.plan.begin(), state.longest)
        }
    }

    private func note(_ error: any Error, at index: Int, in recordContext: RecordContext<Record>) {
        let isOutOfTime = state.withLock { state in
            state.errors[index] = error
            return state.ranOutOfTime
        }
        let logger = recordContext.logger
        if isOutOfTime || error is CancellationError {
            logger.warning("record \(index + 1) of \(records.count) was canceled and is left for the next delivery")
        } else {
            logger.error(
                "record \(index + 1) of \(records.count) failed: \(error.contentFreeDescription)",
                metadata: ["errorType": "\(error.report.type)"]
            )
        }
        logger.debug("the error in full: \(error)")
        if let itemIdentifier = recordContext.itemIdentifier { RecordErrors.collector?.note(error, of: itemIdentifier) }
    }

    private var context: LambdaContext { batch.lambda }

    // MARK: Time

    /// The moment from which on too little time is left for a record that takes as long as this.
    private func lastMoment(before longest: Duration) -> LambdaClock.Instant {
        guard let deadline = context.deadline else { return LambdaClock.Instant(millisecondsSinceEpoch: .max) }
        return deadline.advanced(by: .zero - margin - longest)
    }

    private func expire() {
        journal?.markOutOfTime()
        close()
    }

    /// Starts nothing more. What runs is about to be canceled.
    private func close() {
        state.withLock { state in
            state.plan.close()
            state.ranOutOfTime = true
        }
    }

    /// Returns a record that was taken and not begun.
    private func leave(_ index: Int) {
        state.withLock { state in
            state.plan.fail(index)
            state.plan.close()
            state.ranOutOfTime = true
        }
    }

    // MARK: The response

    private func summary(after duration: Duration) -> BatchSummary {
        let (done, failed) = state.withLock { ($0.plan.doneCount, $0.errors.count) }
        let age = records.last?.creationTime.map { max(.zero, $0.duration(to: LambdaClock.now)) }
        return BatchSummary(
            recordCount: records.count,
            doneCount: done,
            failedCount: failed,
            deadLetteredCount: batch.deadLetteredCount,
            skippedCount: batch.skippedCount,
            duration: duration,
            iteratorAge: age,
            sourceARN: records.first?.identity?.sourceARN,
            lambda: context
        )
    }

    private func batchResponse() throws(BatchProcessingError) -> BatchResponse {
        let (undone, errors, doneCount, ranOutOfTime) = state.withLock { state in
            let lowest = state.plan.lowestUndone.map { [$0] } ?? []
            let undone = rules.report == .all ? state.plan.undone : lowest
            return (undone, state.errors, state.plan.doneCount, state.ranOutOfTime)
        }
        if ranOutOfTime, let first = undone.first {
            context.logger.warning(
                "time ran short: \(doneCount) of \(records.count) records are done, delivery goes on at record \(first + 1)"
            )
        }
        var failures: [BatchItemFailure] = []
        for index in undone {
            guard let itemIdentifier = records[index].itemIdentifier else {
                throw .noItemIdentifier(index: index, errorType: errors[index].map { "\(type(of: $0))" })
            }
            failures.append(BatchItemFailure(itemIdentifier: itemIdentifier))
        }
        return BatchResponse(batchItemFailures: failures)
    }
}
