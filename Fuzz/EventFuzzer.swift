// What libFuzzer calls: whatever the bytes, nothing traps, the scanner agrees with the plain validator of the tests,
// and what was read can be written and read again.

import DynamoDBStreamEvents
import FoundationEssentials
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
    if node.kind == .object, names.count > 1 { readThroughIndex(node) }
    for element in node.elements { read(element) }
    precondition(ReferenceValidator.accepts(Array(node.jsonText)), "the text of a value is not its own")
}

/// Searches through an index and walks find the same members.
private func readThroughIndex(_ node: JSONNode) {
    let index = JSONMemberIndex(of: node.place, in: node.document)
    for member in node.members {
        guard var name = member.name.text else { continue }
        var steps = 0
        let place = name.withUTF8 { index.member(named: $0, counting: &steps) }
        precondition(place?.offset == node.member(named: name)?.offset, "the index finds another member")
    }
}

extension JSONNode {
    fileprivate var text: String? { (try? string()) ?? nil }
}

private func read(_ record: StreamRecord) {
    _ = (record.eventID, record.eventName, record.sequenceNumber, record.approximateCreationDateTime, record.sizeBytes)
    _ = (record.userIdentity, record.streamViewType, record.isTimeToLiveRemoval, record.diff, record.description)
    _ = (try? record.validate(), try? record.change(as: Mixed.self), try? record.change(as: ByHand.self))
    precondition((try? record.change) == nil || (try? record.keyChange) != nil, "a change without a key")
    for item in [record.keys, record.newImage, record.oldImage] {
        guard let item else { continue }
        // A name with half of a surrogate pair is repaired and then found by none of its spellings.
        for name in item.names where !name.unicodeScalars.contains("\u{FFFD}") {
            precondition(item[name] != nil, "an attribute is not found")
        }
        _ = (try? item.decode([String: OneOf].self), try? item.decode(Mixed.self, using: snakeCase))
        let copy = Item(Dictionary(item))
        // A dictionary holds one of two names that differ only in their normalization.
        if copy.count == Set(item.names.map { Array($0.utf8) }).count {
            precondition(copy == item && copy.hashValue == item.hashValue, "a copy differs from its view")
        }
        guard let values = try? item.decode([String: AttributeValue].self) else { continue }
        precondition(Item(values) == item, "decoding and reading differ")
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

private let snakeCase = AttributeValueDecoder(keyDecodingStrategy: .convertFromSnakeCase)

/// Tries one form after the other, each of which fails with a path.
private enum OneOf: Decodable {
    case flag(Bool), number(Decimal), time(Date), nested([String: OneOf]), list([OneOf]), other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Decimal.self) {
            self = .number(value)
        } else if let value = try? container.decode(Date.self) {
            self = .time(value)
        } else if var elements = try? decoder.unkeyedContainer() {
            var values: [OneOf] = []
            while !elements.isAtEnd { values.append(try elements.decode(OneOf.self)) }
            self = .list(values)
        } else if let value = try? container.decode([String: OneOf].self) {
            self = .nested(value)
        } else {
            self = .other
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
