// Whether an update may be carried out twice, as its expression says.

/// An update expression ("Using update expressions in DynamoDB" in the Amazon DynamoDB Developer Guide).
struct UpdateExpression {
    private let text: String

    init(_ text: String) { self.text = text }

    /// Whether the update has the same result if it is carried out twice.
    ///
    /// Names and values are placeholders or plain identifiers, so the signs and words below can only be operators. A
    /// value that is copied from another attribute may differ the second time, because that attribute may have been
    /// replaced by the same update.
    var isIdempotent: Bool {
        guard !text.utf8.contains(where: { "+-[".utf8.contains($0) }) else { return false }
        var (isSet, isValue, depth) = (false, false, 0)
        var target = ""
        for word in words {
            switch word.lowercased() {
            case "add": return false
            case "set": (isSet, isValue) = (true, false)
            case "remove", "delete": isSet = false
            case _ where !isSet: break
            case "=": isValue = true
            case ",": if depth == 0 { isValue = false }
            case "(": depth += 1
            case ")": depth -= 1
            case _ where !isValue: target = word
            // `a = if_not_exists(a, :a)` changes nothing the second time.
            default: guard word.hasPrefix(":") || word == target || word == "if_not_exists" else { return false }
            }
        }
        return true
    }

    /// Identifiers, placeholders and paths; every other character is a token.
    private var words: [String] {
        var words: [String] = []
        var word = ""
        for character in text {
            if character.isLetter || character.isNumber || "_#:.".contains(character) {
                word.append(character)
                continue
            }
            if !word.isEmpty { words.append(word) }
            word = ""
            if !character.isWhitespace { words.append(String(character)) }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
