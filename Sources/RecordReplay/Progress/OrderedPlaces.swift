// Parcels that were given out in order and come to their ends in any: how far everything is done.

/// The parcels of one segment, file or shard.
package struct OrderedPlaces: Sendable {
    private struct Entry: Sendable {
        let parcelID: Int
        let place: ProgressFile.Place
        var isDone = false
    }

    /// In the order in which they were given out; those before the first are done.
    private var entries: [Entry] = []
    private var doneCount = 0

    package init() {}

    /// Takes note of a parcel that was given out.
    ///
    /// - Parameter place: how far everything is done once this parcel and all before it are.
    package mutating func add(_ parcelID: Int, until place: ProgressFile.Place) {
        entries.append(Entry(parcelID: parcelID, place: place))
    }

    /// Takes note of a parcel's end. One that is not complete, because records of it were not tried, stays, and keeps the
    /// place before it.
    ///
    /// - Returns: the new place; nil when it has not moved.
    package mutating func settle(_ parcelID: Int, isComplete: Bool) -> ProgressFile.Place? {
        guard isComplete, let position = position(of: parcelID) else { return nil }
        entries[position].isDone = true
        var place: ProgressFile.Place?
        while doneCount < entries.count, entries[doneCount].isDone {
            place = entries[doneCount].place
            doneCount += 1
        }
        // Removing from the front moves the rest, so it is done now and then.
        if doneCount >= 64, doneCount * 2 >= entries.count {
            entries.removeFirst(doneCount)
            doneCount = 0
        }
        return place
    }

    /// Ids grow, so a binary search finds them.
    private func position(of parcelID: Int) -> Int? {
        var low = doneCount
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].parcelID < parcelID { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].parcelID == parcelID ? low : nil
    }
}
