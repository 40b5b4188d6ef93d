// Cuts a stream of bytes into JSON documents: lines, the elements of a list, or documents one behind the other.

internal import JSONScanning

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// One document of a file, not yet read.
struct DocumentPiece {
    let bytes: [UInt8]
    /// The line that it begins on, from 1.
    let line: Int
}

/// Cuts bytes into documents as they come, and keeps no more than one of them.
struct DocumentSplitter {
    /// What stands between documents.
    enum Layout: String {
        /// Each line is a document, so one that is malformed costs itself alone.
        case lines
        /// The documents themselves say where they end.
        case values
    }

    private let read: (_ byteCount: Int) throws(MessageFileError) -> [UInt8]
    private let maximumByteCount: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private(set) var layout: Layout?
    /// Whether the documents are elements of a list that is not closed yet.
    private(set) var isInList = false
    /// How many bytes the documents so far have, with what stands between them.
    private(set) var offset: Int
    /// The line that the next byte is on, from 1.
    private(set) var line: Int

    /// - Parameter read: gives the next bytes, none at the end.
    init(
        maximumByteCount: Int = FailureDocument.maximumByteCount,
        from place: Place = Place(),
        read: @escaping (_ byteCount: Int) throws(MessageFileError) -> [UInt8]
    ) {
        self.read = read
        self.maximumByteCount = maximumByteCount
        layout = place.layout
        isInList = place.isInList
        offset = place.offset
        line = place.line
    }

    /// Where a run ended, so that another one continues there.
    struct Place: Equatable {
        var offset = 0
        var line = 1
        var layout: Layout?
        var isInList = false
    }

    var place: Place { Place(offset: offset, line: line, layout: layout, isInList: isInList) }

    /// - Throws: ``MessageFileError`` for a document that is too large, a list that does not end, and what reading throws.
    mutating func next() throws(MessageFileError) -> DocumentPiece? {
        if offset == 0 { try skipByteOrderMark() }
        try skipSpace()
        if layout == nil { layout = try detectedLayout() }
        return layout == .lines ? try nextLine() : try nextValue()
    }

    /// Moves the place to where the next document begins, or to the end.
    mutating func moveToNext() throws(MessageFileError) { try skipSpace() }

    // MARK: Lines

    private mutating func nextLine() throws(MessageFileError) -> DocumentPiece? {
        try skipSpace()
        guard start < buffer.count else { return nil }
        let length = try lengthOfLine() ?? buffer.count - start
        var end = start + length
        while end > start, buffer[end - 1].isSpace { end -= 1 }
        let piece = DocumentPiece(bytes: Array(buffer[start..<end]), line: line)
        consume(length)
        return piece
    }

    /// How many bytes there are before the next line break; nil when there is none any more.
    private mutating func lengthOfLine() throws(MessageFileError) -> Int? {
        var searched = 0
        while true {
            if let length = buffer.firstLineBreak(from: start + searched).map({ $0 - start }) { return length }
            searched = buffer.count - start
            guard try fill() else { return nil }
        }
    }

    /// A first line that is a document, or is malformed within, is one of several lines; a list, or a document whose first
    /// line only begins it, is not.
    private mutating func detectedLayout() throws(MessageFileError) -> Layout? {
        guard start < buffer.count else { return nil }
        guard buffer[start] != UInt8(ascii: "[") else { return .values }
        let length = try lengthOfLine() ?? buffer.count - start
        do throws(JSONError) {
            _ = try JSONDocument(Array(buffer[start..<start + length]))
            return .lines
        } catch {
            if case .malformed(let offset, _) = error, offset < length { return .lines }
            return .values
        }
    }

    // MARK: Values

    private mutating func nextValue() throws(MessageFileError) -> DocumentPiece? {
        while true {
            try skipSpace()
            guard start < buffer.count else {
                guard !isInList else { throw .listDoesNotEnd(line: line) }
                return nil
            }
            switch buffer[start] {
            case UInt8(ascii: "[") where !isInList:
                isInList = true
                consume(1)
            case UInt8(ascii: "]") where isInList:
                isInList = false
                consume(1)
            case UInt8(ascii: ",") where isInList: consume(1)
            default:
                let length = try lengthOfValue()
                let piece = DocumentPiece(bytes: Array(buffer[start..<start + length]), line: line)
                consume(length)
                return piece
            }
        }
    }

    /// Up to the end of the value that begins here, of the text, or of the line within a string, where none may end.
    private mutating func lengthOfValue() throws(MessageFileError) -> Int {
        var extent = ValueExtent()
        var position = 0
        while true {
            if let length = extent.length(in: buffer, from: start, at: &position) { return length }
            guard try fill() else { return buffer.count - start }
        }
    }

    // MARK: Bytes

    private mutating func skipByteOrderMark() throws(MessageFileError) {
        while buffer.count < 3 { guard try fill() else { break } }
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { consume(3) }
    }

    private mutating func skipSpace() throws(MessageFileError) {
        while true {
            while start < buffer.count, buffer[start].isSpace { consume(1) }
            guard start == buffer.count, try fill() else { return }
        }
    }

    private mutating func consume(_ count: Int) {
        line += buffer.lineBreakCount(start..<start + count)
        start += count
        offset += count
    }

    /// - Returns: whether there was more.
    private mutating func fill() throws(MessageFileError) -> Bool {
        guard !isAtEnd else { return false }
        guard buffer.count - start <= maximumByteCount else {
            throw .documentTooLarge(line: line, limit: maximumByteCount)
        }
        if start > 0 {
            buffer.removeSubrange(..<start)
            start = 0
        }
        let piece = try read(1 << 20)
        isAtEnd = piece.isEmpty
        buffer += piece
        return !piece.isEmpty
    }
}

/// Finds where a value ends, a piece of the text after the other.
private struct ValueExtent {
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    /// - Parameter position: how far the value was looked at, from its start; moved on.
    /// - Returns: how many bytes the value has; nil when it goes on behind the buffer.
    mutating func length(in buffer: [UInt8], from start: Int, at position: inout Int) -> Int? {
        while start + position < buffer.count {
            let byte = buffer[start + position]
            position += 1
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                    if depth == 0 { return position }
                } else if byte == 0x0A {
                    return position - 1
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // A bracket that closes nothing ends what stands before it, or is refused by itself.
                if depth == 0 { return max(1, position - 1) }
                depth -= 1
                if depth == 0 { return position }
            case UInt8(ascii: ","), 0x20, 0x0A, 0x0D, 0x09:
                if depth == 0 { return max(1, position - 1) }
            default: break
            }
        }
        return nil
    }
}

extension UInt8 {
    fileprivate var isSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}

extension [UInt8] {
    /// The place of the first line break at `position` or behind it.
    fileprivate func firstLineBreak(from position: Int) -> Int? {
        withUnsafeBytes { bytes in
            // The position is at most the count, so the pointer stays within the array or right behind it.
            guard position < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + position, 0x0A, bytes.count - position)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    fileprivate func lineBreakCount(_ range: Range<Int>) -> Int {
        if range.count == 1 { return self[range.lowerBound] == 0x0A ? 1 : 0 }
        var count = 0
        var position = range.lowerBound
        while let found = firstLineBreak(from: position), found < range.upperBound {
            count += 1
            position = found + 1
        }
        return count
    }
}
