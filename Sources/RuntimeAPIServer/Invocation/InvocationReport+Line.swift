// The creation of a report, and the line that Lambda prints.

internal import NIOCore

extension InvocationReport {
    init(_ invocation: ActiveInvocation, at time: NIODeadline, memorySize: Int, memoryUsed: Int?) {
        let duration = Duration.nanoseconds((time - (invocation.deliveredAt ?? time)).nanoseconds)
        self.duration = duration
        initializationDuration = invocation.initializationDuration
        restoreDuration = invocation.restoreDuration
        let preparation = (initializationDuration ?? .zero) + (restoreDuration ?? .zero)
        billedDuration = (duration + preparation).roundedUpToMilliseconds
        self.memorySize = memorySize
        maximumMemoryUsed = memoryUsed
        status =
            switch invocation.result {
            case _ where invocation.isOverdue: .timeout
            case .error?: .error
            default: .success
            }
    }

    /// The REPORT line ("View logs for Lambda functions"), without its newline.
    func line(_ invocation: ActiveInvocation) -> String {
        let used = maximumMemoryUsed.map { String(($0 + 1024 * 1024 - 1) / (1024 * 1024)) } ?? String(memorySize)
        var line = "REPORT RequestId: \(invocation.requestID)\tDuration: \(duration.millisecondsText) ms\t"
        line += "Billed Duration: \(billedDuration.wholeMilliseconds) ms\t"
        line += "Memory Size: \(memorySize) MB\tMax Memory Used: \(used) MB\t"
        if let initializationDuration { line += "Init Duration: \(initializationDuration.millisecondsText) ms\t" }
        if let restoreDuration { line += "Restore Duration: \(restoreDuration.millisecondsText) ms\t" }
        switch (status, invocation.result) {
        case (.timeout, _): line += "Status: timeout\t"
        case (_, .error(let error)?): line += "Status: error\tError Type: \(error.type)\t"
        default: break
        }
        return line
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
