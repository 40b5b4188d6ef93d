// What was compressed by gzip or DEFLATE, decompressed piece by piece with zlib.

internal import CZlib

/// Decompresses a stream of bytes as they come, in bounded memory.
///
/// gzip (RFC 1952) allows several members behind each other, which are one file: `cat a.gz b.gz`. zlib checks the CRC and
/// the length at the end of each member.
package struct Decompressor: ~Copyable {
    package enum Format: Sendable {
        case gzip
        /// RFC 1951 alone, as the files of a zip archive are.
        case deflate
    }

    private let format: Format
    private let stream: UnsafeMutablePointer<z_stream>
    private let initialCode: Int32
    /// What zlib writes to, a piece at a time, before it is appended to the caller's bytes: an array cannot grow by bytes that
    /// nobody has set, and setting them first costs more than this copy, which stays in the processor's cache.
    private let piece: UnsafeMutableBufferPointer<UInt8>
    /// Whether the bytes so far end with a whole member.
    private var isAtEnd = false
    private var memberCount = 0
    private var byteCount: UInt64 = 0

    package init(_ format: Format) {
        self.format = format
        // zlib keeps a pointer to the stream in its own state, so the stream must not move.
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        piece = .allocate(capacity: Self.pieceSize)
        initialCode = czlib_inflate_init(stream, format == .gzip ? 15 + 16 : -15)
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
        piece.deallocate()
    }

    /// Decompresses the next bytes.
    ///
    /// - Parameters:
    ///   - input: the compressed bytes that follow those before.
    ///   - limit: how many bytes to append at most. What a few bytes expand to has no bound of its own.
    ///   - output: receives the decompressed bytes.
    /// - Returns: how many bytes of the input were used. Fewer than all means that `limit` is reached: call again with
    ///   the rest.
    package mutating func append(
        _ input: ArraySlice<UInt8>,
        limit: Int,
        to output: inout [UInt8]
    ) throws(DecompressionError) -> Int {
        guard initialCode == Z_OK else { throw .noMemory }
        var used = 0
        var room = max(0, limit)
        while room > 0 {
            if isAtEnd {
                guard used < input.count else { break }
                // Zeros behind the last member are padding, as of tapes and disk blocks; gzip itself ignores them.
                guard format == .gzip else { break }
                if input[input.startIndex + used] == 0 {
                    used += 1
                    continue
                }
                guard inflateReset(stream) == Z_OK else { throw .noMemory }
                isAtEnd = false
            }
            let rest = input[(input.startIndex + used)...].prefix(Self.inputSize)
            let step = inflateOnce(rest, into: UnsafeMutableBufferPointer(rebasing: piece.prefix(room)))
            // zlib has initialized that many bytes, no more than the buffer has.
            output.append(contentsOf: UnsafeBufferPointer(rebasing: piece.prefix(step.produced)))
            used += step.used
            room -= step.produced
            byteCount += UInt64(step.used)
            switch step.code {
            case Z_STREAM_END:
                isAtEnd = true
                memberCount += 1
            // More of the input is needed, or more room.
            case Z_OK, Z_BUF_ERROR: if step.used == 0, step.produced == 0 { return used }
            case Z_MEM_ERROR: throw .noMemory
            default: throw corruption
            }
        }
        return used
    }

    /// Checks that the input so far is complete.
    package func finish() throws(DecompressionError) {
        guard isAtEnd else { throw byteCount == 0 ? .empty : .truncated(byteCount: byteCount) }
    }

    private static let pieceSize = 64 * 1024
    private static let inputSize = 256 * 1024

    private func inflateOnce(
        _ input: ArraySlice<UInt8>,
        into output: UnsafeMutableBufferPointer<UInt8>
    ) -> (code: Int32, used: Int, produced: Int) {
        input.withUnsafeBufferPointer { bytes in
            // zlib does not write to its input. Without input the pointer is not read.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
            stream.pointee.avail_in = UInt32(bytes.count)
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            let code = inflate(stream, Z_NO_FLUSH)
            return (code, bytes.count - Int(stream.pointee.avail_in), output.count - Int(stream.pointee.avail_out))
        }
    }

    private var corruption: DecompressionError {
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "the data make no sense"
        return memberCount == 0 && stream.pointee.total_out == 0 && reason == "incorrect header check"
            ? .notCompressed : .corrupt(byteCount: byteCount, reason: reason)
    }
}

/// Why bytes could not be decompressed.
package enum DecompressionError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    /// The bytes do not begin as gzip does.
    case notCompressed
    /// The input ends before a member does.
    case truncated(byteCount: UInt64)
    /// About where, in compressed bytes, and zlib's words.
    case corrupt(byteCount: UInt64, reason: String)
    case noMemory

    package var description: String {
        switch self {
        case .empty: "it is empty, which no gzip file is"
        case .notCompressed: "it does not begin as a gzip file does"
        case .truncated(let count): "it ends in the middle, after \(count) compressed bytes: the copy is not complete"
        case .corrupt(let count, let reason): "it is damaged at about byte \(count): \(reason)"
        case .noMemory: "there is not enough memory to decompress it"
        }
    }
}
