// Classifies errors of AWS for the record that was being handled, and describes them for a log.

public import AWSServices
public import LambdaStreams

/// A log above debug level does not have AWS's words, which may quote an item.
extension AWSError: ContentFreeError {
    public var contentFreeDescription: String { descriptionWithoutMessage }
}

extension AWSError: ClassifiedFailure {
    /// The record's only where AWS refused what was asked for: an invalid request, or a condition that does not hold. Too
    /// many requests, a service or network that fails, missing credentials, permissions or tables are not its fault.
    public var failureKind: FailureKind {
        switch kind {
        case .conditionalCheckFailed: .record
        case .transactionCanceled(let reasons): reasons.allSatisfy(\.isPassing) ? .elsewhere : .record
        case .transport, .malformedReply, .credentials, .configuration, .cancelled: .elsewhere
        case .service(let code): isRefusal(code) ? .record : .elsewhere
        }
    }

    private func isRefusal(_ code: AWSErrorCode) -> Bool {
        guard !isThrottling, let status, (400..<500).contains(status), status != 401, status != 403 else {
            return false
        }
        return !Self.elsewhere.contains { code.rawValue.contains($0) }
    }
}

extension AWSError {
    /// What codes have in them that speak of credentials, permissions, limits or of something that is not there.
    fileprivate static let elsewhere = [
        "AccessDenied", "Token", "Credential", "UnrecognizedClient", "SignatureDoesNotMatch", "Throttl", "NotFound",
        "NoSuchBucket", "DoesNotExist", "NonExistent",
    ]
}

extension TransactionCancellationReason {
    /// Whether the same transaction may succeed another time.
    fileprivate var isPassing: Bool {
        ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"].contains(code)
    }
}
