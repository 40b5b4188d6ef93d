// The number of attempts and the waits between them: the standard mode of the AWS SDKs.

internal import HTTPTransfers

/// The standard retry mode ("Retry behavior" in the AWS SDKs and Tools Reference).
///
/// ```swift
/// let client = AWSClient(retryPolicy: AWSRetryPolicy(maximumAttempts: 5, maximumDelay: .seconds(2)))
/// ```
///
/// Waits are random between nothing and a bound that doubles with each retry, from `baseDelay`, or from
/// `throttledDelay` when the service says that there are too many requests, up to `maximumDelay`.
public struct AWSRetryPolicy: Sendable, Hashable {
    /// The number of attempts, the first included; at least 1.
    public var maximumAttempts: Int
    /// The longest wait before the first repetition. It doubles with each further one.
    public var baseDelay: Duration
    /// The longest wait before the first repetition of a throttled request. It doubles with each further one.
    public var throttledDelay: Duration
    /// The longest wait before any repetition.
    public var maximumDelay: Duration

    /// Creates a policy. The defaults suit a function: three attempts within about a second.
    public init(
        maximumAttempts: Int = 3,
        baseDelay: Duration = .milliseconds(50),
        throttledDelay: Duration = .seconds(1),
        maximumDelay: Duration = .seconds(20)
    ) {
        self.maximumAttempts = max(1, maximumAttempts)
        self.baseDelay = baseDelay
        self.throttledDelay = throttledDelay
        self.maximumDelay = maximumDelay
    }

    /// The standard policy with `AWS_MAX_ATTEMPTS`. A value that is not a number of attempts is ignored.
    init(_ environment: AWSEnvironment) {
        self.init()
        if let attempts = environment["AWS_MAX_ATTEMPTS"].flatMap({ Int($0) }), (1...100).contains(attempts) {
            maximumAttempts = attempts
        }
    }

    /// - Parameters:
    ///   - retry: 1 for the first retry.
    ///   - asked: the wait that the service asked for, which is the minimum.
    func delay(beforeRetry retry: Int, cause: RetryCause, asked: Duration?) -> Duration {
        let base = cause == .throttling ? throttledDelay : baseDelay
        let bound = min(maximumDelay, base * (1 << min(max(0, retry - 1), 20)))
        return max(bound * Double.random(in: 0...1), asked ?? .zero)
    }
}

/// Why a call is retried.
enum RetryCause: Hashable {
    case throttling
    /// The service or the connection failed temporarily.
    case transient
    /// No reply came in time.
    case timeout

    /// - Returns: nil if another attempt would not help, or could carry out a call twice that must not be repeated.
    init?(_ failure: AWSError, of call: AWSCall) {
        guard call.mayBeRepeated || !failure.mayHaveTakenEffect else { return nil }
        self.init(failure)
    }

    /// - Returns: nil if another attempt would not help.
    fileprivate init?(_ failure: AWSError) {
        switch failure.kind {
        case .transport(let error):
            switch error.kind {
            case .couldNotResolve, .couldNotConnect, .connectionLost: self = .transient
            case .timedOut: self = .timeout
            // An interrupted handshake, not an untrusted certificate.
            case .tls where error.code == 35: self = .transient
            case .tls, .malformedURL, .malformedHeader, .unsupported, .responseTooLarge, .cancelled, .other: return nil
            }
        case .malformedReply: self = .transient
        case .service(let code):
            if failure.isThrottling {
                self = .throttling
            } else if code.isTransient || [500, 502, 503, 504].contains(failure.status) {
                self = .transient
            } else {
                return nil
            }
        case .transactionCanceled, .conditionalCheckFailed, .credentials, .configuration, .cancelled: return nil
        }
    }
}

extension AWSError {
    /// Whether the same call may succeed later: the service was busy or failed, or the connection did.
    package var mayPass: Bool { RetryCause(self) != nil }
}
