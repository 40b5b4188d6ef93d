// Splits a message into blocks for MD5 and SHA-256, and writes a digest.

enum DigestByteOrder { case littleEndian, bigEndian }

extension [UInt8] {
    /// Calls `body` with each block of sixteen words: the message, one bit, zeros, and the message's length in bits.
    func forEachDigestBlock(order: DigestByteOrder, _ body: ([UInt32]) -> Void) {
        var ending = [UInt8](suffix(count % 64))
        ending.append(0x80)
        while ending.count % 64 != 56 { ending.append(0) }
        let bits = UInt64(truncatingIfNeeded: count) &<< 3
        for position in 0..<UInt64(8) {
            let shift = order == .littleEndian ? 8 * position : 56 - 8 * position
            ending.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
        for start in stride(from: 0, to: count - count % 64, by: 64) {
            body(self[start..<start + 64].digestWords(order: order))
        }
        for start in stride(from: 0, to: ending.count, by: 64) {
            body(ending[start..<start + 64].digestWords(order: order))
        }
    }

    /// Lower-case hexadecimal digits.
    package var hexadecimal: String {
        let digits = [UInt8]("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0x0F)]] }, as: UTF8.self)
    }
}

extension ArraySlice<UInt8> {
    fileprivate func digestWords(order: DigestByteOrder) -> [UInt32] {
        stride(from: startIndex, to: endIndex, by: 4).map { start in
            let bytes = self[start..<start + 4]
            return order == .bigEndian
                ? bytes.reduce(0) { $0 << 8 | UInt32($1) } : bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}
