// The size of items as DynamoDB counts it, which is what `SizeBytes` of a record says.

package import JSONScanning

/// The rules are at https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html.
extension Item {
    /// Names and values, in bytes.
    package var sizeBytes: Int {
        reduce(0) { $0 + $1.name.utf8.count + $1.value.sizeBytes }
    }
}

extension AttributeValue {
    package var sizeBytes: Int {
        switch self {
        case .string(let value): value.utf8.count
        case .number(let value): value.sizeBytes
        case .binary(let value): value.count
        case .bool, .null: 1
        // A list or a map costs three bytes, and each of its elements one.
        case .list(let values): values.reduce(3) { $0 + 1 + $1.sizeBytes }
        case .map(let item): item.reduce(3) { $0 + 1 + $1.name.utf8.count + $1.value.sizeBytes }
        case .stringSet(let values): values.reduce(0) { $0 + $1.utf8.count }
        case .numberSet(let values): values.reduce(0) { $0 + $1.sizeBytes }
        case .binarySet(let values): values.reduce(0) { $0 + $1.count }
        case .unknown(let json): json.utf8.count
        }
    }
}

extension JSONNode {
    /// The size of the item that this object is in DynamoDB's typed JSON: the same as of an ``Item``, without its values.
    package var sizeOfItem: Int { members.reduce(0) { $0 + $1.sizeAsAttribute } }

    fileprivate var sizeOfAttribute: Int {
        // Most values are one of these, without escapes.
        if let text = plainTaggedText(UInt8(ascii: "S")) { return text.count }
        if let text = plainTaggedText(UInt8(ascii: "N")), let decimal = DecimalText(text) { return decimal.sizeBytes }
        guard let tagged = singleMember else { return jsonText.count }
        let content = tagged.value
        switch tagged.singleByteName {
        case UInt8(ascii: "S") where content.kind == .string: return content.textByteCount
        case UInt8(ascii: "N") where content.kind == .string: return content.sizeOfNumber
        case UInt8(ascii: "B") where content.kind == .string: return content.sizeOfBinary
        case UInt8(ascii: "L") where content.kind == .array:
            return content.elements.reduce(3) { $0 + 1 + $1.sizeOfAttribute }
        case UInt8(ascii: "M") where content.kind == .object:
            return content.members.reduce(3) { $0 + 1 + $1.name.textByteCount + $1.value.sizeOfAttribute }
        default: break
        }
        if tagged.isNamed("BOOL"), content.bool != nil { return 1 }
        if tagged.isNamed("NULL"), content.bool == true { return 1 }
        guard content.kind == .array else { return jsonText.count }
        if tagged.isNamed("SS") { return content.elements.reduce(0) { $0 + $1.textByteCount } }
        if tagged.isNamed("NS") { return content.elements.reduce(0) { $0 + $1.sizeOfNumber } }
        if tagged.isNamed("BS") { return content.elements.reduce(0) { $0 + $1.sizeOfBinary } }
        return jsonText.count
    }

    fileprivate var textByteCount: Int { textBytes?.count ?? jsonText.count }

    private var sizeOfNumber: Int {
        guard let text = textBytes, let decimal = DecimalText(text) else { return jsonText.count }
        return decimal.sizeBytes
    }

    /// Four digits of base64 are three bytes, except for the padding.
    private var sizeOfBinary: Int {
        guard let text = textBytes else { return jsonText.count }
        return max(0, text.count / 4 * 3 - text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count)
    }
}

extension JSONMember {
    /// The size of an attribute of an item, its name included.
    package var sizeAsAttribute: Int { name.textByteCount + value.sizeOfAttribute }
}

extension DecimalText {
    /// One byte, one more for every two significant digits, and one for a minus sign. Digits are paired from the point
    /// on, which is why 101 has two pairs and 1100 has one.
    fileprivate var sizeBytes: Int {
        guard digitCount > 0 else { return 1 }
        let pairs = ((scale + digitCount - 1) >> 1) - (scale >> 1) + 1
        return 1 + pairs + (isNegative ? 1 : 0)
    }
}

extension AttributeNumber {
    fileprivate var sizeBytes: Int { DecimalText(text.utf8)?.sizeBytes ?? 1 }
}
