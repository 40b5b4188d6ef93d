// Names in snake case and in camel case.

extension String {
    /// `created_at` as `createdAt`; underscores at either end stay.
    var camelCasedFromSnakeCase: String {
        let leading = prefix { $0 == "_" }
        let trailing = Substring(String(dropFirst(leading.count).reversed())).prefix { $0 == "_" }
        let words = dropFirst(leading.count).dropLast(trailing.count).split(separator: "_")
        guard words.count > 1, let first = words.first else { return self }
        let rest = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }
        return leading + first.lowercased() + rest.joined() + trailing
    }

    /// `createdAt` as `created_at`, `someURLPart` as `some_url_part`.
    var snakeCasedFromCamelCase: String {
        var snake = ""
        let characters = Array(self)
        for (position, character) in characters.enumerated() {
            let startsWord = position > 0 && character.isUppercase && characters[position - 1] != "_"
            let followsLower = position > 0 && !characters[position - 1].isUppercase
            let precedesLower = position + 1 < characters.count && characters[position + 1].isLowercase
            if startsWord && (followsLower || precedesLower) { snake += "_" }
            snake += character.lowercased()
        }
        return snake
    }
}
