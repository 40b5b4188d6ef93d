// A parcel of several documents, and which of its records belong to which.

/// What a source remembers of a parcel until it is settled.
struct RedrivenParcel: Sendable {
    private(set) var units: [RedriveUnit] = []
    /// Why a document could not be read, besides what the units say.
    var refusals: [ReplayLoss] = []

    mutating func add(_ outcome: FailureRecovery.Outcome) {
        switch outcome {
        case .unit(let unit): units.append(unit)
        case .refused(let loss): refusals.append(loss)
        }
    }

    /// The documents, complete. What was refused is not among them.
    var savedDocuments: [[UInt8]] { units.map(\.savedDocument) }

    func parcel(id: Int, origin: String) -> ReplayParcel {
        ReplayParcel(
            id: id,
            origin: origin,
            records: units.count == 1 ? units[0].records : units.flatMap(\.records),
            losses: units.flatMap(\.losses) + refusals,
            filteredCount: units.reduce(0) { $0 + $1.filteredCount }
        )
    }

    /// What has to become of each document.
    ///
    /// - Parameter remaining: positions in all records of the parcel, ascending.
    func fates(remaining: [Int], discardsLost: Bool) -> [RedriveUnit.Fate] {
        var rest = remaining[...]
        var start = 0
        return units.map { unit in
            let end = start + unit.records.count
            let own = rest.prefix { $0 < end }
            rest = rest.dropFirst(own.count)
            defer { start = end }
            return unit.fate(remaining: own.map { $0 - start }, discardsLost: discardsLost)
        }
    }
}

extension ReplayLoss {
    /// A document that was not understood.
    static func refused(_ origin: String, _ error: FailureMessageError) -> ReplayLoss {
        ReplayLoss(.refused, count: nil, reason: "\(origin): \(error). It stays where it is.")
    }

    static func missing(_ place: ObjectPlace) -> ReplayLoss {
        ReplayLoss(
            .unknown,
            count: nil,
            reason:
                "The object \(place) is not there: it was deleted, or it has expired. Delete the notification if so."
        )
    }
}
