// The header lines of one response, kept as the bytes they arrived in and looked through without copies.
//
// This runs for every response, a dozen lines each: what looks at bytes is libc's where it has it.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The header block of an HTTP response.
///
/// Names are compared without regard to ASCII case, as RFC 9110 section 5.1 demands.
public struct ResponseHeaders: Sendable {
    private var bytes: [UInt8] = []
    private var lineEnds: [Int] = []
    /// Whether the empty line that ends the block has come. libcurl reports a block cut short as a success.
    package private(set) var isComplete = false

    /// A block above this size, in bytes, is not one a well-behaved server sends; the transfer ends.
    package static let maximumSize = 256 * 1024

    package init() {}

    /// Forgets the lines but keeps their memory for the next response.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        lineEnds.removeAll(keepingCapacity: true)
        isComplete = false
    }

    /// Takes one raw line as libcurl hands it over, line break included. False: the block has grown too large.
    package mutating func append(line: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count + line.count <= Self.maximumSize else { return false }
        bytes.append(contentsOf: line)
        lineEnds.append(bytes.count)
        isComplete = line.last == 0x0A && (line.count == 1 || line.count == 2 && line.first == 0x0D)
        return true
    }

    /// Calls `body` with the name and the trimmed value of every header, in the order they arrived.
    ///
    /// The buffers are valid only during the call. Lines without a colon are ignored.
    public func forEach(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void) {
        bytes.withUnsafeBufferPointer { all in
            var start = 0
            for end in lineEnds {
                defer { start = end }
                guard let colon = all.position(of: UInt8(ascii: ":"), from: start, to: end) else { continue }
                let value = trimmed(all, from: colon + 1, to: end)
                body(UnsafeBufferPointer(rebasing: all[start..<colon]), UnsafeBufferPointer(rebasing: all[value]))
            }
        }
    }

    /// The value of the first header called `name`, nil when there is none.
    public subscript(name: StaticString) -> String? {
        var found: String?
        forEach { candidate, value in
            guard found == nil, candidate.isHeader(name) else { return }
            found = String(decoding: value, as: UTF8.self)
        }
        return found
    }

    private func trimmed(_ all: UnsafeBufferPointer<UInt8>, from lower: Int, to upper: Int) -> Range<Int> {
        var lower = lower
        var upper = upper
        while lower < upper, all[lower].isHeaderSpace { lower += 1 }
        while upper > lower, all[upper - 1].isHeaderSpace { upper -= 1 }
        return lower..<upper
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether these bytes spell the header name `name`, which must be ASCII.
    public func isHeader(_ name: StaticString) -> Bool {
        guard count == name.utf8CodeUnitCount, let baseAddress else { return false }
        return name.withUTF8Buffer { other in
            guard let spelling = other.baseAddress else { return true }
            // As it is documented, which is how it comes.
            if memcmp(baseAddress, spelling, count) == 0 { return true }
            return indices.allSatisfy { self[$0].asciiLowercased == other[$0].asciiLowercased }
        }
    }

    /// Both bounds must be within these bytes, in this order.
    fileprivate func position(of byte: UInt8, from lower: Int, to upper: Int) -> Int? {
        guard let baseAddress, let found = memchr(baseAddress + lower, Int32(byte), upper - lower) else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(baseAddress)
    }
}

extension UInt8 {
    fileprivate var isHeaderSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }
    fileprivate var asciiLowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
