// IP addresses that share their first bits: `10.0.0.0/24`, `2001:db8::/32`.

struct AddressRange: Sendable {
    private let address: [UInt8]
    private let bits: Int

    init(_ text: [UInt8]) throws(FilterPatternError) {
        let parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, let address = Self.address(parts[0]),
            let bits = Int(String(decoding: parts[1], as: UTF8.self)), (0...address.count * 8).contains(bits)
        else { throw FilterPatternError("\"cidr\" takes an address, a slash and a number of bits") }
        self.address = address
        self.bits = bits
    }

    func contains(_ text: ArraySlice<UInt8>) -> Bool {
        guard let other = Self.address(text), other.count == address.count else { return false }
        let whole = bits / 8
        guard other.prefix(whole) == address.prefix(whole) else { return false }
        let rest = bits % 8
        guard rest > 0 else { return true }
        return (other[whole] ^ address[whole]) >> UInt8(8 - rest) == 0
    }

    private static func address(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        text.contains(UInt8(ascii: ":")) ? groups(text) : octets(text)
    }

    private static func octets(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let octets = parts.compactMap { part in
            part.count <= 3 && part.allSatisfy { $0 &- 0x30 < 10 } ? UInt8(String(decoding: part, as: UTF8.self)) : nil
        }
        return parts.count == 4 && octets.count == 4 ? octets : nil
    }

    /// Eight groups of four digits, or fewer with one `::` that stands for the rest.
    private static func groups(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let text = String(decoding: text, as: UTF8.self)
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        var sides: [[UInt8]] = []
        for half in halves {
            var side: [UInt8] = []
            for group in half.isEmpty ? [] : half.split(separator: ":", omittingEmptySubsequences: false) {
                guard group.count <= 4, group.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
                    let number = UInt16(group, radix: 16)
                else { return nil }
                side += [UInt8(number >> 8), UInt8(number & 0xFF)]
            }
            sides.append(side)
        }
        let known = sides.reduce(0) { $0 + $1.count }
        if halves.count == 1 { return known == 16 ? sides[0] : nil }
        guard known < 16 else { return nil }
        return sides[0] + [UInt8](repeating: 0, count: 16 - known) + sides[1]
    }
}
