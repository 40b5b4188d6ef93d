// What libFuzzer calls: whatever the bytes, nothing traps, the scanner agrees with the plain validator of the tests,
// and what was read can be written and read again.

import DynamoDBStreamEvents
import JSONScanning

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let document = try? JSONDocument(bytes)
    precondition((document != nil) == ReferenceValidator.accepts(bytes), "the validator disagrees")
    if let document { read(document.root) }
    guard let event = try? StreamEvent(bytes) else { return 0 }
    _ = (event.window, event.shardID, event.state, try? event.state(as: Mixed.self), event.eventSourceARN)
    for record in event.records { read(record) }
    return 0
}

private func read(_ node: JSONNode) {
    _ = (try? node.string(), node.numberText, node.bool, node.textBytes, node.singleMember, node["S"])
    let repeated = node.firstRepeatedMember
    var names: Set<[UInt8]> = []
    var isRepeated = false
    for member in node.members {
        if !names.insert(Array(member.name.textBytes ?? [])).inserted { isRepeated = true }
        precondition(member.name.text == nil || node.member(named: member.repairedName) != nil, "a name is not found")
        read(member.value)
    }
    precondition((repeated != nil) == (isRepeated && node.kind == .object), "the filter of names is wrong")
    for element in node.elements { read(element) }
    precondition(ReferenceValidator.accepts(Array(node.jsonText)), "the text of a value is not its own")
}

extension JSONNode {
    fileprivate var text: String? { (try? string()) ?? nil }
}

private func read(_ record: StreamRecord) {
    _ = (record.eventID, record.eventName, record.sequenceNumber, record.approximateCreationDateTime, record.sizeBytes)
    _ = (record.userIdentity, record.streamViewType, record.isTimeToLiveRemoval, record.diff, record.description)
    _ = (try? record.validate(), try? record.change(as: Mixed.self), try? record.change(as: ByHand.self))
    for item in [record.keys, record.newImage, record.oldImage] {
        guard let item else { continue }
        let copy = Item(Dictionary(item))
        precondition(copy == item && copy.hashValue == item.hashValue, "a copy differs from its view")
        guard let values = try? item.decode([String: AttributeValue].self) else { continue }
        precondition(Item(values) == copy, "decoding and reading differ")
        guard let json = try? AttributeValueEncoder().encodePlainJSON(values), !item.hasUnknown else { continue }
        precondition(ReferenceValidator.accepts(json), "what was written is not JSON")
    }
}

extension Item {
    fileprivate var hasUnknown: Bool { contains { $0.value.hasUnknown } }
}

extension AttributeValue {
    fileprivate var hasUnknown: Bool {
        switch self {
        case .unknown: true
        case .list(let values): values.contains { $0.hasUnknown }
        case .map(let item): item.hasUnknown
        default: false
        }
    }
}

private struct Mixed: Decodable {
    let id: String?
    let n: Double?
    let i: Int8?
    let b: [UInt8]?
    let l: [Mixed]?
    let m: [String: Int?]?
    let s: Set<String>?
}

private struct ByHand: ItemDecodable {
    let id: String?
    let n: Double?
    let s: Set<Int>
    let l: [AttributeValue]?
    let m: [String: Bool?]?

    init(from reader: inout ItemReader) throws {
        id = try reader.read("id")
        n = try reader.read("n")
        s = try reader.read("s")
        l = try reader.read("l")
        m = try reader.read("m")
    }
}
