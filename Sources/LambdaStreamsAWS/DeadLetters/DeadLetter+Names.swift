// The names of dead letters in queues, topics and buckets.

internal import LambdaStreams

extension DeadLetter {
    /// `orders/2026-09-17/4421584500000000017450439091-c4ca4238a0b923820dcc509a6f75849b.json`
    var objectName: String {
        let made = record.creationTime.map { EpochTime(seconds: $0.millisecondsSinceEpoch / 1000) } ?? deadLetteredAt
        return "\(sourceName)/\(made.iso8601?.prefix(10) ?? "undated")/\(uniqueName).json"
    }

    /// The table, stream or queue: `orders`.
    var sourceName: String {
        let resource = record.identity?.sourceARN.split(separator: ":" as Character).last ?? ""
        // `table/orders/stream/2026-…`, `stream/clicks`, `jobs.fifo`: an ARN's date has colons in it.
        let arn = record.identity?.sourceARN ?? ""
        let parts = arn.split(separator: "/" as Character)
        let name = parts.count > 1 ? parts[1] : resource
        return name.isEmpty ? "unknown-source" : name.safeName
    }

    /// The sequence number or message id.
    var identifier: String { record.itemIdentifier ?? "unknown" }

    /// One for each record, the same for each of its deliveries.
    var uniqueName: String {
        guard let identity = record.identity else {
            // Nothing in the record says which it is; the time and the request do.
            return "\(deadLetteredAt.seconds).\(deadLetteredAt.nanoseconds)-\(invocation.requestID[...].safeName)"
        }
        let event = identity.eventID.map { "-" + $0[...].safeName } ?? ""
        return identity.itemIdentifier[...].safeName + event
    }
}

extension Substring {
    /// Characters that are at home in keys of S3 and ids of SQS; others become `-`.
    fileprivate var safeName: String {
        String(
            prefix(256).map { character in
                character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
                    ? character : "-"
            }
        )
    }
}
