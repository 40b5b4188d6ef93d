// Foundation's value types, recognized without linking Foundation.
//
// To name `Decimal` or `Data` here would put FoundationEssentials, 2.4 MB when zipped, into every static executable.
// So the types are looked up by name in whatever the program has linked: a model with a `Date` in it brings Foundation
// along itself, and only then is there anything to find. They are made through their own `Codable` conformances, from
// the archived forms that those expect.

import JSONScanning

/// One of Foundation's types that have a special mapping to attributes.
enum FoundationType {
    case date, data, uuid, url, decimal

    init?(_ type: Any.Type) {
        let types = FoundationTypes.linked
        switch ObjectIdentifier(type) {
        case types.date: self = .date
        case types.data: self = .data
        case types.uuid: self = .uuid
        case types.url: self = .url
        case types.decimal: self = .decimal
        default: return nil
        }
    }

    func decode<Value: Decodable>(
        _ type: Value.Type,
        at place: JSONNode.Place,
        form: AttributeForm,
        in session: DecodingSession
    ) throws -> Value {
        switch self {
        case .date:
            let seconds = try session.secondsSince2001(at: place, form: form)
            // Bound: the size is compared, and so are bytes of values that were made both ways.
            if FoundationLayout.knowsDate { return unsafeBitCast(seconds, to: type) }
            return try Value(from: ArchivedDecoder(.double(seconds)))
        case .data, .uuid, .url: return try decodeOther(type, at: place, form: form, in: session)
        case .decimal:
            let short = session.shortNumber(at: place, form: form).map { ArchivedDecimal($0) }
            guard let archived = try short ?? ArchivedDecimal(session.decimal(type, at: place, form: form)) else {
                let text = String(
                    decoding: AttributeContent(session.node(at: place), form: form).node.textBytes ?? [],
                    as: UTF8.self
                )
                throw session.corrupted("\(text) does not fit into Decimal", session.node(at: place))
            }
            // As above.
            if FoundationLayout.knowsDecimal { return unsafeBitCast(DecimalBytes(archived), to: type) }
            return try Value(from: ArchivedDecoder(.fields(archived.fields)))
        }
    }

    // Apart from the function above: one that has an optional of a generic type looks that type up at each call.
    @inline(never)
    private func decodeOther<Value: Decodable>(
        _ type: Value.Type,
        at place: JSONNode.Place,
        form: AttributeForm,
        in session: DecodingSession
    ) throws -> Value {
        if self == .data {
            let bytes = try session.bytes(at: place, form: form)
            // At once, for its own `init(from:)` asks for the bytes one by one.
            if let type = type as? any RangeReplaceableCollection<UInt8>.Type,
                let value = collection(type, of: bytes) as? Value
            {
                return value
            }
            return try Value(from: ArchivedDecoder(.list(bytes.map { .integer(Int($0)) })))
        }
        let text = try session.string(at: place, form: form)
        let (name, archived): (String, Archived) =
            self == .uuid ? ("UUID", .string(text)) : ("URL", .fields([("relative", .string(text))]))
        guard let value = try? Value(from: ArchivedDecoder(archived)) else {
            throw session.corrupted("expected a \(name), found \"\(text)\"", session.node(at: place))
        }
        return value
    }
}

private func collection<Bytes: RangeReplaceableCollection<UInt8>>(_ type: Bytes.Type, of bytes: [UInt8]) -> Bytes {
    Bytes(bytes)
}

/// The types that the program has linked.
struct FoundationTypes {
    static let linked = FoundationTypes()

    let typeOfDate: Any.Type?
    let typeOfDecimal: Any.Type?
    let date, data, uuid, url, decimal: ObjectIdentifier?

    private init() {
        #if canImport(Darwin)
        let module = "10Foundation"
        typeOfDecimal = _typeByName("So9NSDecimala")
        #else
        let module = "20FoundationEssentials"
        typeOfDecimal = _typeByName(module + "7DecimalV")
        #endif
        typeOfDate = _typeByName(module + "4DateV")
        data = Self.identifier(module + "4DataV")
        uuid = Self.identifier(module + "4UUIDV")
        url = Self.identifier(module + "3URLV")
        date = typeOfDate.map { ObjectIdentifier($0) }
        decimal = typeOfDecimal.map { ObjectIdentifier($0) }
    }

    private static func identifier(_ mangledName: String) -> ObjectIdentifier? {
        _typeByName(mangledName).map { ObjectIdentifier($0) }
    }
}

/// `Decimal` as it archives itself: a mantissa of 128 bits in eight words, and a power of ten.
struct ArchivedDecimal {
    let mantissa: UInt128
    let exponent: Int
    let isNegative: Bool

    init(mantissa: UInt128, exponent: Int, isNegative: Bool) {
        self.mantissa = mantissa
        self.exponent = exponent
        self.isNegative = isNegative
    }

    init(_ number: ShortDecimal) {
        let (digits, exponent) = number.normalized
        self.init(mantissa: UInt128(digits.magnitude), exponent: exponent, isNegative: digits < 0)
    }

    /// - Returns: nil for more digits than `Decimal` holds, or a power of ten beyond its -128...127.
    init?(_ decimal: DecimalText<ArraySlice<UInt8>>) {
        guard var mantissa: UInt128 = decimal.significantDigits() else { return nil }
        var exponent = decimal.scale
        while exponent > 127, !decimal.isZero {
            let (shifted, overflow) = mantissa.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            mantissa = shifted
            exponent -= 1
        }
        guard exponent >= -128 else { return nil }
        self.mantissa = mantissa
        self.exponent = exponent
        isNegative = decimal.isNegative && !decimal.isZero
    }

    var fields: [(name: String, value: Archived)] {
        let words = (0..<8).map { UInt16(truncatingIfNeeded: mantissa >> UInt128($0 * 16)) }
        let length = words.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        return [
            ("exponent", .integer(exponent)), ("length", .integer(length)), ("isNegative", .bool(isNegative)),
            ("isCompact", .bool(true)), ("mantissa", .list(words.map { .integer(Int($0)) })),
        ]
    }
}

extension DecimalText {
    /// The significant digits as one integer, nil when they do not fit.
    fileprivate func significantDigits() -> UInt128? {
        var value: UInt128 = 0
        for digit in digits {
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, overflowed) = shifted.addingReportingOverflow(UInt128(digit))
            guard !overflow, !overflowed else { return nil }
            value = next
        }
        return value
    }
}
