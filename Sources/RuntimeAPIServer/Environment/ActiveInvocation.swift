// An invocation from its acceptance by the platform to its release.

internal import NIOCore
internal import SharedState

/// The state of an invocation.
struct ActiveInvocation: Sendable {
    let request: InvocationRequest
    let requestID: String
    let invocationID: String
    let timeout: Duration
    let complete: @Sendable (Result<InvocationOutcome, InvocationFailure>) -> Void

    var deliveredAt: NIODeadline?
    /// When its time is over; set when its time starts.
    var deadline: NIODeadline?
    var deadlineEpochMilliseconds: Int64 = 0
    var initializationDuration: Duration?
    var restoreDuration: Duration?
    var result: InvocationResult?
    var traceID: String?
    /// Whether its time ran out, even after the response.
    var isOverdue = false

    init(
        _ request: InvocationRequest,
        timeout: Duration,
        complete: @escaping @Sendable (Result<InvocationOutcome, InvocationFailure>) -> Void
    ) {
        self.request = request
        self.timeout = request.timeout ?? timeout
        self.complete = complete
        requestID = request.requestID ?? RandomText.uuid()
        invocationID = RandomText.uuid()
        traceID = request.traceID
    }

    /// Starts its time.
    mutating func startClock(_ now: Moment) {
        guard deadline == nil else { return }
        deadline = now.time + TimeAmount(timeout)
        deadlineEpochMilliseconds = now.epochMilliseconds + TimeAmount(timeout).nanoseconds / 1_000_000
    }
}

/// One reading of both clocks.
struct Moment: Sendable {
    /// The monotonic clock, which limits are measured by.
    let time: NIODeadline
    let epochMilliseconds: Int64

    func since(_ earlier: NIODeadline) -> Duration { .nanoseconds((time - earlier).nanoseconds) }
}

extension RandomText {
    /// A trace header that is not sampled, as `X-Amzn-Trace-Id` has it ("AWS X-Ray concepts", tracing header).
    static func traceID(epochMilliseconds: Int64) -> String {
        var generator = SystemRandomNumberGenerator()
        let seconds = UInt64(clamping: epochMilliseconds / 1000)
        let random = hexadecimal(generator.next(), 16) + hexadecimal(generator.next(), 8)
        return "Root=1-\(hexadecimal(seconds, 8))-\(random);Parent=\(hexadecimal(generator.next(), 16));Sampled=0"
    }
}
