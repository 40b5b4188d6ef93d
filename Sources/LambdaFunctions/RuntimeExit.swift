// The reasons for ending the process, and the exit status.

/// The ends of a run that the Runtime API's contract asks for.
enum RuntimeExit: Error, CustomStringConvertible {
    case notInLambda
    case unusableEndpoint(String, reason: String)
    case initializationFailed(ErrorReport)
    case beforeSnapshotFailed(ErrorReport)
    case restoreFailed(ErrorReport)
    case restoreRefused(String)
    case runtimeAPIUnreachable(attempts: Int, reason: String)
    case runtimeAPIUnrecoverable(during: String, status: Int)
    case noThread

    /// 64 and 65 tell a failure before a snapshot and after a restore, as the platform's own runtimes do.
    var status: Int32 {
        switch self {
        case .beforeSnapshotFailed: 64
        case .restoreFailed, .restoreRefused: 65
        default: 1
        }
    }

    var description: String {
        switch self {
        case .notInLambda:
            """
            AWS_LAMBDA_RUNTIME_API is not set, so there is no Lambda Runtime API to serve. To run this function here, \
            use `lambda-streams invoke -- \(CommandLine.arguments.first ?? "FUNCTION")`. To deploy it, make it the `bootstrap` of a \
            provided.al2023 function.
            """
        case .unusableEndpoint(let value, let reason):
            "AWS_LAMBDA_RUNTIME_API is \"\(value)\", which cannot be used: \(reason). Expected host:port."
        case .initializationFailed(let report):
            "initialization failed and was reported to Lambda: \(report.errorType): \(report.errorMessage)"
        case .beforeSnapshotFailed(let report):
            "a hook before the snapshot failed and was reported to Lambda: \(report.errorType): \(report.errorMessage)"
        case .restoreFailed(let report):
            "a hook after the restore failed and was reported to Lambda: \(report.errorType): \(report.errorMessage)"
        case .restoreRefused(let reason):
            "the platform announced a snapshot and then refused /restore/next: \(reason)"
        case .runtimeAPIUnreachable(let attempts, let reason):
            "the Runtime API could not be used in \(attempts) attempts, giving up: \(reason)"
        case .runtimeAPIUnrecoverable(let operation, let status):
            "the Runtime API replied to \(operation) with \(status), which it calls not recoverable; exiting as it asks"
        case .noThread:
            "the system has no thread to serve invocations on"
        }
    }
}
