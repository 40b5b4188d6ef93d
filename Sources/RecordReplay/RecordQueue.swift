// Records that wait for their turn in one of the concurrent batches of a replay.

internal import DynamoDBStreamEvents

/// A record, and where it belongs.
struct Ticket: Sendable {
    let record: ReplayRecord
    let parcelID: Int
    /// Its position in the parcel.
    let position: Int
}

/// A parcel whose records have not all come to an end.
struct OpenParcel: Sendable {
    let parcel: ReplayParcel
    var openCount: Int
    var remaining: [Int] = []
    var failures: [Int: String] = [:]
}

/// The records of some items, each of which is in no other queue.
///
/// They are taken in the order of their sequence numbers, those of equal numbers in the order in which they came. A
/// backfill's numbers come in any order, a page of thousands at once, so that each is added and taken in logarithmic time.
struct RecordQueue: Sendable {
    private struct Entry: Sendable {
        let ticket: Ticket
        let arrival: UInt64

        func isBefore(_ other: Entry) -> Bool {
            let (number, otherNumber) = (ticket.record.sequenceNumber, other.ticket.record.sequenceNumber)
            return number == otherNumber ? arrival < other.arrival : number < otherNumber
        }
    }

    /// A binary heap: each entry is before the two at twice its position and behind that.
    private var heap: [Entry] = []
    private var arrivals: UInt64 = 0
    private(set) var byteCount = 0
    var worker: CheckedContinuation<Void, Never>?

    init(worker: CheckedContinuation<Void, Never>? = nil) { self.worker = worker }

    var count: Int { heap.count }

    /// The first record that waits.
    var first: Ticket? { heap.first?.ticket }

    mutating func add(_ ticket: Ticket) {
        byteCount += ticket.record.json.count
        arrivals += 1
        let entry = Entry(ticket: ticket, arrival: arrivals)
        heap.append(entry)
        var position = heap.count - 1
        while position > 0 {
            let parent = (position - 1) / 2
            guard entry.isBefore(heap[parent]) else { break }
            heap.swapAt(position, parent)
            position = parent
        }
    }

    /// Removes ``first``, if there is one.
    mutating func removeFirst() {
        guard let first = heap.first, let last = heap.popLast() else { return }
        byteCount -= first.ticket.record.json.count
        guard !heap.isEmpty else { return }
        heap[0] = last
        var position = 0
        while true {
            var least = position
            let (left, right) = (2 * position + 1, 2 * position + 2)
            if left < heap.count, heap[left].isBefore(heap[least]) { least = left }
            if right < heap.count, heap[right].isBefore(heap[least]) { least = right }
            guard least != position else { return }
            heap.swapAt(position, least)
            position = least
        }
    }

    /// Empties the queue; gives what waited in it, in its order.
    mutating func removeAll() -> [Ticket] {
        defer { self = RecordQueue(worker: worker) }
        return heap.sorted { $0.isBefore($1) }.map(\.ticket)
    }
}
