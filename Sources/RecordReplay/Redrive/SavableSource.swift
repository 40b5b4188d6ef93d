// Sources whose documents can be kept before their records are gone.

/// A source whose documents can be kept, with their records in them.
///
/// ```swift
/// func save(_ source: some SavableSource) async throws {
///     while let parcel = try await source.next() {
///         for document in await source.documents(of: parcel) { print(String(decoding: document, as: UTF8.self)) }
///         // A dry run changes nothing.
///         try await source.settle(parcel, ParcelOutcome(remaining: Array(parcel.records.indices), isDryRun: true))
///     }
///     await source.close()
/// }
/// ```
public protocol SavableSource: ReplaySource {
    /// The documents of a parcel that is not settled yet. Each can be redriven from a file, also when the stream no longer
    /// has its records; one whose records could not be read is unchanged.
    func documents(of parcel: ReplayParcel) async -> [[UInt8]]
}
