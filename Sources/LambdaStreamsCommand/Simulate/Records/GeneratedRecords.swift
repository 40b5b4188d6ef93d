// Records made up to a plan: so many changes to so many items, so many a second.

import JSONScanning

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

    /// An item's first change inserts it, every other one modifies it, and one in fifty removes it.
    func records() -> [RecordText] {
        var random = SeededRandom(seed: seed, purpose: "records")
        var versions = [Int](repeating: 0, count: keys)
        return (0..<count).map { index in
            let key = Int.random(in: 0..<keys, using: &random)
            let before = versions[key]
            let isRemoval = before > 0 && random.happens(0.02)
            versions[key] = isRemoval ? 0 : before + 1
            return record(index, key: key, before: before, isRemoval: isRemoval)
        }
    }

    private func record(_ index: Int, key: Int, before: Int, isRemoval: Bool) -> RecordText {
        // 24 digits, as grown-up streams have.
        let number = "4491800000" + padded(3_713_921_547 + index * 17, 14)
        let second = Self.start + Int64((Double(index) / rate).rounded(.down))
        var json: [UInt8] = []
        json.appendJSON(#"{"eventID":"#)
        json.appendJSONString(eventID(index))
        json.appendJSON(#","eventName":"#)
        json.appendJSONString(isRemoval ? "REMOVE" : before == 0 ? "INSERT" : "MODIFY")
        json.appendJSON(#","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":"#)
        json.appendJSON(#"{"ApproximateCreationDateTime":"#)
        json.appendJSONInteger(second)
        json.appendJSON(#","Keys":{"id":{"S":"#)
        json.appendJSONString("item-\(key)")
        json.appendJSON("}}")
        if !isRemoval { appendImage("NewImage", key: key, version: before + 1, second: second, to: &json) }
        if before > 0 { appendImage("OldImage", key: key, version: before, second: second, to: &json) }
        json.appendJSON(#","SequenceNumber":"#)
        json.appendJSONString(number)
        json.appendJSON(#","SizeBytes":"#)
        json.appendJSONInteger(before > 0 && !isRemoval ? 112 : 62)
        json.appendJSON(#","StreamViewType":"NEW_AND_OLD_IMAGES"}}"#)
        let shard = shards > 1 ? key % shards : 0
        return RecordText(
            place: "generated record \(index + 1)",
            shardID: "shardId-\(padded(shard, 20))-generated",
            parentShardID: nil,
            json: json,
            sequenceNumber: number
        )
    }

    /// What the example functions of this package read: an order with a total and a status.
    private func appendImage(_ name: StaticString, key: Int, version: Int, second: Int64, to json: inout [UInt8]) {
        json.appendJSON(",\"")
        json.appendJSON(name)
        json.appendJSON(#"":{"id":{"S":"#)
        json.appendJSONString("item-\(key)")
        json.appendJSON(#"},"total":{"N":""#)
        json.appendJSONInteger(10 + key % 90)
        json.appendJSON(#""},"status":{"S":"#)
        json.appendJSONString(version == 1 ? "NEW" : "PAID")
        json.appendJSON(#"},"version":{"N":""#)
        json.appendJSONInteger(version)
        json.appendJSON(#""},"updatedAt":{"N":""#)
        json.appendJSONInteger(second)
        json.appendJSON(#""}}"#)
    }

    private func eventID(_ index: Int) -> String {
        var random = SeededRandom(seed: seed &+ UInt64(index), purpose: "eventID")
        return (0..<2).map { _ in String(random.next(), radix: 16).leftPadded(to: 16) }.joined()
    }

    private func padded(_ number: Int, _ width: Int) -> String { String(number).leftPadded(to: width) }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: "0", count: max(0, width - count)) + self
    }
}
