// `Decimal` and `Date` made of their bytes, where the program's own Foundation agrees on what those are.
//
// Made through `Codable`, a `Decimal` costs some fifty calls: a container for its fields and one for its words. Its
// bytes are twenty. That they are what this file takes them for is tried when the first one is decoded: values of every
// part are made both ways, and one byte of difference sends all of them the long way.

import JSONScanning

enum FoundationLayout {
    /// Whether a `Date` is the seconds since 2001 as a `Double`.
    static let knowsDate = agrees(FoundationTypes.linked.typeOfDate, samples.map { ($0, $0) }) { Archived.double($0) }

    /// Whether a `Decimal` is laid out as ``DecimalBytes``.
    static let knowsDecimal = agrees(FoundationTypes.linked.typeOfDecimal, decimals.map { ($0, DecimalBytes($0)) }) {
        Archived.fields($0.fields)
    }

    private static let samples: [Double] = [0, -1.5, 7.25e8, .leastNonzeroMagnitude, .greatestFiniteMagnitude]

    private static let decimals: [ArchivedDecimal] = [
        ArchivedDecimal(mantissa: 0, exponent: 0, isNegative: false),
        ArchivedDecimal(mantissa: 1, exponent: -128, isNegative: true),
        ArchivedDecimal(mantissa: 0x0102_0304_0506, exponent: 127, isNegative: false),
        ArchivedDecimal(mantissa: 0x0908_0706_0504_0302_0102_0304_0506_0708, exponent: -2, isNegative: true),
        ArchivedDecimal(mantissa: .max, exponent: 3, isNegative: false),
    ]

    private static func agrees<Sample, Bytes: BitwiseCopyable>(
        _ type: Any.Type?,
        _ samples: [(Sample, Bytes)],
        _ archive: (Sample) -> Archived
    ) -> Bool {
        guard let type = type as? any Decodable.Type else { return false }
        return samples.allSatisfy { isMade(type, of: $1, like: archive($0)) }
    }

    private static func isMade<Value: Decodable, Bytes: BitwiseCopyable>(
        _ type: Value.Type,
        of bytes: Bytes,
        like archived: Archived
    ) -> Bool {
        guard hasLayout(type, of: Bytes.self), let value = try? Value(from: ArchivedDecoder(archived)) else {
            return false
        }
        return withUnsafeBytes(of: value) { made in
            withUnsafeBytes(of: bytes) { $0.elementsEqual(made) }
        }
    }

    /// Whether a value is as large as its bytes and holds no references.
    private static func hasLayout<Value, Bytes: BitwiseCopyable>(_ type: Value.Type, of bytes: Bytes.Type) -> Bool {
        _isPOD(type) && MemoryLayout<Value>.size == MemoryLayout<Bytes>.size
            && MemoryLayout<Value>.stride == MemoryLayout<Bytes>.stride
    }
}

/// `Decimal` in memory: exponent, flags, two bytes of nothing, eight words of mantissa with the lowest first.
struct DecimalBytes: BitwiseCopyable {
    private let exponent: Int8
    private let lengthAndFlags: UInt8
    private let reserved: UInt16 = 0
    private let words: (UInt16, UInt16, UInt16, UInt16, UInt16, UInt16, UInt16, UInt16)

    init(_ decimal: ArchivedDecimal) {
        let mantissa = decimal.mantissa
        func word(_ position: UInt128) -> UInt16 { UInt16(truncatingIfNeeded: mantissa >> (position * 16)) }
        words = (word(0), word(1), word(2), word(3), word(4), word(5), word(6), word(7))
        exponent = Int8(truncatingIfNeeded: decimal.exponent)
        let length = UInt8((128 - mantissa.leadingZeroBitCount + 15) / 16)
        #if canImport(Darwin)
        lengthAndFlags = length | (decimal.isNegative ? 0x10 : 0) | 0x20
        #else
        lengthAndFlags = length << 4 | (decimal.isNegative ? 0x08 : 0) | 0x04
        #endif
    }
}
