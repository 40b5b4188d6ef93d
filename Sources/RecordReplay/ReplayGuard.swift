// What keeps a replay from overwriting something newer.

/// Tells which records are stale: something newer has happened to their item.
///
/// ```swift
/// struct RestoredProjection: ReplayGuard {
///     /// When the table was copied into the projection.
///     let copyTime: EpochTime
///
///     func admit(_ records: [ReplayRecord]) -> [ReplayAdmission] {
///         records.map { record in
///             guard let time = record.streamRecord?.approximateCreationDateTime else {
///                 return .undecidable(reason: "the record has no creation time")
///             }
///             return time.seconds < copyTime.seconds ? .stale : .admitted
///         }
///     }
/// }
/// ```
///
/// A function that uses the last applied numbers (`.onlyNewer`) needs none: it skips such records by itself.
public protocol ReplayGuard: Sendable {
    /// - Returns: for each record, in their order, whether it may be handled.
    /// - Throws: when that cannot be found out now. The records are then not handled.
    func admit(_ records: [ReplayRecord]) async throws -> [ReplayAdmission]
}

/// Whether a record may be handled.
public enum ReplayAdmission: Hashable, Sendable {
    /// Nothing newer has happened to the item.
    case admitted
    /// Something newer has happened to the item; handling the record would undo it.
    case stale
    /// Nobody can tell for this record; it fails for this reason, and stays where it was.
    case undecidable(reason: String)
}
