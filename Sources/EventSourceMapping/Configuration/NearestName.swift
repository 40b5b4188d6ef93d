// Finds the known name that a misspelled one most likely means.

package enum NearestName {
    /// - Returns: the known name that differs by case alone, by at most two letters, or by more at its end; nil where
    ///   none does.
    package static func of(_ name: String, among known: [String]) -> String? {
        if let same = known.first(where: { $0.lowercased() == name.lowercased() }) { return same }
        if let longer = known.first(where: { $0.count >= 4 && name.hasPrefix($0) }) { return longer }
        let distances = known.map { (name: $0, distance: distance(Array(name.utf8.prefix(64)), Array($0.utf8))) }
        guard let nearest = distances.min(by: { $0.distance < $1.distance }), nearest.distance <= 2 else { return nil }
        return nearest.name
    }

    /// How many letters have to be changed, added or removed (Levenshtein).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let change = diagonal + (letter == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
