// Reading many items, a hundred in a request.

public import DynamoDBStreamEvents
internal import JSONScanning

extension DynamoDBClient {
    /// The most keys of one BatchGetItem.
    static let batchSize = 100

    /// Reads items by their keys: a hundred in a request, all requests concurrently. Unprocessed keys are requested
    /// again until none is left.
    ///
    /// - Parameters:
    ///   - keys: any number, none of them twice.
    ///   - table: the table's name or ARN.
    ///   - consistently: whether the read is strongly consistent, at twice the cost.
    ///   - projection: the attributes to read, as a projection expression; all when nil.
    ///   - names: what the `#names` of the projection stand for.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Returns: the items that exist, in no order.
    public func batchGetItem(
        _ keys: [Item],
        from table: String,
        consistently: Bool = false,
        projection: String? = nil,
        names: [String: String] = [:],
        timeout: Duration? = nil
    ) async throws(AWSError) -> [Item] {
        var settings = RequestJSON()
        settings.add("ConsistentRead", true: consistently)
        settings.add("ProjectionExpression", projection)
        settings.add("ExpressionAttributeNames", names: names)
        let read = BatchRead(client: self, table: table, settings: settings, timeout: timeout ?? aws.timeout)
        let batches = batches(of: keys)
        guard batches.count > 1 else { return try await read.items(batches.first ?? []) }
        let results = await read.results(batches, stopsAtFailure: true)
        var items: [Item] = []
        // The first failure causes the cancellations that follow.
        for result in results { items += try result.get() }
        return items
    }

    /// Reads the items that DynamoDB returns before `deadline`, for a lookup that must not take more than its share of
    /// the time. A hundred keys in a request, all requests concurrently. Unprocessed keys are requested again while
    /// there is time.
    ///
    /// - Parameter deadline: nil for the client's own limit.
    /// - Returns: the items that were found, in no order.
    /// - Throws: if nothing could be read.
    package func batchGetItem(
        _ keys: [Item],
        from table: String,
        whatIsFoundBy deadline: ContinuousClock.Instant?
    ) async throws(AWSError) -> [Item] {
        let timeout = deadline.map { ContinuousClock.now.duration(to: $0) } ?? aws.timeout
        let read = BatchRead(client: self, table: table, settings: RequestJSON(), timeout: timeout, isPartial: true)
        let results = await read.results(batches(of: keys), stopsAtFailure: false)
        let failures = results.compactMap { result in if case .failure(let error) = result { error } else { nil } }
        if let first = failures.first, failures.count == results.count { throw first }
        return results.flatMap { (try? $0.get()) ?? [] }
    }

    private func batches(of keys: [Item]) -> [[Item]] {
        stride(from: 0, to: keys.count, by: Self.batchSize).map { start in
            Array(keys[start..<min(start + Self.batchSize, keys.count)])
        }
    }
}

/// Reads one batch of keys completely.
private struct BatchRead: Sendable {
    let client: DynamoDBClient
    let table: String
    let settings: RequestJSON
    let timeout: Duration
    /// Whether the items found so far are the result when the time is over.
    var isPartial = false

    /// - Parameter stopsAtFailure: whether the first batch that fails ends the others.
    func results(_ batches: [[Item]], stopsAtFailure: Bool) async -> [Result<[Item], AWSError>] {
        await withTaskGroup(of: Result<[Item], AWSError>.self) { group in
            for batch in batches { group.addTask { await result(batch) } }
            var results: [Result<[Item], AWSError>] = []
            for await result in group {
                results.append(result)
                if stopsAtFailure, case .failure = result { group.cancelAll() }
            }
            return results
        }
    }

    func result(_ keys: [Item]) async -> Result<[Item], AWSError> {
        do throws(AWSError) {
            return .success(try await items(keys))
        } catch {
            return .failure(error)
        }
    }

    func items(_ keys: [Item]) async throws(AWSError) -> [Item] {
        let deadline = ContinuousClock.now.advanced(by: min(timeout, .seconds(86_400)))
        var items: [Item] = []
        var rest = keys
        var rounds = 0
        while !rest.isEmpty {
            let found: [Item], unprocessed: [Item]
            do throws(AWSError) {
                (found, unprocessed) = try await page(rest, ContinuousClock.now.duration(to: deadline))
            } catch {
                guard isPartial, !items.isEmpty else { throw error }
                return items
            }
            items += found
            // DynamoDB asks for exponential backoff before unprocessed keys are requested again, because most were
            // throttled.
            rounds = unprocessed.count < rest.count ? 0 : rounds + 1
            rest = unprocessed
            guard !rest.isEmpty else { break }
            do throws(AWSError) {
                try await pause(rounds, before: deadline)
            } catch {
                // An empty reply is valid: nothing was found.
                guard isPartial else { throw error }
                return items
            }
        }
        return items
    }

    private func page(_ keys: [Item], _ timeout: Duration) async throws(AWSError) -> ([Item], [Item]) {
        var request = settings
        request.add("Keys", list: keys.map(\.json))
        var tables = RequestJSON()
        tables.add(table, json: request.bytes)
        var body = RequestJSON()
        body.add("RequestItems", json: tables.bytes)
        body.resource = table
        return try await client.send("BatchGetItem", body, timeout) { reply throws(MalformedReply) in
            // A table that is named by its ARN may be returned by ARN or name; there is only one.
            let found = reply["Responses"]?.members.first { _ in true }?.value
            let rest = reply["UnprocessedKeys"]?.members.first { _ in true }?.value
            return (
                try found?.all(of: "Responses", Item.init(view:)) ?? [], try rest?.all("Keys", Item.init(view:)) ?? []
            )
        }
    }

    private func pause(_ rounds: Int, before deadline: ContinuousClock.Instant) async throws(AWSError) {
        let delay = client.aws.retryPolicy.delay(beforeRetry: rounds + 1, cause: .transient, asked: nil)
        let call = AWSCall(service: .dynamoDB, operation: "BatchGetItem")
        guard ContinuousClock.now.advanced(by: delay) < deadline else {
            throw AWSError(
                .service(.provisionedThroughputExceeded),
                call,
                message: "DynamoDB left keys unprocessed until the time ran out",
                attempts: rounds + 1
            )
        }
        do { try await Task.sleep(for: delay) } catch { throw AWSError(.cancelled, call, attempts: rounds + 1) }
    }
}
