// What the settings make of a batch that fails: who pays for one bad record, for how long, and what is left of it.

extension MappingFacts {
    /// "Handling errors with a DynamoDB event source" of the AWS Lambda Developer Guide has the rules behind these.
    var failureAdvice: [Advice] {
        [
            failureReport, unlimitedRetries, noRetries, wholeBatchDiscarded, noDestination, bodilessDestination,
            ageBeyondRetention,
        ].compactMap { $0 }
    }

    private var failureReport: Advice? {
        guard !reportsFailures else { return nil }
        return .warning(
            "no-failure-report",
            "The mapping ignores the list of failed records.",
            because:
                "Whatever the function answers, Lambda takes the batch for handled: a record that it reports as failed "
                + "is lost without a trace. A function that throws instead has its whole batch delivered again.",
            fix: "FunctionResponseTypes: [ReportBatchItemFailures]"
        )
    }

    private var unlimitedRetries: Advice? {
        guard retriesUntilExpiry else { return nil }
        let batch = batchSize > 1 && !bisects ? "its whole batch" : "it"
        return .warning(
            "unlimited-retries",
            "A record that always fails blocks its shard for a day.",
            because:
                "Without a limit Lambda retries \(batch) until the stream drops it after 24 hours. Everything behind it "
                + "in the shard waits meanwhile, and records that came soon after it expire unseen.",
            fix: (bisects ? "" : "BisectBatchOnFunctionError: true, ")
                + "MaximumRetryAttempts: 5 and MaximumRecordAgeInSeconds: 21600"
        )
    }

    private var noRetries: Advice? {
        guard maximumRetryAttempts == 0 else { return nil }
        return .warning(
            "no-retries",
            "A failure that would pass discards records at once.",
            because:
                "MaximumRetryAttempts is 0: a timeout, or a service that is down for a second, uses up the only try.",
            fix: "MaximumRetryAttempts: 3 or more"
        )
    }

    private var wholeBatchDiscarded: Advice? {
        guard !bisects, batchSize > 1, !retriesUntilExpiry else { return nil }
        let cause =
            reportsFailures ? "a crash, a timeout, or two failures in a row of the same first record" : "one bad record"
        return .warning(
            "no-bisect",
            "Up to \(batchSize) records are discarded for one.",
            because:
                "After the last retry Lambda gives up everything that is left of the batch: \(cause) takes the healthy "
                + "records behind it along. Halving costs no retries and ends with the bad record alone.",
            fix: "BisectBatchOnFunctionError: true"
        )
    }

    private var noDestination: Advice? {
        guard destination == nil else { return nil }
        return .warning(
            "no-destination",
            "Records that are given up leave no trace.",
            because: "Lambda moves on without telling anyone which records it skipped.",
            fix: "DestinationConfig: {OnFailure: {Type: S3, Destination: !GetAtt FailedBatches.Arn}}"
        )
    }

    private var bodilessDestination: Advice? {
        guard let service = destinationService, service == "sqs" || service == "sns" else { return nil }
        let name = service.uppercased()
        return .warning(
            "destination-keeps-no-body",
            "What \(name) is sent says where the records were, not what was in them.",
            because:
                "The message has sequence numbers. The records can be read from the stream for 24 hours; after that "
                + "they are gone. A bucket is sent the whole event.",
            fix: "an S3 bucket as the destination; or keep whole records before Lambda gives them up, as "
                + "capturingPoison(after:to:) does; or read the queue within the day"
        )
    }

    private var ageBeyondRetention: Advice? {
        guard maximumRecordAge > 86400 else { return nil }
        return .warning(
            "age-beyond-retention",
            "The limit on age is never reached.",
            because:
                "DynamoDB keeps a stream's records for 24 hours: after 86400 s they are gone without a message to the "
                + "destination, whatever MaximumRecordAgeInSeconds says.",
            fix: "MaximumRecordAgeInSeconds: 82800 or less, so that Lambda gives records up while they can be read"
        )
    }
}
