// The last applied change of an item, and the steps that change it.

public import DynamoDBStreamEvents

/// The state of one source key: the highest sequence number that was applied, and the claim of the next.
///
/// ```swift
/// let state = LastApplied(applied: SequenceNumber("100"))
/// print(state.covers(number))
/// ```
public struct LastApplied: Sendable, Hashable {
    /// The highest sequence number that was applied; nil when none was yet.
    public var applied: SequenceNumber?
    /// The number that ``LastAppliedStep/retreat`` restores.
    public var previous: SequenceNumber?
    /// The sequence number that is being applied.
    public var claimed: SequenceNumber?
    /// Milliseconds since 1970 after which a claim counts as abandoned.
    public var leaseEnd: Int64?
    /// The last writer: a random token of one call, which fences and identifies its writes.
    public var owner: String?

    /// Creates the state that a store keeps of one source.
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

    /// Whether the change of that number, or a later one, has been applied.
    public func covers(_ number: SequenceNumber) -> Bool { applied.map { number <= $0 } ?? false }

    /// Whether another call may claim at `now`, in milliseconds since 1970.
    public func isFree(at now: Int64) -> Bool { claimed == nil || (leaseEnd ?? .max) < now }
}

/// A step on an item's number. Each is one conditional write.
public enum LastAppliedStep: Sendable, Hashable {
    /// Keeps others from applying anything until `leaseEnd`, in milliseconds since 1970. Refused if the number is
    /// applied, or if another call holds a claim that has not been abandoned.
    case claim(leaseEnd: Int64)
    /// Ends the caller's own claim: its number is applied. Refused if the claim is no longer the caller's.
    case complete
    /// Ends the caller's own claim: its number is not applied. Refused if the claim is no longer the caller's.
    case release
    /// Records the number as applied, without a claim. Refused if it or a later one was applied, or if another call
    /// holds a claim that has not been abandoned.
    case advance
    /// Undoes the caller's own ``advance``. Refused if there was a later write.
    case retreat
}

/// One step of one call on the number of one key.
///
/// ```swift
/// let change = LastAppliedChange(key: "orders#o-1", number: number, owner: "token", step: .advance)
/// if let changed = change.applied(to: nil, at: 1_800_000_000_000) { print(changed.covers(number)) }  // true
/// ```
public struct LastAppliedChange: Sendable, Hashable {
    /// The source key, its prefix included.
    public let key: String
    /// The sequence number of the change.
    public let number: SequenceNumber
    /// A random token of the call.
    public let owner: String
    /// What the store is to do with it.
    public let step: LastAppliedStep

    /// Creates one step of a change.
    public init(key: String, number: SequenceNumber, owner: String, step: LastAppliedStep) {
        self.key = key
        self.number = number
        self.owner = owner
        self.step = step
    }
}

extension LastAppliedChange {
    /// The rule of every store: the effect of a change on the stored state.
    ///
    /// - Parameters:
    ///   - current: what the store has; nil for nothing.
    ///   - now: in milliseconds since 1970.
    /// - Returns: nil when the change is refused.
    public func applied(to current: LastApplied?, at now: Int64) -> LastApplied? {
        var mark = current ?? LastApplied()
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

    /// Whether what refuses this change is what this very change has made: a request whose reply was lost
    /// is sent again, and refused because of itself.
    package func isMade(in current: LastApplied?) -> Bool {
        guard let current, current.owner == owner else { return false }
        return switch step {
        case .claim: current.claimed == number
        case .complete, .advance: current.applied == number && current.claimed != number
        case .release: current.claimed != number
        case .retreat: current.applied != number
        }
    }
}
