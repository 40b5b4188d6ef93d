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
struct RecordQueue: Sendable {
    /// In the order of their sequence numbers; those of equal numbers in the order in which they came.
    private var waiting: [Ticket] = []
    /// How many of them were taken.
    private var takenCount = 0
    private(set) var byteCount = 0
    var worker: CheckedContinuation<Void, Never>?

    var count: Int { waiting.count - takenCount }

    mutating func add(_ ticket: Ticket) {
        byteCount += ticket.record.json.count
        let number = ticket.record.sequenceNumber
        guard let last = waiting.last, takenCount < waiting.count, number < last.record.sequenceNumber else {
            waiting.append(ticket)
            return
        }
        var low = takenCount
        var high = waiting.count
        while low < high {
            let middle = (low + high) / 2
            if number < waiting[middle].record.sequenceNumber { high = middle } else { low = middle + 1 }
        }
        waiting.insert(ticket, at: low)
    }

    /// The first record that waits.
    var first: Ticket? { takenCount < waiting.count ? waiting[takenCount] : nil }

    mutating func removeFirst() {
        byteCount -= waiting[takenCount].record.json.count
        takenCount += 1
        // Taking from the front of an array moves the rest of it, so that is done now and then.
        if takenCount >= 1_024, takenCount * 2 >= waiting.count {
            waiting.removeFirst(takenCount)
            takenCount = 0
        }
    }

    mutating func removeAll() -> [Ticket] {
        defer { self = RecordQueue(worker: worker) }
        return Array(waiting[takenCount...])
    }

    init(worker: CheckedContinuation<Void, Never>? = nil) { self.worker = worker }
}
