// How batches follow from one another: a retry, the rest, a half after a bisection.

import EventSourceMapping

/// The batches of one queue that are not done, each within the one before it.
struct BatchLineage: Sendable {
    private struct Open: Sendable {
        let invocation: Int
        let records: TracedRecords
        let requestID: String
        let outcome: DeliveryLogEntry.Outcome
        let depth: Int
    }

    struct Place: Sendable {
        let origin: TracedInvocation.Origin
        let parent: Int?
        let depth: Int
    }

    private var open: [Open] = []

    /// Where a batch stands that is delivered now.
    mutating func place(of records: TracedRecords, requestID: String, attempt: Int) -> Place {
        if let last = open.last, last.requestID == requestID {
            return Place(origin: .retry, parent: last.invocation, depth: last.depth)
        }
        while let last = open.last, !records.isWithin(last.records) || records == last.records { open.removeLast() }
        guard let parent = open.last else { return Place(origin: .fresh, parent: nil, depth: 0) }
        let origin: TracedInvocation.Origin = parent.outcome == .partial ? .rest : .half
        return Place(origin: origin, parent: parent.invocation, depth: parent.depth + 1)
    }

    mutating func ended(
        _ invocation: Int,
        _ records: TracedRecords,
        requestID: String,
        outcome: DeliveryLogEntry.Outcome,
        at place: Place
    ) {
        if place.origin == .retry { open.removeLast() }
        guard outcome != .success else { return }
        open.append(
            Open(
                invocation: invocation,
                records: records,
                requestID: requestID,
                outcome: outcome,
                depth: place.depth
            )
        )
    }
}
