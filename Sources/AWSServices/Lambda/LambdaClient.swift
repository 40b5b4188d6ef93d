// The calls to Lambda that invoke a function.

internal import HTTPTransfers

/// AWS Lambda, API version 2015-03-31.
///
/// ```swift
/// let response = try await LambdaClient().invoke(Array("{}".utf8), function: "orders")
/// ```
public struct LambdaClient: Sendable {
    let aws: AWSClient

    /// Creates a client that sends its requests through `aws`.
    public init(_ aws: AWSClient = .shared) {
        self.aws = aws
    }

    /// How a function is invoked.
    public enum InvocationType: String, Sendable, Hashable {
        /// The call waits for the response.
        case requestResponse = "RequestResponse"
        /// The event is queued for the function.
        case event = "Event"
        /// Lambda checks whether the function could be invoked, and does not invoke it.
        case dryRun = "DryRun"
    }

    /// A function's response.
    public struct Response: Sendable, Hashable {
        /// What the function returned, or its error report.
        public let payload: [UInt8]
        /// `Unhandled` or `Handled` when the function failed; nil when it did not.
        public let functionError: String?
        /// The version that ran.
        public let executedVersion: String?
    }

    /// Invokes a function.
    ///
    /// A repetition would run the function twice. It is therefore not invoked again when the reply is lost or late: it
    /// may have run; ``AWSError/mayHaveTakenEffect`` says when it may. TCP keep-alive keeps the connection's entry in
    /// NAT gateways and load balancers, which drop a connection that is idle for 350 seconds.
    ///
    /// - Parameters:
    ///   - payload: the event, JSON; 6 MB at most, or 1 MB for the type `.event`.
    ///   - function: its name or ARN.
    ///   - qualifier: a version or an alias.
    ///   - type: whether to wait for the response.
    ///   - timeout: 15 minutes, the longest that a function runs, unless said otherwise.
    public func invoke(
        _ payload: [UInt8],
        function: String,
        qualifier: String? = nil,
        type: InvocationType = .requestResponse,
        timeout: Duration = .seconds(15 * 60 + 30)
    ) async throws(AWSError) -> Response {
        var path = "/2015-03-31/functions/\(function.percentEncoded())/invocations"
        if let qualifier { path += "?Qualifier=\(qualifier.percentEncoded())" }
        var call = AWSCall(service: .lambda, operation: "Invoke", path: path, body: payload)
        call.resource = function
        call.headers = [("Content-Type", "application/json"), ("X-Amz-Invocation-Type", type.rawValue)]
        call.attemptTimeout = timeout
        call.mayBeRepeated = false
        return try await aws.send(call, timeout: timeout) { response in
            Response(
                payload: response.body,
                functionError: response.headers["X-Amz-Function-Error"],
                executedVersion: response.headers["X-Amz-Executed-Version"]
            )
        }
    }
}
