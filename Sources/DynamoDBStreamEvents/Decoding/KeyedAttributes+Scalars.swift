// The keyed container's scalars. Each is written out, for what is generic here would be generic at run time too.

import JSONScanning

extension KeyedAttributes {
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try session.bool(at: find(key), form: form) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try session.string(at: find(key), form: form) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try session.double(at: find(key), form: form) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try session.float(at: find(key), form: form) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try session.integer(at: find(key), form: form) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try session.integer(at: find(key), form: form) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try session.integer(at: find(key), form: form) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try session.integer(at: find(key), form: form) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try session.integer(at: find(key), form: form) }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 {
        try session.integer(at: find(key), form: form)
    }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try session.integer(at: find(key), form: form) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try session.integer(at: find(key), form: form) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
        try session.integer(at: find(key), form: form)
    }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
        try session.integer(at: find(key), form: form)
    }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
        try session.integer(at: find(key), form: form)
    }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 {
        try session.integer(at: find(key), form: form)
    }

    // One search for each, where the standard library's own would make three.

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try present(key).map { try session.bool(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try present(key).map { try session.string(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try present(key).map { try session.double(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
        try present(key).map { try session.float(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: Int128.Type, forKey key: Key) throws -> Int128? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
    func decodeIfPresent(_ type: UInt128.Type, forKey key: Key) throws -> UInt128? {
        try present(key).map { try session.integer(at: $0, form: form) }
    }
}
