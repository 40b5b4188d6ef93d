// The changes as records, made with the builder for tests.

import JSONScanning
import LambdaStreams
import LambdaStreamsTesting

struct GeneratedEvent {
    private var records: [ArraySlice<UInt8>] = []
    /// The item of each record.
    private(set) var items: [Int] = []

    /// - Parameter time: when each of the changes was made, by its number; nil leaves it to the builder.
    init(
        changes: ChangeSequence,
        count: Int,
        builder: StreamEvent.Builder,
        isExpiry: Bool = false,
        at time: (Int) -> EpochTime? = { _ in nil }
    ) throws {
        var changes = changes
        var builder = builder
        for number in 0..<count {
            let (item, change) = changes.next()
            let time = time(number)
            do {
                builder =
                    switch change {
                    case .insert(let item): try builder.nextBatch.insert(item, at: time)
                    case .modify(let old, let new): try builder.nextBatch.modify(old: old, new: new, at: time)
                    case .remove(let item):
                        try builder.nextBatch.remove(item, by: isExpiry ? .timeToLive : .request, at: time)
                    }
            } catch {
                throw GenerationError(reason: "\(error)")
            }
            // The event's one record: {"Records":[…]}.
            items.append(item)
            records.append(builder.json.dropFirst(Self.opening.count).dropLast(Self.closing.count))
        }
    }

    private static let opening = Array(#"{"Records":["#.utf8)
    private static let closing = Array("]}".utf8)

    var json: [UInt8] { Self.opening + joined(by: UInt8(ascii: ",")) + Self.closing }
    var lines: [UInt8] { joined(by: UInt8(ascii: "\n")) }

    /// Appends whole records, because the standard library's `joined` appends single bytes.
    private func joined(by separator: UInt8) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(records.reduce(0) { $0 + $1.count + 1 })
        for record in records {
            if !text.isEmpty { text.append(separator) }
            text.append(contentsOf: record)
        }
        return text
    }

    /// 24 digits, as in the streams of older tables. Each seed has a different first number.
    static func firstSequenceNumber(seed: UInt64) -> SequenceNumber? {
        guard seed != 0 else { return nil }
        var random = SeededRandom(seed: seed, purpose: "sequence number")
        let digits = String(random.next() % 10_000_000_000)
        return SequenceNumber("5190000" + String(repeating: "0", count: 10 - digits.count) + digits + "0000000")
    }
}

struct GenerationError: UserFacingError {
    let reason: String
    var description: String { "no record can be created from this item: \(reason)." }
}
