// Reading many items: a hundred in a request, as often as it takes.

public import DynamoDBStreamEvents
internal import JSONScanning

extension DynamoDBClient {
    /// The most keys that DynamoDB takes in one BatchGetItem.
    static let batchSize = 100

    /// Reads items by their keys: a hundred in a request, all requests at once, what DynamoDB leaves unprocessed again
    /// until nothing is left.
    ///
    /// - Parameters:
    ///   - keys: any number, none of them twice.
    ///   - table: the table's name.
    ///   - consistently: whether to see every write that completed before, at twice the cost.
    ///   - projection: the attributes to read, as a projection expression; all when nil.
    ///   - names: what the `#names` of the projection stand for.
    ///   - timeout: how long the call may take, all attempts included; nil for the client's own limit.
    /// - Returns: the items that there are, in no order.
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
        // The first failure is the cause of the cancellations behind it.
        for result in results { items += try result.get() }
        return items
    }

    /// Reads those items that DynamoDB hands out before `deadline`: for a look ahead that may cost a share of the time and no
    /// more. A hundred keys in a request, all requests at once; what is left unprocessed is asked for again while there is time.
    ///
    /// - Parameter deadline: nil for the client's own limit.
    /// - Returns: the items that were found, in no order.
    /// - Throws: when nothing at all could be read.
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

/// One batch of keys, read to the last.
private struct BatchRead: Sendable {
    let client: DynamoDBClient
    let table: String
    let settings: RequestJSON
    let timeout: Duration
    /// Whether what was found is the result when the time is out.
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
            // DynamoDB asks for a growing wait before what it left is asked for again, for it mostly was throttled.
            rounds = unprocessed.count < rest.count ? 0 : rounds + 1
            rest = unprocessed
            guard !rest.isEmpty else { break }
            do throws(AWSError) {
                try await pause(rounds, before: deadline)
            } catch {
                // An empty reply in time is a valid reply: nothing was found ahead.
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
        return try await client.send("BatchGetItem", body, timeout) { reply in
            // The table may be named by its ARN and come back by that or by its name; there is only the one.
            let found = reply["Responses"]?.members.first { _ in true }?.value
            let rest = reply["UnprocessedKeys"]?.members.first { _ in true }?.value["Keys"]
            return (
                found?.elements.compactMap(Item.init(view:)) ?? [], rest?.elements.compactMap(Item.init(view:)) ?? []
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
