// RFC 8259 written down as plainly as it can be: the verdict that the scanner has to agree with.

struct ReferenceValidator {
    private var rest: ArraySlice<UInt8>
    private let maximumDepth: Int

    static func accepts(_ bytes: [UInt8], maximumDepth: Int = 128) -> Bool {
        // Text that is not UTF-8 does not survive being read as UTF-8.
        guard Array(String(decoding: bytes, as: UTF8.self).utf8) == bytes else { return false }
        var validator = ReferenceValidator(rest: bytes[...], maximumDepth: maximumDepth)
        validator.whitespace()
        guard validator.value(depth: 0) else { return false }
        validator.whitespace()
        return validator.rest.isEmpty
    }

    private mutating func value(depth: Int) -> Bool {
        switch rest.first {
        case UInt8(ascii: "{"): return depth < maximumDepth && object(depth: depth + 1)
        case UInt8(ascii: "["): return depth < maximumDepth && array(depth: depth + 1)
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return take("true")
        case UInt8(ascii: "f"): return take("false")
        case UInt8(ascii: "n"): return take("null")
        default: return number()
        }
    }

    private mutating func object(depth: Int) -> Bool {
        guard take("{") else { return false }
        whitespace()
        if take("}") { return true }
        repeat {
            whitespace()
            guard string() else { return false }
            whitespace()
            guard take(":") else { return false }
            whitespace()
            guard value(depth: depth) else { return false }
            whitespace()
        } while take(",")
        return take("}")
    }

    private mutating func array(depth: Int) -> Bool {
        guard take("[") else { return false }
        whitespace()
        if take("]") { return true }
        repeat {
            whitespace()
            guard value(depth: depth) else { return false }
            whitespace()
        } while take(",")
        return take("]")
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"):
                guard let escape = rest.popFirst() else { return false }
                if escape == UInt8(ascii: "u") {
                    guard rest.count >= 4, rest.prefix(4).allSatisfy(isHexadecimal) else { return false }
                    rest = rest.dropFirst(4)
                } else if !"\"\\/bfnrt".utf8.contains(escape) {
                    return false
                }
            case 0..<0x20: return false
            default: break
            }
        }
        return false
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") { guard digits() else { return false } }
        if take(".") { guard digits() else { return false } }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() else { return false }
        }
        return true
    }

    private mutating func digits() -> Bool {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        rest = rest.dropFirst(digits.count)
        return !digits.isEmpty
    }

    private mutating func whitespace() {
        rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    private func isHexadecimal(_ byte: UInt8) -> Bool {
        "0123456789abcdefABCDEF".utf8.contains(byte)
    }
}
