// A processor behind an event source mapping, in process: what is delivered again, what is lost?

public import EventSourceMapping
public import LambdaStreams

extension EventSourceMappingConfiguration {
    /// Delivers the records of `event` to a function as the mapping would, in virtual time.
    ///
    /// All records are there at once, and begin to age then, whatever their own times.
    ///
    /// An error that the function throws is a function error to the mapping. The request id of an invocation is the
    /// mapping's, so a batch that is tried again has the same.
    ///
    /// ```swift
    /// let mapping = EventSourceMappingConfiguration(functionResponseTypes: [.reportBatchItemFailures])
    /// let result = try await mapping.deliver(event, to: processor)
    /// #expect(result.lost.isEmpty && result.lostWindows.isEmpty)
    /// #expect(result.errors["5190000437174377917"]?.count == 3)
    /// ```
    ///
    /// - Parameters:
    ///   - event: the records, in stream order.
    ///   - function: the function under test.
    ///   - policies: the rules that AWS does not document.
    ///   - context: makes the context of an invocation; by default one of thirty seconds, which logs to standard error.
    /// - Throws: when AWS would not create such a mapping, or the records are not those of a shard.
    public func deliver(
        _ event: StreamEvent,
        to function: some LambdaHandler,
        policies: MappingPolicies = MappingPolicies(),
        context: (MappingInvocation) -> LambdaContext = { .testing(requestID: $0.requestID) }
    ) async throws -> DeliveryResult {
        let errors = RecordErrors()
        let deliveries = try await deliver(event, policies: policies) { invocation, payload in
            do {
                return try await RecordErrors.$collector.withValue(errors) {
                    .response(try await function.handle(payload, context: context(invocation)).body)
                }
            } catch {
                return .functionError(message: "\(error)")
            }
        }
        return DeliveryResult(deliveries: deliveries, errors: errors.byItemIdentifier)
    }
}

/// The outcome of delivering records to a function in process.
///
/// ```swift
/// let mapping = EventSourceMappingConfiguration(
///     maximumRetryAttempts: 1,
///     functionResponseTypes: [.reportBatchItemFailures],
///     onFailureDestination: "arn:aws:sqs:us-east-1:123456789012:failed-batches"
/// )
/// let result = try await mapping.deliver(event, to: processor)
/// for number in result.discarded { print(number, result.errors[number]?.count ?? 0) }
/// ```
@dynamicMemberLookup
public struct DeliveryResult: Sendable {
    /// The mapping's deliveries. Their members are members of this result too: `invocations`, `lost`, `messages`.
    public let deliveries: Deliveries
    /// The errors of each record, by sequence number, in the order of its deliveries: one for each delivery that failed.
    /// The delivery that made a record a dead letter has no error.
    public let errors: [String: [any Error]]

    /// The last record up to which a shard is done; nil if there is none.
    public func checkpoint(of shardID: String = MappingSimulation.defaultShardID) -> String? {
        deliveries.checkpoint(of: shardID)
    }

    /// The members of ``deliveries``.
    public subscript<Value>(dynamicMember member: KeyPath<Deliveries, Value>) -> Value {
        deliveries[keyPath: member]
    }
}
