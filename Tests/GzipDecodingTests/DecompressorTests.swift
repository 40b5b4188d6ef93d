// gzip and DEFLATE, decompressed in pieces of every size, whole and damaged.

import CZlib
import GzipDecoding
import Testing

@Suite("Decompressor")
struct DecompressorTests {
    @Test("what was compressed comes back, whatever the sizes of the pieces", arguments: [1, 7, 100, 4_096, 1 << 20])
    func pieces(size: Int) throws {
        let text = sample(20_000)
        #expect(try decompressed(compress(text, gzip: true), pieces: size, limit: 100) == text)
    }

    @Test("several members behind each other are one file, with zeros behind the last")
    func members() throws {
        let (first, second) = (sample(1_000), sample(3_000))
        let file =
            try compress(first, gzip: true) + compress([], gzip: true) + compress(second, gzip: true) + [0, 0, 0]
        for size in [1, 13, 1 << 20] { #expect(try decompressed(file, pieces: size, limit: 100) == first + second) }
    }

    @Test("an empty member has no bytes")
    func emptyMember() throws {
        #expect(try decompressed(compress([], gzip: true), pieces: 5, limit: 10).isEmpty)
    }

    @Test("bare DEFLATE, as in a zip archive, ends where it ends")
    func deflate() throws {
        let text = sample(10_000)
        var decompressor = Decompressor(.deflate)
        var output: [UInt8] = []
        let file = try compress(text, gzip: false) + [1, 2, 3]
        let used = try decompressor.append(file[...], limit: 100_000, to: &output)
        #expect(output == text)
        #expect(used == file.count - 3)
    }

    @Test("a file that was cut off anywhere is truncated, never shorter without a word")
    func truncated() throws {
        let file = try compress(sample(5_000), gzip: true)
        for count in 1..<file.count {
            #expect(throws: DecompressionError.truncated(byteCount: UInt64(count))) {
                try decompressed(Array(file[..<count]), pieces: 512, limit: 1_000)
            }
        }
        #expect(throws: DecompressionError.empty) { try decompressed([], pieces: 1, limit: 1) }
    }

    @Test("a bit that flipped is found by the checksum at the latest")
    func damaged() throws {
        let text = sample(5_000)
        let file = try compress(text, gzip: true)
        // The first ten bytes hold a time and flags that no checksum covers.
        for position in stride(from: 10, to: file.count, by: 11) {
            var damaged = file
            damaged[position] ^= 0x10
            #expect(throws: DecompressionError.self) { try decompressed(damaged, pieces: 100, limit: 1_000) }
        }
    }

    @Test("what is no gzip file is called so")
    func notCompressed() {
        #expect(throws: DecompressionError.notCompressed) {
            try decompressed(Array("{\"Item\":{}}\n".utf8), pieces: 100, limit: 100)
        }
    }

    @Test("bytes of any kind are decompressed or refused", arguments: [Decompressor.Format.gzip, .deflate])
    func anyBytes(format: Decompressor.Format) {
        for seed in UInt8(0)...255 {
            var decompressor = Decompressor(format)
            var output: [UInt8] = []
            let bytes: [UInt8] = [seed] + (0..<UInt8(200)).map { seed &+ $0 &* 7 }
            _ = try? decompressor.append(bytes[...], limit: 20, to: &output)
            #expect(output.count <= 20)
        }
    }

    @Test("a small file that expands without end stops at the limit")
    func bomb() throws {
        let file = try compress([UInt8](repeating: 0x61, count: 20_000_000), gzip: true)
        var decompressor = Decompressor(.gzip)
        var output: [UInt8] = []
        let used = try decompressor.append(file[...], limit: 1_000, to: &output)
        #expect(output.count == 1_000)
        #expect(used < file.count)
    }
}

private func sample(_ count: Int) -> [UInt8] {
    var state: UInt32 = 1
    return (0..<count).map { index in
        state = state &* 1_664_525 &+ 1_013_904_223
        return index.isMultiple(of: 3) ? UInt8(state >> 24) : UInt8(ascii: "a")
    }
}

private func decompressed(_ file: [UInt8], pieces: Int, limit: Int) throws -> [UInt8] {
    var decompressor = Decompressor(.gzip)
    var output: [UInt8] = []
    var rest = file[...]
    while true {
        let piece = rest.prefix(pieces)
        let before = output.count
        let used = try decompressor.append(piece, limit: limit, to: &output)
        rest = rest.dropFirst(used)
        if rest.isEmpty, output.count - before < limit { break }
    }
    try decompressor.finish()
    return output
}

private func compress(_ bytes: [UInt8], gzip: Bool) throws -> [UInt8] {
    var stream = z_stream()
    try #require(czlib_deflate_init(&stream, 6, gzip ? 15 + 16 : -15) == Z_OK)
    defer { deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: bytes.count + 1_000)
    var input = bytes
    let count = input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            let code = deflate(&stream, Z_FINISH)
            return code == Z_STREAM_END ? output.count - Int(stream.avail_out) : 0
        }
    }
    try #require(count > 0)
    return Array(output[..<count])
}
