// One call of an encoder: the strategies, and the writing of values that all containers share.

import JSONScanning

final class EncodingSession {
    let strategies: AttributeValueEncoder
    /// Whether the result becomes JSON without type tags.
    private let isPlain: Bool

    init(_ strategies: AttributeValueEncoder, isPlain: Bool = false) {
        self.strategies = strategies
        self.isPlain = isPlain
    }

    func encode<Value: Encodable>(_ value: Value, into slot: EncodingSlot, at path: [any CodingKey]) throws {
        if try encodeSpecially(value, into: slot, at: path) { return }
        try value.encode(to: AttributeEncoder(self, slot, path))
        // A type that writes nothing is an empty map, as it is everywhere else.
        if case .unset = slot.content { slot.content = .map([]) }
        let isSet = value is any StoredAsSet
        if isSet || (strategies.setEncodingStrategy == .sets && value is any AnySet) { try makeSet(slot, at: path) }
    }

    private func encodeSpecially<Value: Encodable>(
        _ value: Value,
        into slot: EncodingSlot,
        at path: [any CodingKey]
    ) throws -> Bool {
        switch value {
        case let value as String: slot.content = .value(.string(value))
        // Asked of the type and not of the value, for an empty array of anything casts to one of bytes.
        case let value as [UInt8] where Value.self == [UInt8].self: slot.content = .value(.binary(value))
        case let value as AttributeValue: slot.content = .value(isPlain ? value.markedForPlainJSON : value)
        case let value as Item: slot.content = .value(isPlain ? value.markedForPlainJSON : .map(value))
        case let value as AttributeNumber: slot.content = .value(.number(value))
        case let value as any AttributeValueConvertible: slot.content = .value(try value.attributeValue)
        default:
            guard let foundation = FoundationType(Value.self) else { return false }
            slot.content = .value(try foundation.encode(value, at: path, in: self))
        }
        return true
    }

    func number(_ value: Double, at path: [any CodingKey]) throws -> AttributeValue {
        guard let number = AttributeNumber(value) else {
            throw invalid(value, "DynamoDB has no number for \(value)", path)
        }
        return .number(number)
    }

    func number(_ value: Float, at path: [any CodingKey]) throws -> AttributeValue {
        guard value.isFinite else { throw invalid(value, "DynamoDB has no number for \(value)", path) }
        // The text of the Float itself: that of the nearest Double would have digits that it never had.
        return .number(AttributeNumber(checked: value.description))
    }

    func invalid(_ value: Any, _ reason: String, _ path: [any CodingKey]) -> EncodingError {
        .invalidValue(value, EncodingError.Context(codingPath: path, debugDescription: reason))
    }

    func name(for key: some CodingKey) -> String {
        switch strategies.keyEncodingStrategy {
        case .useDefaultKeys: key.stringValue
        case _ where String(describing: type(of: key)) == "_DictionaryCodingKey": key.stringValue
        case .convertToSnakeCase: key.stringValue.snakeCasedFromCamelCase
        case .custom(let convert): convert(key.stringValue)
        }
    }

    private func makeSet(_ slot: EncodingSlot, at path: [any CodingKey]) throws {
        guard case .list(let values)? = slot.resolved else { return }
        if values.isEmpty {
            slot.content = .omitted
            return
        }
        let strings = values.compactMap(\.string)
        let numbers = values.compactMap(\.number)
        let binaries = values.compactMap(\.binary)
        switch values.count {
        case strings.count: slot.content = .value(.stringSet(strings.sortedByBytes()))
        case numbers.count: slot.content = .value(.numberSet(numbers.sorted()))
        case binaries.count:
            slot.content = .value(.binarySet(binaries.sorted { $0.lexicographicallyPrecedes($1) }))
        default: throw invalid(values, "a set takes strings, numbers or binary data, and one of them alone", path)
        }
    }
}

/// Where a value goes. Containers hold slots, so a value may be written after its place was taken.
final class EncodingSlot {
    enum Content {
        case unset
        case value(AttributeValue)
        case list([EncodingSlot])
        case map([(name: String, slot: EncodingSlot)])
        /// An empty set, which DynamoDB does not have.
        case omitted
    }

    var content = Content.unset

    /// The value, nil when it is left out.
    var resolved: AttributeValue? {
        switch content {
        case .unset: .map([:])
        case .value(let value): value
        case .list(let slots): .list(slots.compactMap(\.resolved))
        case .map(let members):
            .map(Item(members.compactMap { member in member.slot.resolved.map { (member.name, $0) } }))
        case .omitted: nil
        }
    }

    func appendElement() -> EncodingSlot {
        let slot = EncodingSlot()
        if case .list(var slots) = content {
            content = .unset
            slots.append(slot)
            content = .list(slots)
        } else {
            content = .list([slot])
        }
        return slot
    }

    func appendMember(_ name: String) -> EncodingSlot {
        let slot = EncodingSlot()
        if case .map(var members) = content {
            content = .unset
            members.append((name, slot))
            content = .map(members)
        } else {
            content = .map([(name, slot)])
        }
        return slot
    }
}
