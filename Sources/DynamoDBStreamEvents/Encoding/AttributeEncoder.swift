// The `Encoder` that a model's `encode(to:)` gets, and its containers.

struct AttributeEncoder: Encoder {
    let session: EncodingSession
    let slot: EncodingSlot
    let codingPath: [any CodingKey]

    init(_ session: EncodingSession, _ slot: EncodingSlot, _ path: [any CodingKey]) {
        self.session = session
        self.slot = slot
        codingPath = path
    }

    var userInfo: [CodingUserInfoKey: Any] { session.strategies.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedAttributeWriter(session, slot, codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { UnkeyedAttributeWriter(session, slot, codingPath) }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension AttributeEncoder: SingleValueEncodingContainer {
    private func set(_ value: AttributeValue) { slot.content = .value(value) }
    private func set(integer: some FixedWidthInteger) { set(.number(AttributeNumber(integer))) }

    func encodeNil() { set(.null) }
    func encode(_ value: Bool) { set(.bool(value)) }
    func encode(_ value: String) { set(.string(value)) }
    func encode(_ value: Double) throws { set(try session.number(value, at: codingPath)) }
    func encode(_ value: Float) throws { set(try session.number(value, at: codingPath)) }
    func encode(_ value: Int) { set(integer: value) }
    func encode(_ value: Int8) { set(integer: value) }
    func encode(_ value: Int16) { set(integer: value) }
    func encode(_ value: Int32) { set(integer: value) }
    func encode(_ value: Int64) { set(integer: value) }
    func encode(_ value: Int128) { set(integer: value) }
    func encode(_ value: UInt) { set(integer: value) }
    func encode(_ value: UInt8) { set(integer: value) }
    func encode(_ value: UInt16) { set(integer: value) }
    func encode(_ value: UInt32) { set(integer: value) }
    func encode(_ value: UInt64) { set(integer: value) }
    func encode(_ value: UInt128) { set(integer: value) }
    func encode<Value: Encodable>(_ value: Value) throws { try session.encode(value, into: slot, at: codingPath) }
}

private struct KeyedAttributeWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let session: EncodingSession
    let slot: EncodingSlot
    let codingPath: [any CodingKey]

    init(_ session: EncodingSession, _ slot: EncodingSlot, _ path: [any CodingKey]) {
        self.session = session
        self.slot = slot
        codingPath = path
        // A second container of the same type goes on where the first one ended.
        guard case .map = slot.content else {
            slot.content = .map([])
            return
        }
    }

    private func member(_ key: some CodingKey) -> AttributeEncoder {
        AttributeEncoder(session, slot.appendMember(session.name(for: key)), codingPath + [key])
    }

    func encodeNil(forKey key: Key) { member(key).encodeNil() }
    func encode(_ value: Bool, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: String, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: Double, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Float, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: Int8, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: Int16, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: Int32, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: Int64, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: Int128, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: UInt, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: UInt8, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: UInt16, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: UInt32, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: UInt64, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: UInt128, forKey key: Key) { member(key).encode(value) }
    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { try member(key).encode(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { member(key).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { member(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { member(PathStep(stringValue: "super")) }
    func superEncoder(forKey key: Key) -> any Encoder { member(key) }
}

private struct UnkeyedAttributeWriter: UnkeyedEncodingContainer {
    let session: EncodingSession
    let slot: EncodingSlot
    let codingPath: [any CodingKey]

    init(_ session: EncodingSession, _ slot: EncodingSlot, _ path: [any CodingKey]) {
        self.session = session
        self.slot = slot
        codingPath = path
        guard case .list = slot.content else {
            slot.content = .list([])
            return
        }
    }

    var count: Int { if case .list(let slots) = slot.content { slots.count } else { 0 } }

    private func element() -> AttributeEncoder {
        let step = PathStep(intValue: count)
        return AttributeEncoder(session, slot.appendElement(), codingPath + [step])
    }

    func encodeNil() { element().encodeNil() }
    func encode(_ value: Bool) { element().encode(value) }
    func encode(_ value: String) { element().encode(value) }
    func encode(_ value: Double) throws { try element().encode(value) }
    func encode(_ value: Float) throws { try element().encode(value) }
    func encode(_ value: Int) { element().encode(value) }
    func encode(_ value: Int8) { element().encode(value) }
    func encode(_ value: Int16) { element().encode(value) }
    func encode(_ value: Int32) { element().encode(value) }
    func encode(_ value: Int64) { element().encode(value) }
    func encode(_ value: Int128) { element().encode(value) }
    func encode(_ value: UInt) { element().encode(value) }
    func encode(_ value: UInt8) { element().encode(value) }
    func encode(_ value: UInt16) { element().encode(value) }
    func encode(_ value: UInt32) { element().encode(value) }
    func encode(_ value: UInt64) { element().encode(value) }
    func encode(_ value: UInt128) { element().encode(value) }
    func encode<Value: Encodable>(_ value: Value) throws { try element().encode(value) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        element().container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { element().unkeyedContainer() }
    func superEncoder() -> any Encoder { element() }
}
