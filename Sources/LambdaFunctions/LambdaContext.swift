// The context that a handler receives with each invocation.

internal import CurlTransport
public import Logging
internal import SharedState

/// The identity, deadline and logger of one invocation.
///
/// ```swift
/// try await LambdaRuntime { (payload: [UInt8], context: LambdaContext) in
///     context.logger.info("\(context.requestID) has \(context.remainingTime) left")
///     return payload
/// }.run()
/// ```
public struct LambdaContext: Sendable {
    private let storage: Storage

    private final class Storage: Sendable {
        let requestID: String
        let invocationID: String?
        let invokedFunctionARN: String?
        let deadline: LambdaClock.Instant?
        let traceID: String?
        let clientContext: ClientContext?
        let cognitoIdentity: CognitoIdentity?
        let tenantID: String?
        let environment: FunctionEnvironment
        private let log: RuntimeLog
        private let madeLogger = Guarded<Logger?>(nil)

        init(
            requestID: String,
            invocationID: String?,
            invokedFunctionARN: String?,
            deadline: LambdaClock.Instant?,
            traceID: String?,
            clientContext: ClientContext?,
            cognitoIdentity: CognitoIdentity?,
            tenantID: String?,
            environment: FunctionEnvironment,
            log: RuntimeLog
        ) {
            self.requestID = requestID
            self.invocationID = invocationID
            self.invokedFunctionARN = invokedFunctionARN
            self.deadline = deadline
            self.traceID = traceID
            self.clientContext = clientContext
            self.cognitoIdentity = cognitoIdentity
            self.tenantID = tenantID
            self.environment = environment
            self.log = log
        }

        var logger: Logger {
            madeLogger.withLock { made in
                if let made { return made }
                let logger = log.logger(requestID: requestID, tenantID: tenantID)
                made = logger
                return logger
            }
        }
    }

    /// The invocation's identifier. The platform uses it again when it retries the same batch or event.
    public var requestID: String { storage.requestID }

    /// The identifier of this attempt, where the platform sends one.
    public var invocationID: String? { storage.invocationID }

    /// The ARN that was invoked, with the alias or version of the request. Older emulators do not send it.
    public var invokedFunctionARN: String? { storage.invokedFunctionARN }

    /// When the platform ends this invocation; nil if it did not say.
    public var deadline: LambdaClock.Instant? { storage.deadline }

    /// The time left before the deadline: zero when it has passed, ``unlimitedTime`` when there is none.
    public var remainingTime: Duration {
        guard let deadline else { return Self.unlimitedTime }
        return max(.zero, LambdaClock.now.duration(to: deadline))
    }

    /// The value of ``remainingTime`` if the platform set no deadline: a year.
    public static let unlimitedTime = Duration.seconds(365 * 24 * 3600)

    /// The X-Ray trace header of the invocation. `_X_AMZN_TRACE_ID` contains it too while invocations run one at a
    /// time.
    public var traceID: String? { storage.traceID }

    /// The client context of a mobile or other SDK.
    public var clientContext: ClientContext? { storage.clientContext }

    /// The Cognito identity that authenticated the caller.
    public var cognitoIdentity: CognitoIdentity? { storage.cognitoIdentity }

    /// The tenant of a function with tenant isolation.
    public var tenantID: String? { storage.tenantID }

    /// `AWS_LAMBDA_FUNCTION_NAME`.
    public var functionName: String? { storage.environment.functionName }

    /// `AWS_LAMBDA_FUNCTION_VERSION`.
    public var functionVersion: String? { storage.environment.functionVersion }

    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, in megabytes.
    public var memorySize: Int? { storage.environment.memorySize }

    /// `AWS_LAMBDA_LOG_GROUP_NAME`.
    public var logGroupName: String? { storage.environment.logGroupName }

    /// `AWS_LAMBDA_LOG_STREAM_NAME`.
    public var logStreamName: String? { storage.environment.logStreamName }

    /// A logger whose lines carry `requestId` (and `tenantId`). It is created when it is first used.
    public var logger: Logger { storage.logger }

    /// The invocation of the current task; nil outside of a handler.
    ///
    /// Child tasks, and tasks created with `Task {}` within a handler, see their handler's invocation, which on Lambda
    /// Managed Instances is one of several. Detached tasks do not.
    @TaskLocal public static var current: LambdaContext?

    /// Reads the headers of an invocation; absent and empty ones are nil.
    ///
    /// - Throws: `InvocationHeaderError` for a header whose value cannot be read.
    init(_ invocation: Invocation, environment: FunctionEnvironment, log: RuntimeLog) throws {
        var functionARN: String?
        var deadline: String?
        var traceID: String?
        var clientContext: String?
        var cognitoIdentity: String?
        var tenantID: String?
        invocation.headers.forEach { name, value in
            guard !value.isEmpty else { return }
            func text() -> String { String(decoding: value, as: UTF8.self) }
            // Most specific first by length: the reply to `/next` has a dozen headers, half of them not Lambda's.
            switch name.count {
            case 23 where name.isHeader("Lambda-Runtime-Trace-Id"): traceID = text()
            case 26 where name.isHeader("Lambda-Runtime-Deadline-Ms"): deadline = text()
            case 28 where name.isHeader("Lambda-Runtime-Aws-Tenant-Id"): tenantID = text()
            case 29 where name.isHeader("Lambda-Runtime-Client-Context"): clientContext = text()
            case 31 where name.isHeader("Lambda-Runtime-Cognito-Identity"): cognitoIdentity = text()
            case 35 where name.isHeader("Lambda-Runtime-Invoked-Function-Arn"): functionARN = text()
            default: break
            }
        }
        storage = Storage(
            requestID: invocation.identity.requestID,
            invocationID: invocation.identity.invocationID,
            invokedFunctionARN: functionARN,
            deadline: try deadline.map(LambdaClock.Instant.init(header:)),
            traceID: traceID,
            clientContext: try clientContext.map(ClientContext.init(header:)),
            cognitoIdentity: try cognitoIdentity.map(CognitoIdentity.init(header:)),
            tenantID: tenantID,
            environment: environment,
            log: log
        )
    }
}

extension LambdaContext {
    /// A custom context, for tests.
    package init(
        requestID: String,
        invocationID: String? = nil,
        invokedFunctionARN: String? = nil,
        deadline: LambdaClock.Instant? = nil,
        traceID: String? = nil,
        tenantID: String? = nil,
        logger: Logger,
        variables: [String: String] = [:]
    ) {
        storage = Storage(
            requestID: requestID,
            invocationID: invocationID,
            invokedFunctionARN: invokedFunctionARN,
            deadline: deadline,
            traceID: traceID,
            clientContext: nil,
            cognitoIdentity: nil,
            tenantID: tenantID,
            environment: FunctionEnvironment(publishesTraceID: false) { variables[$0] },
            log: RuntimeLog(logger)
        )
    }
}

/// A header of an invocation that cannot be read. The invocation fails; the process continues.
public struct InvocationHeaderError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The header's name.
    public let header: String
    /// What its value should have been.
    public let expected: String

    public var description: String { "the header \(header) of the invocation is not \(expected)" }
}

extension LambdaClock.Instant {
    init(header value: String) throws(InvocationHeaderError) {
        guard let milliseconds = Int64(value) else {
            throw InvocationHeaderError(header: "Lambda-Runtime-Deadline-Ms", expected: "a number of milliseconds")
        }
        self.init(millisecondsSinceEpoch: milliseconds)
    }
}
