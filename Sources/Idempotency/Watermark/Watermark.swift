// How far the changes of one thing have been applied, and the steps by which that changes.

public import DynamoDBStreamEvents

/// What a store keeps for one source key: the highest sequence number that was applied, and who is applying the next.
public struct Watermark: Sendable, Hashable {
    /// The highest sequence number that was applied; nil when none was yet.
    public var applied: SequenceNumber?
    /// What ``WatermarkStep/retreat`` goes back to.
    public var previous: SequenceNumber?
    /// The sequence number that is being applied.
    public var claimed: SequenceNumber?
    /// Milliseconds since 1970 after which a claim counts as abandoned.
    public var leaseEnd: Int64?
    /// Who wrote last: a random token of one call, by which its writes are fenced and recognised.
    public var owner: String?

    public init(
        applied: SequenceNumber? = nil,
        previous: SequenceNumber? = nil,
        claimed: SequenceNumber? = nil,
        leaseEnd: Int64? = nil,
        owner: String? = nil
    ) {
        self.applied = applied
        self.previous = previous
        self.claimed = claimed
        self.leaseEnd = leaseEnd
        self.owner = owner
    }

    /// Whether the change of that number has been applied, or a later one, which comes to the same.
    public func covers(_ number: SequenceNumber) -> Bool { applied.map { number <= $0 } ?? false }

    /// Whether somebody else may claim at `now`, in milliseconds since 1970.
    public func isFree(at now: Int64) -> Bool { claimed == nil || (leaseEnd ?? .max) < now }
}

/// What a call wants to do to a watermark. Each is one conditional write.
public enum WatermarkStep: Sendable, Hashable {
    /// Keeps others from applying anything until `leaseEnd`, in milliseconds since 1970. Refused when the number is
    /// applied, or when another holds a claim that has not been abandoned.
    case claim(leaseEnd: Int64)
    /// Ends the caller's own claim: its number is applied. Refused when the claim is not the caller's any more.
    case complete
    /// Ends the caller's own claim: its number is not applied. Refused when the claim is not the caller's any more.
    case release
    /// Its number is applied, without a claim. Refused when it was, or a later one, or when another holds a claim that has
    /// not been abandoned.
    case advance
    /// Takes the caller's own ``advance`` back. Refused when there was a later write.
    case retreat
}

/// One step of one call on the watermark of one key.
public struct WatermarkChange: Sendable, Hashable {
    /// The source key, its prefix included.
    public let key: String
    public let number: SequenceNumber
    /// A random token of the call.
    public let owner: String
    public let step: WatermarkStep

    public init(key: String, number: SequenceNumber, owner: String, step: WatermarkStep) {
        self.key = key
        self.number = number
        self.owner = owner
        self.step = step
    }
}

extension WatermarkChange {
    /// The rule of every store: what becomes of a watermark.
    ///
    /// - Parameter now: in milliseconds since 1970.
    /// - Returns: nil when the change is refused.
    public func applied(to current: Watermark?, at now: Int64) -> Watermark? {
        var mark = current ?? Watermark()
        let isOwnClaim = mark.owner == owner && mark.claimed == number
        switch step {
        case .claim(let leaseEnd):
            guard !mark.covers(number), mark.isFree(at: now) else { return nil }
            mark.claimed = number
            mark.leaseEnd = leaseEnd
        case .complete:
            guard isOwnClaim else { return nil }
            mark.applied = number
            mark.claimed = nil
            mark.leaseEnd = nil
        case .release:
            guard isOwnClaim else { return nil }
            mark.claimed = nil
            mark.leaseEnd = nil
        case .advance:
            guard !mark.covers(number), mark.isFree(at: now) else { return nil }
            mark.previous = mark.applied
            mark.applied = number
            mark.claimed = nil
            mark.leaseEnd = nil
        case .retreat:
            guard mark.owner == owner, mark.applied == number else { return nil }
            mark.applied = mark.previous
        }
        mark.owner = owner
        return mark
    }

    /// Whether a watermark that refuses this change is one that this very change has made: a request whose reply was lost
    /// is sent again, and refused because of itself.
    package func isMade(in current: Watermark?) -> Bool {
        guard let current, current.owner == owner else { return false }
        return switch step {
        case .claim: current.claimed == number
        case .complete, .advance: current.applied == number && current.claimed != number
        case .release: current.claimed != number
        case .retreat: current.applied != number
        }
    }
}
