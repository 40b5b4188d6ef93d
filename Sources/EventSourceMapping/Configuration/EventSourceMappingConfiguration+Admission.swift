// What AWS checks before it creates a mapping, in the order in which it does: single values first, then how they go
// together.

extension EventSourceMappingConfiguration {
    /// Refuses what AWS refuses.
    ///
    /// What only AWS can know (whether the stream exists, whether the function's role may read it) is not checked.
    public func validate() throws(AdmissionError) {
        try validateNames()
        try validateRanges()
        try validateCombinations()
        _ = try FilterCriteria(patterns: filterPatterns)
    }

    /// The API compares each with a pattern, which its message repeats; these messages say what is expected instead.
    private func validateNames() throws(AdmissionError) {
        if ResourceARN(eventSourceARN)?.isTableStream != true {
            let isTable = eventSourceARN.contains(":table/") && !eventSourceARN.contains("/stream/")
            throw AdmissionError(
                .validation,
                "The event source \(eventSourceARN) is not the ARN of a DynamoDB stream, "
                    + "arn:partition:dynamodb:region:account:table/name/stream/label"
                    + (isTable ? ": it is the table's own." : "."),
                isVerbatim: false
            )
        }
        if !Self.isFunctionName(functionName) {
            throw AdmissionError(
                .validation,
                "The function \(functionName) is neither a function's name nor its ARN, "
                    + "arn:partition:lambda:region:account:function:name.",
                isVerbatim: false
            )
        }
        if let destination = onFailureDestination, let form = expectedForm(of: destination) {
            throw AdmissionError(
                .validation,
                "The on-failure destination \(destination) is not the ARN of \(form).",
                isVerbatim: false
            )
        }
    }

    /// What an ARN of that service should be; nil where it is that, and for other services.
    private func expectedForm(of destination: String) -> String? {
        let arn = ResourceARN(destination)
        switch destinationKind {
        case .queue where arn?.isQueue != true:
            return "a queue, arn:partition:sqs:region:account:name with an account of 12 digits"
        case .topic where arn?.isTopic != true:
            return "a topic, arn:partition:sns:region:account:name with an account of 12 digits"
        case .bucket where arn?.isBucket != true: return "a bucket, arn:partition:s3:::name"
        default: return nil
        }
    }

    /// Several values out of range are reported together, as the API does.
    private func validateRanges() throws(AdmissionError) {
        var problems: [String] = []
        func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) {
            if value < range.lowerBound {
                problems.append(
                    "Value '\(value)' at '\(name)' failed to satisfy constraint: "
                        + "Member must have value greater than or equal to \(range.lowerBound)"
                )
            } else if value > range.upperBound {
                problems.append(
                    "Value '\(value)' at '\(name)' failed to satisfy constraint: "
                        + "Member must have value less than or equal to \(range.upperBound)"
                )
            }
        }
        check(batchSize, "batchSize", 1...10_000)
        check(maximumBatchingWindowInSeconds, "maximumBatchingWindowInSeconds", 0...300)
        check(parallelizationFactor, "parallelizationFactor", 1...10)
        check(maximumRetryAttempts, "maximumRetryAttempts", -1...10_000)
        check(maximumRecordAgeInSeconds, "maximumRecordAgeInSeconds", -1...604_800)
        check(tumblingWindowInSeconds, "tumblingWindowInSeconds", 0...900)
        for (index, pattern) in filterPatterns.enumerated() where pattern.unicodeScalars.count > 4_096 {
            problems.append(
                "Value at 'filterCriteria.filters.\(index + 1).member.pattern' failed to satisfy constraint: "
                    + "Member must have length less than or equal to 4096"
            )
        }
        guard !problems.isEmpty else { return }
        throw .validation(problems)
    }

    private func validateCombinations() throws(AdmissionError) {
        if (0..<60).contains(maximumRecordAgeInSeconds) {
            throw AdmissionError(
                .invalidParameterValue,
                "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)"
            )
        }
        if tumblingWindowInSeconds > 0, parallelizationFactor > 1 {
            throw AdmissionError(
                .invalidParameterValue,
                "Parallelization factor must be equal to 1 when tumbling window period is configured"
            )
        }
        if tumblingWindowInSeconds > 0, !filterPatterns.isEmpty {
            throw AdmissionError(
                .invalidParameterValue,
                "Tumbling window period should be zero when FilterCriteria is configured"
            )
        }
        if let destination = onFailureDestination, destinationKind == nil || destination.hasSuffix(".fifo") {
            throw AdmissionError(
                .invalidParameterValue,
                "The on-failure destination \(destination) is not the ARN of a standard SQS queue, a standard SNS topic or "
                    + "an S3 bucket: a stream's mapping takes nothing else.",
                isVerbatim: false
            )
        }
    }

    /// Refuses a second mapping of the same stream to the same function. Two aliases of a function are different ones.
    ///
    /// - Parameter existing: the existing mappings, by their UUIDs.
    public func validate(beside existing: [String: EventSourceMappingConfiguration]) throws(AdmissionError) {
        try validate()
        let twins = existing.filter {
            $0.value.eventSourceARN == eventSourceARN && $0.value.functionName == functionName
        }
        guard let identifier = twins.keys.min() else { return }
        throw AdmissionError(
            .resourceConflict,
            "The event source arn (\" \(eventSourceARN) \") and function (\" \(functionName) \") provided mapping "
                + "already exists. Please update or delete the existing mapping with UUID \(identifier)"
        )
    }
}

extension AdmissionError {
    static func validation(_ problems: [String]) -> AdmissionError {
        let count = problems.count == 1 ? "1 validation error" : "\(problems.count) validation errors"
        return AdmissionError(.validation, "\(count) detected: \(problems.joined(separator: "; "))")
    }
}
