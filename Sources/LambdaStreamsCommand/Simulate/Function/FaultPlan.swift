// The fault of each invocation, drawn from the seed and the batch, independent of the order of events.

import EventSourceMapping

struct FaultPlan: Sendable {
    enum Fault: Sendable, Equatable {
        case throttle, timeout, kill, duplicate
    }

    let throttle: Double
    let timeout: Double
    let kill: Double
    let duplicate: Double
    let undeliverable: Double
    let seed: UInt64
    /// The number of first messages that still fail.
    private var undeliverableFirst: Int
    /// The number of attempts at each batch, including throttled ones.
    private var tries: [String: Int] = [:]

    init(_ options: FaultOptions) {
        throttle = options.throttle.value
        timeout = options.timeout.value
        kill = options.kill.value
        duplicate = options.duplicate.value
        undeliverable = options.undeliverable.value
        seed = options.seed
        undeliverableFirst = options.undeliverableFirst
    }

    mutating func fault(for invocation: MappingInvocation) -> Fault? {
        guard throttle > 0 || timeout > 0 || kill > 0 || duplicate > 0 else { return nil }
        let number = tries[invocation.requestID, default: 0] + 1
        tries[invocation.requestID] = number
        var random = SeededRandom(seed: seed, purpose: "fault \(invocation.requestID) \(number)")
        if random.happens(throttle) { return .throttle }
        if random.happens(timeout) { return .timeout }
        if random.happens(kill) { return .kill }
        return random.happens(duplicate) ? .duplicate : nil
    }

    /// Why a message does not arrive; nil if it does.
    mutating func failure(of delivery: DestinationDelivery) -> String? {
        if undeliverableFirst > 0 {
            undeliverableFirst -= 1
            return Self.failureText
        }
        var random = SeededRandom(seed: seed, purpose: "destination \(delivery.message.requestID)")
        return random.happens(undeliverable) ? Self.failureText : nil
    }

    private static let failureText = "a rehearsed failure of the destination"
}
