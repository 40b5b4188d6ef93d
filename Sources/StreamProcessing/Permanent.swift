// An error that another delivery would not change.

public import LambdaFunctions

/// Says that a record will fail however often it is delivered: it goes straight to the poison sink, where there is one.
///
/// ```swift
/// guard order.total >= 0 else { throw Permanent(NegativeTotal()) }
/// ```
public struct Permanent: Error, CustomStringConvertible, ContentFreeError {
    /// What is wrong.
    public let underlying: any Error

    public init(_ underlying: any Error) {
        self.underlying = underlying
    }

    public var description: String { "permanent: \(underlying)" }
    public var contentFreeDescription: String { "permanent: \(underlying.contentFreeDescription)" }
}
