// Timers in a binary heap, by time and then by the order in which they were added.

struct TimerQueue: Sendable {
    struct Timer: Sendable {
        let due: MappingInstant
        let order: UInt64
        let target: QueueIndex

        fileprivate func precedes(_ other: Timer) -> Bool { (due, order) < (other.due, other.order) }
    }

    private var heap: [Timer] = []
    private var order: UInt64 = 0

    var first: Timer? { heap.first }

    mutating func add(_ target: QueueIndex, due: MappingInstant) {
        heap.append(Timer(due: due, order: order, target: target))
        order += 1
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].precedes(heap[least])
            {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

/// First in, first out, without moving what is behind at each removal.
struct Queue<Element: Sendable>: Sendable {
    private var elements: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: head <= 1_024)
            head = 0
        } else if head >= 1_024, head > elements.count / 2 {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}
