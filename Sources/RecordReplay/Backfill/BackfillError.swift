// Why a backfill cannot begin or go on.

/// Why a backfill cannot begin or continue. Its description says what to do.
///
/// ```swift
/// do {
///     print(try await BackfillSurvey(of: "orders").table.itemCount)
/// } catch BackfillError.noStream(let table) {
///     print("Turn on the stream of \(table) first")
/// }
/// ```
public enum BackfillError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `DescribeTable` failed.
    case tableCannotBeDescribed(table: String, reason: String)
    /// The table has no stream, so what is written during the backfill would be missed.
    case noStream(table: String)
    /// A page of the table could not be read, repetitions included.
    case tableCannotBeRead(table: String, reason: String)

    public var description: String {
        switch self {
        case .tableCannotBeDescribed(let table, let reason): "The table \(table) cannot be looked at: \(reason)."
        case .noStream(let table):
            "The table \(table) has no stream, so no function reads its changes, and what is written during a backfill would be "
                + "missed. Turn it on and create the mapping first: aws dynamodb update-table --table-name \(table) "
                + "--stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES"
        case .tableCannotBeRead(let table, let reason):
            "The table \(table) cannot be read: \(reason). What was done is in the progress file, if there is one; run the "
                + "same command again to go on."
        }
    }
}
