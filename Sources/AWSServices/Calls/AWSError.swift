// The errors of calls to AWS, by what a caller can do about them.

public import DynamoDBStreamEvents
public import HTTPTransfers

/// A call to AWS that did not succeed, after all its attempts.
///
/// ```swift
/// do {
///     _ = try await S3Client().getObject(key: "orders.json", from: "orders")
/// } catch {
///     guard error.code == "NoSuchKey" else { throw error }
///     print("There is no such object")
/// }
/// ```
public struct AWSError: Error, Sendable {
    /// What went wrong.
    public enum Kind: Sendable {
        /// AWS replied with an error that has no case here. A reply with a failing status that does not come from AWS,
        /// from a proxy perhaps, has the code `HTTP 502`.
        case service(AWSErrorCode)
        /// `ConditionalCheckFailedException`, with the item that is there, if there is one and the call asked for it.
        case conditionalCheckFailed(item: Item?)
        /// `TransactionCanceledException`, with a reason for each action of the transaction, in their order.
        case transactionCanceled(reasons: [TransactionCancellationReason])
        /// No complete reply came: no connection, a broken one, or no more time.
        case transport(CurlError)
        /// The call succeeded and its reply cannot be read.
        case malformedReply(reason: String)
        /// There are no credentials to sign with.
        case credentials(AWSCredentialsError)
        /// The region, an endpoint or an argument of the call is missing or not valid.
        case configuration(reason: String)
        /// The task was canceled.
        case cancelled
    }

    /// What went wrong, with what the service or the transport said of it.
    public let kind: Kind
    /// `DynamoDB.PutItem`
    public let operation: String
    /// AWS's message; empty when it sent none or was not reached. It may quote what was sent.
    public let message: String
    /// The HTTP status, nil without a reply.
    public let status: Int?
    /// The request id, which AWS Support asks for.
    public let requestID: String?
    /// The number of attempts.
    public let attempts: Int
    /// How long AWS asked to wait before the next attempt.
    let retryAfter: Duration?

    /// AWS's code; nil if the reply did not come from AWS.
    public var code: AWSErrorCode? {
        switch kind {
        case .service(let code): code
        case .conditionalCheckFailed: .conditionalCheckFailed
        case .transactionCanceled: .transactionCanceled
        default: nil
        }
    }

    /// Whether AWS refused because there were too many requests.
    public var isThrottling: Bool { code?.isThrottling ?? false || status == 429 }

    /// Whether AWS refuses the caller, so that a repetition fails until something is changed: credentials are missing or
    /// wrong, a permission is missing, or a setting is invalid.
    public var isRefusal: Bool {
        switch kind {
        case .credentials, .configuration: true
        case .service(let code): (status == 401 || status == 403 || code.isRefusal) && !isThrottling
        default: false
        }
    }

    /// Whether AWS may have carried out the call, although no reply says so: the reply was lost, damaged or late, or
    /// the service failed midway.
    public var mayHaveTakenEffect: Bool {
        switch kind {
        case .transport(let error):
            switch error.kind {
            case .malformedURL, .malformedHeader, .unsupported, .couldNotResolve, .couldNotConnect, .tls: false
            case .connectionLost, .timedOut, .responseTooLarge, .cancelled, .other: true
            }
        case .malformedReply, .cancelled: true
        case .service: (status ?? 0) >= 500 && !isThrottling
        case .conditionalCheckFailed, .transactionCanceled, .credentials, .configuration: false
        }
    }

    init(
        _ kind: Kind,
        _ call: AWSCall,
        _ response: HTTPResponse? = nil,
        message: String = "",
        attempts: Int
    ) {
        self.kind = kind
        operation = call.name
        self.message = message
        status = response?.status
        requestID = response.flatMap { response in
            response.headers["x-amzn-RequestId"] ?? response.headers["x-amz-request-id"]
        }
        self.attempts = attempts
        retryAfter = response.flatMap(Self.retryAfter)
    }

    /// `x-amz-retry-after` is in milliseconds, `Retry-After` in seconds; its other form, a date, is not used by AWS.
    private static func retryAfter(_ response: HTTPResponse) -> Duration? {
        if let milliseconds = response.headers["x-amz-retry-after"].flatMap({ Int64($0) }) {
            return .milliseconds(min(max(0, milliseconds), 3_600_000))
        }
        return response.headers["Retry-After"].flatMap { Int64($0) }.map { .seconds(min(max(0, $0), 3600)) }
    }
}

extension AWSError: CustomStringConvertible {
    /// What happened and where, with AWS's message. Contains no items and no secrets.
    public var description: String { text(quoting: message) }

    /// The same without AWS's message, which may quote what was sent.
    public var descriptionWithoutMessage: String { text(quoting: "") }

    private func text(quoting message: String) -> String {
        var text = "\(operation) failed"
        if attempts > 1 { text += " after \(attempts) attempts" }
        text += ": " + reason(quoting: message)
        // An error without a code of its own is named by the status.
        let isNamed = code?.rawValue == status.map { "HTTP \($0)" }
        let status = isNamed ? nil : status.map { "HTTP \($0)" }
        let details = [status, requestID.map { "request \($0)" }].compactMap(\.self)
        return details.isEmpty ? text : text + " (\(details.joined(separator: ", ")))"
    }

    private func reason(quoting message: String) -> String {
        let said = message.isEmpty ? "" : ": \(message)"
        return switch kind {
        case .service(let code): code.rawValue + said
        case .conditionalCheckFailed: AWSErrorCode.conditionalCheckFailed.rawValue + said
        case .transactionCanceled(let reasons):
            "\(AWSErrorCode.transactionCanceled.rawValue) [\(reasons.map(\.code).joined(separator: ", "))]"
        case .transport(let error): error.description
        case .malformedReply(let reason): "the reply cannot be read: \(reason)"
        case .credentials(let error): error.description
        case .configuration(let reason): reason
        case .cancelled: "the task was canceled"
        }
    }
}

/// Why one action of a transaction prevented it.
///
/// ```swift
/// do {
///     try await DynamoDBClient().transactWriteItems([.update(addToTotal(order))])
/// } catch let error {
///     guard case .transactionCanceled(let reasons) = error.kind else { throw error }
///     print(reasons.map(\.code))
/// }
/// ```
public struct TransactionCancellationReason: Sendable, Hashable {
    /// `None` for an action that did not prevent it, `ConditionalCheckFailed`, `TransactionConflict`, …
    public let code: String
    /// The service's message about the action; nil for an action that did not prevent the transaction.
    public let message: String?
    /// The item that is there, if the action asked for it and its condition failed.
    public let item: Item?
}
