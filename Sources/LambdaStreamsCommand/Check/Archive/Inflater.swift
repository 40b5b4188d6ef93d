// The beginning of what was compressed by DEFLATE (RFC 1951).

struct Inflater {
    private let bytes: [UInt8]
    private var position = 0
    private var bit = 0
    private var output: [UInt8] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Returns: so many bytes, or fewer where there are no more; nil for what is not compressed so.
    mutating func start(count: Int) -> [UInt8]? {
        while output.count < count {
            guard let isLast = bits(1), let kind = bits(2) else { return nil }
            let isWell: Bool? =
                switch kind {
                case 0: stored(count)
                case 1: compressed(Self.fixedLiterals, Self.fixedDistances, count)
                case 2: dynamic(count)
                default: nil
                }
            guard isWell == true else { return nil }
            if isLast == 1 { break }
        }
        return Array(output.prefix(count))
    }

    // MARK: Blocks

    private mutating func stored(_ count: Int) -> Bool? {
        if bit > 0 {
            bit = 0
            position += 1
        }
        guard let length = bits(16), bits(16) != nil else { return nil }
        for _ in 0..<length where output.count < count {
            guard let byte = bits(8) else { return nil }
            output.append(UInt8(byte))
        }
        return true
    }

    private mutating func dynamic(_ count: Int) -> Bool? {
        guard let literals = bits(5), let distances = bits(5), let lengths = bits(4) else { return nil }
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        var codeLengths = [Int](repeating: 0, count: 19)
        for place in order.prefix(lengths + 4) {
            guard let length = bits(3) else { return nil }
            codeLengths[place] = length
        }
        let codes = HuffmanCode(codeLengths)
        let total = literals + 257 + distances + 1
        var all: [Int] = []
        while all.count < total {
            guard let symbol = symbol(codes) else { return nil }
            switch symbol {
            case 0...15: all.append(symbol)
            case 16:
                guard let last = all.last, let repeats = bits(2) else { return nil }
                all += [Int](repeating: last, count: repeats + 3)
            case 17:
                guard let repeats = bits(3) else { return nil }
                all += [Int](repeating: 0, count: repeats + 3)
            default:
                guard let repeats = bits(7) else { return nil }
                all += [Int](repeating: 0, count: repeats + 11)
            }
        }
        guard all.count == total else { return nil }
        return compressed(
            HuffmanCode(Array(all.prefix(literals + 257))),
            HuffmanCode(Array(all.suffix(distances + 1))),
            count
        )
    }

    private mutating func compressed(_ literals: HuffmanCode, _ distances: HuffmanCode, _ count: Int) -> Bool? {
        while output.count < count {
            guard let symbol = symbol(literals) else { return nil }
            if symbol < 256 {
                output.append(UInt8(symbol))
                continue
            }
            if symbol == 256 { return true }
            guard symbol <= 285, let extra = bits(Self.lengthBits[symbol - 257]), let code = self.symbol(distances),
                code < 30,
                let more = bits(Self.distanceBits[code])
            else { return nil }
            let distance = Self.distanceBases[code] + more
            guard distance <= output.count else { return nil }
            for _ in 0..<(Self.lengthBases[symbol - 257] + extra) { output.append(output[output.count - distance]) }
        }
        return true
    }

    // MARK: Bits

    private mutating func bits(_ count: Int) -> Int? {
        var value = 0
        for place in 0..<count {
            guard position < bytes.count else { return nil }
            value |= Int(bytes[position] >> UInt8(bit) & 1) << place
            bit += 1
            if bit == 8 {
                bit = 0
                position += 1
            }
        }
        return value
    }

    private mutating func symbol(_ code: HuffmanCode) -> Int? {
        var value = 0
        var first = 0
        var index = 0
        for length in 1...15 {
            guard let next = bits(1) else { return nil }
            value |= next
            let count = code.counts[length]
            if value - first < count { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        return nil
    }

    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145,
        8193, 12289, 16385, 24577,
    ]
    private static let distanceBits = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]
    private static let fixedLiterals = HuffmanCode(
        [Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112) + [Int](repeating: 7, count: 24)
            + [Int](repeating: 8, count: 8)
    )
    private static let fixedDistances = HuffmanCode([Int](repeating: 5, count: 30))
}

/// A code by how many symbols have which length, and the symbols in order of their codes.
private struct HuffmanCode {
    var counts = [Int](repeating: 0, count: 16)
    var symbols: [Int] = []

    init(_ lengths: [Int]) {
        for length in 1...15 {
            let own = lengths.indices.filter { lengths[$0] == length }
            counts[length] = own.count
            symbols += own
        }
    }
}
