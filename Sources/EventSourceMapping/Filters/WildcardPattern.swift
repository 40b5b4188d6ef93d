// Text with `*` in it, which stands for any text or none; `\*` and `\\` are a star and a backslash.

struct WildcardPattern: Sendable {
    /// The texts between the stars, the first and the last perhaps empty.
    private let pieces: [[UInt8]]
    private let isEmpty: Bool

    /// How many stars AWS takes depends on what stands between them, by a measure that is not published. Six have been
    /// seen to be refused, five not.
    private static let maximumStars = 5

    init(_ text: [UInt8]) throws(FilterPatternError) {
        var pieces: [[UInt8]] = [[]]
        var isAfterStar = false
        var index = 0
        while index < text.count {
            var byte = text[index]
            index += 1
            if byte == UInt8(ascii: "*") {
                guard !isAfterStar else { throw FilterPatternError("\"wildcard\" has two stars in a row") }
                pieces.append([])
                isAfterStar = true
                continue
            }
            if byte == UInt8(ascii: "\\") {
                guard index < text.count, text[index] == UInt8(ascii: "*") || text[index] == UInt8(ascii: "\\") else {
                    throw FilterPatternError("a backslash in \"wildcard\" stands before a star or a backslash")
                }
                byte = text[index]
                index += 1
            }
            pieces[pieces.count - 1].append(byte)
            isAfterStar = false
        }
        guard pieces.count - 1 <= Self.maximumStars else {
            throw FilterPatternError("\"wildcard\" is too complex: use fewer stars")
        }
        self.pieces = pieces
        isEmpty = text.isEmpty
    }

    func matches(_ text: ArraySlice<UInt8>) -> Bool {
        guard !isEmpty, let first = pieces.first, let last = pieces.last else { return false }
        guard pieces.count > 1 else { return text.elementsEqual(first) }
        guard text.starts(with: first), text.count >= first.count + last.count,
            text.suffix(last.count).elementsEqual(last)
        else { return false }
        var rest = text.dropFirst(first.count).dropLast(last.count)
        // Each piece as early as it comes leaves the most for the next one.
        for piece in pieces.dropFirst().dropLast() {
            guard let start = rest.firstOffset(of: piece) else { return false }
            rest = rest[(start + piece.count)...]
        }
        return true
    }
}

extension ArraySlice<UInt8> {
    fileprivate func firstOffset(of piece: [UInt8]) -> Int? {
        guard count >= piece.count else { return nil }
        return (startIndex...(endIndex - piece.count)).first { self[$0...].starts(with: piece) }
    }
}
