// One document of a parcel: the records that came of it, and what is left of it at the end.

internal import DynamoDBStreamEvents

/// A document and the records that it stands for.
struct RedriveUnit: Sendable {
    let document: FailureDocument
    /// Where it comes from, for people.
    let origin: String
    var records: [ReplayRecord]
    var losses: [ReplayLoss] = []
    var filteredCount = 0
    /// How many times the stream was read for it.
    var readCount = 0

    init(_ document: FailureDocument, _ origin: String, records: [ReplayRecord]) {
        self.document = document
        self.origin = origin
        self.records = records
    }

    /// What has to become of the document.
    enum Fate: Equatable {
        /// Everything it stands for is done: it can go.
        case done
        /// It stays as it is.
        case stays
        /// This takes its place: a document of the same form about what is left.
        case shrinks([UInt8])
    }

    /// - Parameters:
    ///   - remaining: the positions in ``records`` that are not done, ascending.
    ///   - discardsLost: whether a document goes though some of its records were lost.
    func fate(remaining: [Int], discardsLost: Bool) -> Fate {
        // Nobody knows all of what it stands for.
        if losses.contains(where: { $0.kind != .lost }) { return .stays }
        let loss = discardsLost ? nil : allLosses
        if remaining.isEmpty, loss == nil { return .done }
        if remaining.count == records.count { return .stays }
        guard let smaller = body(keeping: remaining, loss: loss) else { return .stays }
        return .shrinks(smaller)
    }

    /// What was lost, that an earlier redrive found included.
    private var allLosses: ReplayLoss? {
        guard let first = losses.first else { return nil }
        return losses.dropFirst().reduce(first) { all, loss in
            let count = all.count.flatMap { all in loss.count.map { all + $0 } }
            return ReplayLoss(.lost, count: count, reason: "\(all.reason) \(loss.reason)")
        }
    }

    /// The document, in what it was wrapped in, with nothing but these records; nil where it cannot be written so.
    private func body(keeping positions: [Int], loss: ReplayLoss?) -> [UInt8]? {
        let kept = positions.map { records[$0] }
        switch document.content {
        case .batch:
            let remainder = BatchRemainder(records: kept, ranges: runs(of: positions), loss: loss, origin: origin)
            return FailureMessage.document(document.bytes, with: remainder).map(document.envelope.wrap)
        case .records:
            return document.envelope.wrap(ReplayRecord.event(of: kept))
        case .deadLetter, .objects, .documents, .testNotification: return nil
        }
    }

    /// The document with its records in it, so that it can be redriven when the stream no longer has them.
    var savedDocument: [UInt8] {
        guard case .batch(let message) = document.content, message.payload == nil, !records.isEmpty else {
            return document.bytes
        }
        return FailureMessage.document(document.bytes, withPayloadOf: records, loss: allLosses) ?? document.bytes
    }

    /// Runs of records next to each other: what lies between two of them in the stream was not of this batch.
    private func runs(of positions: [Int]) -> [ClosedRange<SequenceNumber>] {
        var runs: [ClosedRange<SequenceNumber>] = []
        var last: Int?
        for position in positions {
            let number = records[position].sequenceNumber
            if let last, last + 1 == position, let run = runs.last, run.lowerBound <= number {
                runs[runs.count - 1] = run.lowerBound...number
            } else {
                runs.append(number...number)
            }
            last = position
        }
        return runs
    }
}
