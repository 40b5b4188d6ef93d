// The records that a replay handled last, so that one that comes twice is handled once.

internal import DynamoDBStreamEvents

struct RecentRecords: Sendable {
    private struct Identity: Hashable, Sendable {
        let number: SequenceNumber
        let itemHash: UInt64
    }

    /// Messages that overlap mostly come close together.
    private static let capacity = 100_000
    private var known: Set<Identity> = []
    private var order: [Identity] = []
    private var oldest = 0

    func contains(_ record: ReplayRecord) -> Bool {
        known.contains(Identity(number: record.sequenceNumber, itemHash: record.itemHash))
    }

    mutating func insert(_ record: ReplayRecord) {
        let identity = Identity(number: record.sequenceNumber, itemHash: record.itemHash)
        guard known.insert(identity).inserted else { return }
        guard order.count == Self.capacity else {
            order.append(identity)
            return
        }
        known.remove(order[oldest])
        order[oldest] = identity
        oldest = (oldest + 1) % Self.capacity
    }
}
