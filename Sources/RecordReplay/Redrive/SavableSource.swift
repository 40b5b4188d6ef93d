// Sources whose documents can be kept before their records are gone.

/// A source whose documents can be kept, with their records in them.
public protocol SavableSource: ReplaySource {
    /// The documents of a parcel that is not settled yet. Each can be redriven from a file, also when the stream no longer
    /// has its records; one whose records could not be read is unchanged.
    func documents(of parcel: ReplayParcel) async -> [[UInt8]]
}
