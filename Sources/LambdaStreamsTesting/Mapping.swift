// A processor behind an event source mapping, in process: what is delivered again, what is lost?

public import EventSourceMapping
public import LambdaStreams

extension EventSourceMappingConfiguration {
    /// Delivers the records of `event` to a function as the mapping would, in virtual time, and returns everything that
    /// happened.
    ///
    /// All records are there at once, and begin to age then, whenever each was written.
    ///
    /// An error that the function throws is a function error to the mapping. An invocation's request id is the mapping's, so a
    /// batch that is tried again has the same.
    ///
    /// - Throws: when AWS would not create such a mapping, or the records are not those of a shard.
    public func deliver(
        _ event: StreamEvent,
        to function: some LambdaHandler,
        policies: MappingPolicies = MappingPolicies(),
        remaining: Duration? = .seconds(30)
    ) async throws -> Deliveries {
        try await deliver(event, policies: policies) { invocation, payload in
            let context = LambdaContext.testing(remaining: remaining, requestID: invocation.requestID)
            do {
                return .response(try await function.handle(payload, context: context).body)
            } catch {
                return .functionError(message: "\(error)")
            }
        }
    }
}
