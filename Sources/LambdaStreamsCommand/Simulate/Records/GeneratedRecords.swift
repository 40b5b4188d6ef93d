// Records made up to a plan: so many changes to so many items, so many a second.

import LambdaStreams
import LambdaStreamsTesting

struct GeneratedRecords {
    let count: Int
    /// How many items the changes are spread over.
    let keys: Int
    /// Changes a second.
    let rate: Double
    let shards: Int
    let seed: UInt64

    /// 2026-01-01T00:00:00Z, so that the same plan makes the same records at any time.
    static let start: Int64 = 1_767_225_600

    /// Those of `generate-event`: an item's first change inserts it, every other one modifies it, and one in fifty
    /// removes it.
    func records() throws -> [RecordText] {
        let event = try GeneratedEvent(
            changes: ChangeSequence(
                kinds: ChangeSequence.Kinds(insert: true, modify: true, remove: true),
                items: keys,
                keys: ["id"],
                shareOfRemovals: 0.02,
                seed: seed
            ),
            count: count,
            builder: StreamEvent.Builder(
                keys: "id",
                table: "orders",
                sequenceNumber: GeneratedEvent.firstSequenceNumber(seed: seed)
            ),
            at: { number in EpochTime(seconds: Self.start + Int64(Double(number) / rate)) }
        )
        let records = try RecordFile(name: "made-up records", text: event.lines).records()
        return zip(records, event.items).map { record, item in
            record.inShard("shardId-\(String(item % shards).leftPadded(to: 20))-generated")
        }
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: "0", count: max(0, width - count)) + self
    }
}
