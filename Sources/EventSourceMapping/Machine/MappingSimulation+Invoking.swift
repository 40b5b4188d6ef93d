// One invocation of the function with a batch: the attempt, its outcome, and the next step.

internal import DynamoDBStreamEvents
internal import JSONScanning

extension MappingSimulation {
    /// Invokes the function with the queue's next batch, once what is too old has left it.
    mutating func attempt(_ index: QueueIndex) {
        guard case .idle = shards[index].state,
            shards[index].batches.last != nil, !discardExpired(index),
            var batch = shards[index].batches.popLast()
        else { return }
        let requestID = batch.requestID ?? identifiers.next()
        batch.requestID = requestID
        shards[index].batches.append(batch)
        let invocation = MappingInvocation(
            id: makeID(),
            at: present,
            shardID: shards[index.shard].id,
            concurrentBatch: index.queue,
            requestID: requestID,
            attempt: batch.attempts + 1,
            sequenceNumbers: sequenceNumbers(of: batch.records, index),
            window: windowInvocation(batch.kind, shard: index.shard)
        )
        if let last = batch.records.last {
            let slot = shards[index].slot(at: last)
            let age = present - birth(of: shards[index.shard].store[slot].arrival)
            metrics.maximumIteratorAge = max(metrics.maximumIteratorAge, age)
        }
        shards[index].invocation = invocation
        shards[index].state = .invoking
        invocations[invocation.id] = index
        outbox.append(.invoke(invocation))
    }

    func sequenceNumbers(of records: Range<Int>, _ index: QueueIndex) -> [SequenceNumber] {
        let shard = shards[index.shard]
        let queue = shard.queues[index.queue]
        return records.map { shard.store[queue.slot(at: $0)].sequenceNumber }
    }

    /// Does what follows from how the queue's invocation ended.
    mutating func settle(_ outcome: InvocationOutcome, _ index: QueueIndex) {
        shards[index].lastEnd = present
        guard let invocation = shards[index].invocation,
            let batch = shards[index].batches.last
        else { return }
        enqueue(index)
        switch outcome {
        case .throttled, .unavailable:
            if outcome == .throttled { metrics.throttles += 1 }
            logInvoke(invocation, .throttled)
            update(index) { $0.refusals += 1 }
            backOff(index, failures: batch.refusals + 1)
        case .requestTooLarge:
            count(invocation, failed: batch.records.count)
            logInvoke(invocation, .failed)
            update(index) { $0.hasFailed() }
            retryOrDiscard(index, response: nil)
        case .functionError:
            metrics.errors += 1
            apply(.failed(functionError: "Unhandled", reported: nil), to: batch, of: invocation, index)
        case .response(let body):
            apply(verdict(on: body, of: invocation, batch), to: batch, of: invocation, index)
        }
    }

    private mutating func verdict(
        on body: [UInt8],
        of invocation: MappingInvocation,
        _ batch: Batch
    ) -> ResponseVerdict {
        let reader = ResponseReader(
            reportsFailures: configuration.reportsBatchItemFailures,
            needsState: configuration.tumblingWindowInSeconds > 0 && batch.kind == .records,
            unreadable: policies.unreadableResponse
        )
        var findings: [ResponseReader.Finding] = []
        let verdict = reader.verdict(on: body, of: invocation.sequenceNumbers) { findings.append($0) }
        for finding in findings { warn(finding.text) }
        return verdict
    }

    private mutating func apply(
        _ verdict: ResponseVerdict,
        to batch: Batch,
        of invocation: MappingInvocation,
        _ index: QueueIndex
    ) {
        switch verdict {
        case .success(let state):
            count(invocation, failed: 0)
            logInvoke(invocation, .success)
            shards[index].batches.removeLast()
            guard batch.kind == .records else { return closeWindow(after: batch.kind, index) }
            if let state { carry(state, index) }
            resolve(index, upTo: batch.records.upperBound)
        case .partial(let firstFailed, let state):
            count(invocation, failed: batch.records.count - firstFailed)
            logInvoke(invocation, .partial, failed: invocation.sequenceNumbers[firstFailed])
            let middle = batch.records.lowerBound + firstFailed
            shards[index].batches.removeLast()
            shards[index].batches.append(batch.replaced(by: middle..<batch.records.upperBound))
            if let state, policies.stateAfterPartialFailure == .returned { carry(state, index) }
            resolve(index, upTo: middle)
        case .failed(let functionError, let reported):
            count(invocation, failed: batch.records.count)
            logInvoke(invocation, .failed, functionError: functionError, failed: reported)
            update(index) { $0.hasFailed() }
            if configuration.bisectBatchOnFunctionError, batch.records.count > 1 { return bisect(batch, index) }
            let response = DestinationMessage.ResponseContext(
                statusCode: 200,
                executedVersion: identity.executedVersion,
                functionError: functionError
            )
            retryOrDiscard(index, response: response)
        }
    }

    /// Two new batches instead of one, without a wait and without using up a retry.
    private mutating func bisect(_ batch: Batch, _ index: QueueIndex) {
        let count = batch.records.count
        let half = policies.splitRounding == .down ? count / 2 : (count + 1) / 2
        let middle = batch.records.lowerBound + half
        shards[index].batches.removeLast()
        shards[index].batches.append(batch.replaced(by: middle..<batch.records.upperBound))
        shards[index].batches.append(batch.replaced(by: batch.records.lowerBound..<middle))
    }

    private mutating func retryOrDiscard(_ index: QueueIndex, response: DestinationMessage.ResponseContext?) {
        guard let batch = shards[index].batches.last else { return }
        let retries = configuration.maximumRetryAttempts
        guard retries >= 0, batch.attempts > retries else { return backOff(index, failures: batch.attempts) }
        shards[index].batches.removeLast()
        discard(batch, batch.records, .retryAttemptsExhausted, response: response, index)
    }

    private mutating func backOff(_ index: QueueIndex, failures: Int) {
        shards[index].state = .backingOff
        setTimer(index, present + policies.backoff.delay(after: failures))
    }

    private mutating func update(_ index: QueueIndex, _ change: (inout Batch) -> Void) {
        let last = shards[index].batches.count - 1
        guard last >= 0 else { return }
        change(&shards[index].batches[last])
    }

    // MARK: Telling

    private mutating func count(_ invocation: MappingInvocation, failed: Int) {
        metrics.invocations += 1
        metrics.invokedEventCount += invocation.sequenceNumbers.count
        metrics.failedInvokeEventCount += failed
    }

    private mutating func logInvoke(
        _ invocation: MappingInvocation,
        _ outcome: DeliveryLogEntry.Outcome,
        functionError: String? = nil,
        failed: SequenceNumber? = nil
    ) {
        let entry = DeliveryLogEntry.Invoke(
            invocation: invocation,
            endedAt: present,
            outcome: outcome,
            functionError: functionError,
            failedSequenceNumber: failed
        )
        log(.invoke(entry))
    }
}

extension ResponseReader.Finding {
    fileprivate var text: String {
        switch self {
        case .failuresIgnored:
            """
            The function reported batchItemFailures, and the mapping does not read them: every record counts as done. \
            Add ReportBatchItemFailures to the mapping's FunctionResponseTypes.
            """
        case .unreadable:
            """
            The function responded with something that is not a JSON object. This simulation counts such a batch as done; \
            return {"batchItemFailures":[]}.
            """
        case .stateMissing:
            """
            The response has no state, and a mapping with a tumbling window needs one: the whole batch fails. Use a \
            TumblingWindowProcessor, or remove TumblingWindowInSeconds from the mapping.
            """
        }
    }
}
