// The errors of applying changes in order.

public import DynamoDBStreamEvents

/// The reason why a change was not applied, or was applied and cannot be reported as done.
///
/// A record that fails with one of these comes again, and is then skipped or applied.
public enum LastAppliedError: Error, Sendable {
    /// The key is longer than the store takes, in bytes of UTF-8 and with its prefix.
    case keyTooLong(byteCount: Int, limit: Int)
    /// The record has no sequence number or no keys.
    case missingKey
    /// Another call is applying a change of the same item. `leaseEnd` is in milliseconds since 1970.
    case inProgress(key: String, number: SequenceNumber, leaseEnd: Int64?)
    /// The effect ran, but its claim had ended and another call had claimed the item. What that call writes stays.
    case claimLost(key: String, number: SequenceNumber)
    /// The effect ran without a claim, and a later change, or the same one, was applied in the meantime by another call.
    case overtaken(key: String, number: SequenceNumber, applied: SequenceNumber?)
    /// The store failed.
    case store(step: LastAppliedStep?, key: String, underlying: any Error)
}

extension LastAppliedError: CustomStringConvertible {
    public var description: String { description(naming: { " \($0)" }, underlying: { "\($0)" }) }

    /// The description, with the key and the store's error as they may be said.
    package func description(naming name: (String) -> String, underlying: (any Error) -> String) -> String {
        switch self {
        case .keyTooLong(let byteCount, let limit):
            "the key of the last applied number has \(byteCount) bytes with its prefix and the store takes \(limit); use a digest of it"
        case .missingKey:
            "the record has no sequence number or no keys, so its change cannot be ordered"
        case .inProgress(let key, let number, let leaseEnd):
            """
            change \(number) of the item\(name(key)) is being applied elsewhere\
            \(leaseEnd.map { ", until \($0.iso8601) at the latest" } ?? ""); try again later
            """
        case .claimLost(let key, let number):
            """
            the claim on the item\(name(key)) ended before its change \(number) was applied, and was taken over; make the \
            margin longer
            """
        case .overtaken(let key, let number, let applied):
            """
            while change \(number) of the item\(name(key)) was applied, \(applied.map { "\($0)" } ?? "another") was too; \
            the guarantee .atLeastOnceExclusively keeps that from happening
            """
        case .store(nil, let key, let error):
            "the last applied number of the item\(name(key)) could not be read, nothing was applied: \(underlying(error))"
        case .store(.claim, let key, let error), .store(.release, let key, let error),
            .store(.retreat, let key, let error):
            "the last applied number of the item\(name(key)) could not be written, nothing was applied: \(underlying(error))"
        case .store(.advance, let key, let error), .store(.complete, let key, let error):
            "the last applied number of the item\(name(key)) could not be written, whether or not its change was applied: \(underlying(error))"
        }
    }
}
