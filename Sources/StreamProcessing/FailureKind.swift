// Whose fault a failure is, which decides whether it counts.

public import DynamoDBStreamEvents
public import LambdaFunctions

/// Whose fault a failure is.
public enum FailureKind: Sendable, Hashable {
    /// The record's own fault, as far as is known: the delivery counts towards the dead-letter decision. Errors that do
    /// not say otherwise are of this kind.
    case record
    /// The record's own fault, and no other delivery heals it: the record goes to the dead letters at once. It is not
    /// retried in process.
    case permanent
    /// Somebody else's fault: a lease that another invocation holds, a store or a dead-letter sink that cannot be
    /// reached, a dependency that is down, time that ran out. The record comes again, and the delivery does not count.
    case elsewhere
}

/// An error that says whose fault it is.
///
/// ```swift
/// struct PaymentServiceDown: ClassifiedFailure {
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

/// Marks an error that every delivery of the record would cause: the record goes to the dead letters at once, if there
/// is a sink.
///
/// ```swift
/// guard order.total >= 0 else { throw Permanent(InvalidOrder()) }
/// ```
public struct Permanent: ClassifiedFailure, CustomStringConvertible, ContentFreeError {
    /// What is wrong.
    public let underlying: any Error

    /// Wraps an error that no further attempt will change.
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
