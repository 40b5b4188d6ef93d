// Whose fault a failure is, which decides what it counts for.

public import DynamoDBStreamEvents
public import LambdaFunctions

/// Whose fault a failure is.
public enum FailureKind: Sendable, Hashable {
    /// The record's, as far as anybody knows: the delivery counts towards the dead-letter decision. Errors that say nothing
    /// else are of this kind.
    case record
    /// The record's, and no other delivery heals it: the record goes to the dead letters at once. Not retried in process.
    case permanent
    /// Somebody else's: a lease that another invocation holds, a store or a dead-letter sink that cannot be reached, a
    /// dependency that is down, time that ran out. The record comes again and the delivery never counts.
    case elsewhere
}

/// An error that says whose fault it is.
///
/// ```swift
/// extension PaymentServiceDown: ClassifiedFailure {
///     var failureKind: FailureKind { .elsewhere }
/// }
/// ```
public protocol ClassifiedFailure: Error {
    var failureKind: FailureKind { get }
}

extension FailureKind {
    /// The kind of `error` in the running task.
    init(of error: any Error) {
        switch error {
        case let error as any ClassifiedFailure: self = error.failureKind
        case is CancellationError: self = .elsewhere
        case let error as DeadlineCancellationError: self = FailureKind(of: error.underlying)
        default: self = .record
        }
    }
}

/// Says that a record fails however often it is delivered: it goes straight to the dead letters, where there are some.
///
/// ```swift
/// guard order.total >= 0 else { throw Permanent(NegativeTotal()) }
/// ```
public struct Permanent: ClassifiedFailure, CustomStringConvertible, ContentFreeError {
    /// What is wrong.
    public let underlying: any Error

    public init(_ underlying: any Error) {
        self.underlying = underlying
    }

    public var failureKind: FailureKind { .permanent }
    public var description: String { "permanent: \(underlying)" }
    public var contentFreeDescription: String { "permanent: \(underlying.contentFreeDescription)" }
}

/// A record that cannot be decoded does not heal by being delivered again.
extension StreamRecordError: ClassifiedFailure {
    public var failureKind: FailureKind { .permanent }
}
