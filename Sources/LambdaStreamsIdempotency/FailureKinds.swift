// Classifies errors of idempotency for the record, and describes them for a log.

public import Idempotency
public import LambdaFunctions
public import StreamProcessing

extension IdempotencyError: ClassifiedFailure {
    /// Another call's, the store's or the settings' fault, except for a record whose key or payload no delivery can
    /// heal.
    public var failureKind: FailureKind {
        switch self {
        case .keyTooLong, .payloadMismatch: .permanent
        case .missingKey: .record
        case .alreadyInProgress, .inconsistentState, .unknownStatus, .leaseLost, .resultNotStored, .unreadableResult,
            .store, .unreadableSwitch:
            .elsewhere
        }
    }
}

extension IdempotencyError: ContentFreeError {
    /// Without the key, which may be somebody's order number, and with no more of the store's error than it says itself.
    public var contentFreeDescription: String {
        description(naming: { _ in "" }, underlying: { $0.contentFreeDescription })
    }
}

extension LastAppliedError: ClassifiedFailure {
    /// Another call's or the store's fault, except for a record whose key no delivery can heal.
    public var failureKind: FailureKind {
        switch self {
        case .keyTooLong, .missingKey: .permanent
        case .inProgress, .claimLost, .overtaken, .store: .elsewhere
        }
    }
}

extension LastAppliedError: ContentFreeError {
    /// Without the key, which may be somebody's order number, and with no more of the store's error than it says itself.
    public var contentFreeDescription: String {
        description(naming: { _ in "" }, underlying: { $0.contentFreeDescription })
    }
}

extension StoredFailure: ContentFreeError {
    public var contentFreeDescription: String { description }
}
