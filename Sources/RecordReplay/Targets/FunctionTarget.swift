// A deployed function as the target of a replay.

public import AWSServices
public import EventSourceMapping

/// Invokes a function synchronously, as an event source mapping does. The caller needs `lambda:InvokeFunction`.
///
/// ```swift
/// let target = FunctionTarget("OrderProjector", qualifier: "live")
/// try await target.check()
/// let source = try await StreamSource(DynamoDBClient().latestStreamARN(ofTable: "orders") ?? "")
/// let summary = await Replay(from: source, to: target).run()
/// ```
public struct FunctionTarget: ReplayTarget {
    private let function: String
    private let qualifier: String?
    private let lambda: LambdaClient

    /// - Parameters:
    ///   - function: its name or ARN.
    ///   - qualifier: a version or an alias.
    ///   - lambda: invokes the function.
    public init(_ function: String, qualifier: String? = nil, lambda: LambdaClient = LambdaClient()) {
        self.function = function
        self.qualifier = qualifier
        self.lambda = lambda
    }

    /// Asks Lambda whether the function is there and may be invoked, without invoking it.
    public func check() async throws(AWSError) {
        _ = try await lambda.invoke([], function: function, qualifier: qualifier, type: .dryRun, timeout: .seconds(30))
    }

    /// - Throws: the error of a call that fails again whenever it is made.
    public func handle(_ event: [UInt8]) async throws(AWSError) -> InvocationOutcome {
        do throws(AWSError) {
            let response = try await lambda.invoke(event, function: function, qualifier: qualifier)
            guard response.functionError == nil else {
                return .functionError(message: ErrorDocument(response.payload).text)
            }
            return .response(response.payload)
        } catch {
            if error.isThrottling { return .throttled }
            if error.code == "RequestTooLargeException" { return .requestTooLarge }
            if error.isFinal { throw error }
            // After a lost reply the function may have run. Records are handled at least once, so they are handled again.
            return .unavailable(reason: "\(error)")
        }
    }
}
