// Numbers: first the short ones, which most are, from their bytes; then any, by `DecimalText`.

public import JSONScanning

extension DecodingSession {
    func integer<Integer: FixedWidthInteger>(
        _ type: Integer.Type = Integer.self,
        at place: JSONNode.Place,
        form: AttributeForm
    ) throws -> Integer {
        if let number = shortNumber(at: place, form: form), number.fractionDigits == 0,
            let value = Integer(exactly: number.digits)
        {
            return value
        }
        let text = try numberText(Integer.self, "an integer", at: place, form: form)
        guard let decimal = DecimalText(text) else { throw notANumber(text, place) }
        guard let value = decimal.exactly(Integer.self) else {
            let found = String(decoding: text, as: UTF8.self)
            throw decimal.scale < 0
                ? corrupted("expected an integer, found \(found)", node(at: place))
                : corrupted("\(found) does not fit into \(Integer.self)", node(at: place))
        }
        return value
    }

    @usableFromInline
    func double(at place: JSONNode.Place, form: AttributeForm) throws -> Double {
        if let value = shortNumber(at: place, form: form)?.double { return value }
        return try floatingPoint(Double.self, at: place, form: form)
    }

    @usableFromInline
    func float(at place: JSONNode.Place, form: AttributeForm) throws -> Float {
        try floatingPoint(Float.self, at: place, form: form)
    }

    private func floatingPoint<Value: BinaryFloatingPoint & LosslessStringConvertible>(
        _ type: Value.Type,
        at place: JSONNode.Place,
        form: AttributeForm
    ) throws -> Value {
        let text = try numberText(type, "a number", at: place, form: form)
        guard DecimalText(text) != nil, let value = Value(String(decoding: text, as: UTF8.self)) else {
            throw notANumber(text, place)
        }
        guard value.isFinite else {
            throw corrupted("\(String(decoding: text, as: UTF8.self)) does not fit into \(type)", node(at: place))
        }
        return value
    }

    func decimal(
        _ type: Any.Type,
        at place: JSONNode.Place,
        form: AttributeForm
    ) throws -> DecimalText<ArraySlice<UInt8>> {
        let text = try numberText(type, "a number", at: place, form: form)
        guard let decimal = DecimalText(text) else { throw notANumber(text, place) }
        return decimal
    }

    func number(at place: JSONNode.Place, form: AttributeForm) throws -> AttributeNumber {
        let text = try numberText(AttributeNumber.self, "a number", at: place, form: form)
        guard DecimalText(text) != nil else { throw notANumber(text, place) }
        return AttributeNumber(checked: String(decoding: text, as: UTF8.self))
    }

    /// The number at a place when it is short.
    func shortNumber(at place: JSONNode.Place, form: AttributeForm) -> ShortDecimal? {
        switch form {
        case .tagged: document.withPlainTaggedText(at: place, tag: UInt8(ascii: "N")) { ShortDecimal($0) }
        case .inNumberSet: document.withText(of: place) { ShortDecimal($0) }
        case .plain: document.withNumber(at: place) { ShortDecimal($0) }
        case .map, .inStringSet, .inBinarySet: nil
        }
    }

    private func numberText(
        _ type: Any.Type,
        _ expected: String,
        at place: JSONNode.Place,
        form: AttributeForm
    ) throws -> ArraySlice<UInt8> {
        let node = node(at: place)
        if form == .tagged, let text = node.plainTaggedText(UInt8(ascii: "N")) { return text }
        let content = AttributeContent(node, form: form)
        // Keys of dictionaries and raw values aside, a number is never taken from an S: "007" is not 7.
        guard content.kind == .number, content.node.kind == (isPlain ? .number : .string),
            let text = content.node.textBytes
        else { throw mismatch(type, expected, node, form) }
        return text
    }

    private func notANumber(_ text: ArraySlice<UInt8>, _ place: JSONNode.Place) -> DecodingError {
        corrupted("\"\(String(decoding: text, as: UTF8.self))\" is not a number", node(at: place))
    }
}

/// A number of up to 18 digits without an exponent: `digits × 10^-fractionDigits`.
struct ShortDecimal {
    let digits: Int64
    let fractionDigits: Int

    /// - Returns: nil for anything longer or spelled otherwise, and for minus zero, which a `Double` tells from zero.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        // A sign, eighteen digits and a point. More digits are refused below, whatever they have overflowed to.
        guard text.count <= 20 else { return nil }
        let isNegative = text.first == UInt8(ascii: "-")
        var (digits, count) = (Int64(0), 0)
        var integerDigits: Int?
        for byte in text.dropFirst(isNegative ? 1 : 0) {
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10 {
                digits = digits &* 10 &+ Int64(digit)
                count &+= 1
            } else if byte == UInt8(ascii: "."), integerDigits == nil {
                integerDigits = count
            } else {
                return nil
            }
        }
        // Eighteen digits do not overflow 63 bits.
        guard 1...18 ~= count, !(isNegative && digits == 0) else { return nil }
        self.digits = isNegative ? -digits : digits
        fractionDigits = count &- (integerDigits ?? count)
    }

    /// The nearest `Double`, where one division says it: both numbers are exact then, and the quotient is rounded once.
    var double: Double? {
        guard digits.magnitude <= 1 << 53, fractionDigits < Self.powersOfTen.count else { return nil }
        return fractionDigits == 0 ? Double(digits) : Double(digits) / Self.powersOfTen[fractionDigits]
    }

    /// The powers of ten that a `Double` holds exactly.
    private static let powersOfTen: [Double] = (1...22).reduce(into: [1.0]) { powers, _ in
        powers.append((powers.last ?? 1) * 10)
    }

    /// The digits without zeros at the end, and the power of ten of the last one.
    var normalized: (digits: Int64, exponent: Int) {
        var (digits, exponent) = (digits, -fractionDigits)
        guard digits != 0 else { return (0, 0) }
        while case let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: 10), remainder == 0 {
            digits = quotient
            exponent += 1
        }
        return (digits, exponent)
    }
}
