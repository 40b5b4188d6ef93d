// Sending many messages: batches of ten, and retries of those that the service did not accept.

internal import HTTPTransfers

/// Sends messages to a queue or a topic, as many in a request as the service accepts.
struct MessageBatches: Sendable {
    /// The most messages in one request, of SQS and of SNS.
    static let maximumCount = 10

    /// Names the operation, and says whether it may be repeated.
    let call: AWSCall
    /// The most bytes of one message, and of one request.
    let maximumSize: Int
    let policy: AWSRetryPolicy
    let timeout: Duration
    /// Sends one request. Its entries are named by their positions: `0`, `1`, …
    let send: @Sendable (_ messages: [OutgoingMessage], _ timeout: Duration) async throws(AWSError) -> BatchReply

    /// Sends every message.
    ///
    /// Messages with a group are sent one request after another, so that they keep their order; all others
    /// concurrently.
    ///
    /// - Returns: for each message, in order, its ID or why it was not accepted.
    func results(_ messages: [OutgoingMessage]) async -> [Result<String, AWSError>] {
        let batches = batches(of: messages)
        let deadline = ContinuousClock.now.advanced(by: min(timeout, .seconds(86_400)))
        guard batches.count > 1, messages.allSatisfy({ $0.groupID == nil }) else {
            var results: [Result<String, AWSError>] = []
            for batch in batches { results += await outcomes(of: Array(messages[batch]), before: deadline) }
            return results
        }
        return await withTaskGroup(of: (Int, [Result<String, AWSError>]).self) { group in
            for (index, batch) in batches.enumerated() {
                group.addTask { (index, await outcomes(of: Array(messages[batch]), before: deadline)) }
            }
            var results: [[Result<String, AWSError>]] = Array(repeating: [], count: batches.count)
            for await (index, batch) in group { results[index] = batch }
            return results.flatMap { $0 }
        }
    }

    /// As many consecutive messages as fit into one request. A message that is larger than the limit is alone.
    private func batches(of messages: [OutgoingMessage]) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var start = 0
        var size = 0
        for (index, message) in messages.enumerated() {
            let isFull = index - start == Self.maximumCount || size + message.byteCount > maximumSize
            if index > start, isFull {
                batches.append(start..<index)
                (start, size) = (index, 0)
            }
            size += message.byteCount
        }
        if start < messages.count { batches.append(start..<messages.count) }
        return batches
    }

    private func outcomes(
        of batch: [OutgoingMessage],
        before deadline: ContinuousClock.Instant
    ) async -> [Result<String, AWSError>] {
        if batch.count == 1, let size = batch.first?.byteCount, size > maximumSize {
            let reason = "the message has \(size) bytes, and \(call.service.name) takes at most \(maximumSize)"
            return [.failure(AWSError(.configuration(reason: reason), call, attempts: 0))]
        }
        var results = Array(
            repeating: Result<String, AWSError>.failure(AWSError(.cancelled, call, attempts: 0)),
            count: batch.count
        )
        var rest = Array(batch.indices)
        var attempt = 1
        while true {
            let replies: BatchReply
            do throws(AWSError) {
                replies = try await send(rest.map { batch[$0] }, ContinuousClock.now.duration(to: deadline))
            } catch {
                for index in rest { results[index] = .failure(error) }
                return results
            }
            var again: [Int] = []
            for (position, index) in rest.enumerated() {
                let entry = replies[position]
                results[index] = entry.result(of: call, attempts: attempt)
                if entry.isWorthRepeating(in: call) { again.append(index) }
            }
            rest = again
            guard !rest.isEmpty, attempt < policy.maximumAttempts else { return results }
            let delay = policy.delay(beforeRetry: attempt, cause: .transient, asked: nil)
            guard ContinuousClock.now.advanced(by: delay) < deadline else { return results }
            do { try await Task.sleep(for: delay) } catch { return results }
            attempt += 1
        }
    }
}

/// The service's result for each message of one request.
struct BatchReply: Sendable {
    enum Entry: Sendable {
        case taken(id: String)
        case refused(code: String, message: String, isSendersFault: Bool)
        /// The reply does not name the message, which counts as not accepted.
        case missing

        func result(of call: AWSCall, attempts: Int) -> Result<String, AWSError> {
            switch self {
            case .taken(let id): .success(id)
            case .refused(let code, let message, _):
                .failure(AWSError(.service(AWSErrorCode(rawValue: code)), call, message: message, attempts: attempts))
            case .missing:
                .failure(
                    AWSError(.malformedReply(reason: "it does not name one of the messages"), call, attempts: attempts)
                )
            }
        }

        func isWorthRepeating(in call: AWSCall) -> Bool {
            switch self {
            case .taken: false
            case .refused(_, _, let isSendersFault): !isSendersFault
            case .missing: call.mayBeRepeated
            }
        }
    }

    private var entries: [Int: Entry] = [:]

    /// The entry of the message at a position in the request.
    subscript(position: Int) -> Entry { entries[position] ?? .missing }

    /// - Parameter id: the position as text; other texts are ignored.
    mutating func add(_ entry: Entry, id: String?) {
        if let position = id.flatMap({ Int($0) }) { entries[position] = entry }
    }
}
