// The lines of a compressed file, some at a time.

internal import GzipDecoding
internal import JSONScanning

/// Whole lines as they were decompressed.
struct LineChunk {
    /// Without the last line's end.
    let bytes: [UInt8]
    /// Where each line that is not empty begins.
    let starts: [Int]
    /// The number of the first line, from 1; empty lines are not counted.
    let firstLine: Int

    func line(_ index: Int) -> ArraySlice<UInt8> {
        let end = index + 1 < starts.count ? starts[index + 1] : bytes.count
        return bytes[starts[index]..<end]
    }
}

/// Reads a gzip file by lines, in bounded memory.
struct ExportLines: ~Copyable {
    private let source: ExportBytes
    private var decompressor = Decompressor(.gzip)
    private var input: ArraySlice<UInt8> = []
    private var output: [UInt8] = []
    /// Whether the decompressor stopped at its limit, and may have more of what it was given.
    private var hasMoreOutput = false
    private var hasAllInput = false
    private var isAtEnd = false
    private(set) var lineCount = 0

    /// What a chunk has at least, unless the file ends.
    private static let chunkSize = 512 << 10
    /// An item has up to 400 KB as DynamoDB counts it. Its JSON can be several times as long, but not so much.
    private static let longestLine = 16 << 20

    init(_ source: consuming ExportBytes) { self.source = source }

    /// - Returns: nil at the end of the file.
    mutating func next() async throws -> LineChunk? {
        guard !isAtEnd else { return nil }
        var searched = 0
        while true {
            while output.count < max(Self.chunkSize, searched + 1), !hasAllInput {
                try await decompress()
            }
            if hasAllInput {
                isAtEnd = true
                let bytes = output
                output = []
                return chunk(bytes)
            }
            if let end = output.lastIndex(of: UInt8(ascii: "\n")) {
                let bytes = Array(output[...end])
                output.removeFirst(end + 1)
                return chunk(bytes)
            }
            guard output.count <= Self.longestLine else { throw ExportLineError.tooLong(limit: Self.longestLine) }
            searched = output.count
        }
    }

    /// Decompresses up to a chunk more.
    private mutating func decompress() async throws {
        if input.isEmpty, !hasMoreOutput {
            guard let piece = try await source.next() else {
                hasAllInput = true
                try decompressor.finish()
                return
            }
            input = piece[...]
        }
        let before = output.count
        let used = try decompressor.append(input, limit: Self.chunkSize, to: &output)
        input = input.dropFirst(used)
        hasMoreOutput = output.count - before >= Self.chunkSize
    }

    private mutating func chunk(_ bytes: [UInt8]) -> LineChunk? {
        var starts: [Int] = []
        bytes.withUnsafeBufferPointer { buffer in
            var start = 0
            for position in 0...buffer.count where position == buffer.count || buffer[position] == UInt8(ascii: "\n") {
                // A line of Windows that holds nothing has its carriage return.
                let isEmpty = position == start || (position == start + 1 && buffer[start] == UInt8(ascii: "\r"))
                if !isEmpty { starts.append(start) }
                start = position + 1
            }
        }
        guard !starts.isEmpty else { return nil }
        defer { lineCount += starts.count }
        return LineChunk(bytes: bytes, starts: starts, firstLine: lineCount + 1)
    }
}

enum ExportLineError: Error, CustomStringConvertible {
    case tooLong(limit: Int)

    var description: String {
        switch self {
        case .tooLong(let limit): "it has a line of more than \(limit) bytes, and no item is that large"
        }
    }
}

extension LineChunk {
    /// The JSON value of each of these lines; nil where a line is none.
    ///
    /// The lines are scanned as one document, an array of them, which is several times as fast as one by one. That counts
    /// only if each element begins where a line does: otherwise two lines made one value, or one line two.
    func values(_ lines: Range<Int>) -> [JSONNode?] {
        var array: [UInt8] = []
        array.reserveCapacity(bytes.count * lines.count / max(1, starts.count) + 2)
        array.append(UInt8(ascii: "["))
        var offsets: [Int] = []
        offsets.reserveCapacity(lines.count)
        for index in lines {
            if !offsets.isEmpty { array.append(UInt8(ascii: ",")) }
            offsets.append(array.count)
            array += line(index)
        }
        array.append(UInt8(ascii: "]"))
        if let elements = (try? JSONDocument(array, limits: Self.limits))?.root.elements {
            var nodes: [JSONNode?] = []
            nodes.reserveCapacity(offsets.count)
            for element in elements {
                guard nodes.count < offsets.count, element.offset == offsets[nodes.count] else {
                    return oneByOne(lines)
                }
                nodes.append(element)
            }
            if nodes.count == offsets.count { return nodes }
        }
        return oneByOne(lines)
    }

    private func oneByOne(_ lines: Range<Int>) -> [JSONNode?] {
        lines.map { index in (try? JSONDocument(Array(line(index)), limits: Self.limits))?.root }
    }

    private static let limits = JSONLimits(maximumDepth: 128)
}
