// The size of items as DynamoDB counts it, which is what `SizeBytes` of a record says.

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

extension AttributeNumber {
    /// One byte, one more for every two significant digits, and one for a minus sign. Digits are paired from the point
    /// on, which is why 101 has two pairs and 1100 has one.
    fileprivate var sizeBytes: Int {
        let (isNegative, digitCount, scale) = shape
        guard digitCount > 0 else { return 1 }
        let pairs = ((scale + digitCount - 1) >> 1) - (scale >> 1) + 1
        return 1 + pairs + (isNegative ? 1 : 0)
    }
}
