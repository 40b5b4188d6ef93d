// Rules about failed batches: which records one bad record affects, for how long, and what remains of it.

/// The behavior is documented in "Handling errors with a DynamoDB event source" in the AWS Lambda Developer Guide.
extension CheckRule {
    static let failureRules = [
        CheckRule("no-failure-report", .warning, "the function's list of failed records is not read") {
            $0.failureReport
        },
        CheckRule("unlimited-retries", .warning, "one bad record blocks its shard for a day") { $0.unlimitedRetries },
        CheckRule("long-retries", .warning, "one bad record blocks its shard for hours; the advice says for how many") {
            $0.longRetries
        },
        CheckRule("no-retries", .warning, "a failure that would pass discards records at once") { $0.noRetries },
        CheckRule(
            "retries-shorter-than-lease",
            .warning,
            "the function uses idempotency or last applied numbers, and the retries end before a lease does: one crash discards a healthy record"
        ) { $0.retriesShorterThanLease },
        CheckRule("no-bisect", .warning, "healthy records are discarded with a bad one") { $0.wholeBatchDiscarded },
        CheckRule("no-destination", .warning, "discarded records leave no trace") { $0.noDestination },
        CheckRule("destination-type", .warning, "a SAM destination has another Type than its ARN") {
            $0.wrongDestinationType
        },
        CheckRule(
            "destination-unknown",
            .note,
            "nothing shows what the destination is; whether Lambda takes it and the role may send to it is not checked"
        ) { $0.destinationUnknown },
        CheckRule("destination-never-used", .warning, "there is a destination, and no limit that sends anything to it")
        {
            $0.destinationNeverUsed
        },
        CheckRule(
            "destination-keeps-no-body",
            .warning,
            "SQS and SNS receive where records were, not what was in them, and no function reads them within the day"
        ) { $0.bodilessDestination },
        CheckRule(
            "failure-queue-unwatched",
            .note,
            isCertain: true,
            "no alarm of the template watches the queue of discarded batches, whose records expire after a day"
        ) { $0.unwatchedQueue },
        CheckRule(
            "age-beyond-retention",
            .warning,
            "the stream drops records before the limit on their age is reached: there is no limit"
        ) { $0.ageBeyondRetention },
        CheckRule(
            "age-ends-retries",
            .warning,
            "only their age ends a bad record's retries, and the healthy records behind it are too old by then"
        ) { $0.ageEndsRetries },
        CheckRule("short-age", .warning, "an ordinary outage makes healthy records older than the limit") {
            $0.shortAge
        },
    ]
}

extension MappingFacts {
    fileprivate var destinationUnknown: CheckRule.Finding? {
        guard case .some(let value) = destination, destinationService == nil, let unknown = value.unknown,
            !unknown.isUndeclared
        else { return nil }
        return CheckRule.Finding(
            "Nothing shows what the destination is.",
            because:
                "It is \(unknown.placeholder): \(unknown.reason). Lambda takes a standard queue, a standard topic or a "
                + "bucket that the function's role may send to.",
            fix: "nothing, if it is one"
        )
    }

    fileprivate var wrongDestinationType: CheckRule.Finding? {
        guard case .some(let value) = destination, let type = mapping.destinationType,
            let service = mapping.service(inARNOf: value), service != type.lowercased()
        else { return nil }
        return CheckRule.Finding(
            "The destination has the Type \(type), and is of \(service.uppercased()).",
            because:
                "SAM permits the role that it makes what the Type needs, which is not what this destination needs: "
                + "Lambda could not send to it.",
            fix: "Type: \(service.uppercased())"
        )
    }

    fileprivate var failureReport: CheckRule.Finding? {
        guard reportsFailures == false else { return nil }
        return CheckRule.Finding(
            "The mapping ignores the list of failed records.",
            because:
                "Whatever the function returns, Lambda takes the batch as handled: a record that it reports as failed "
                + "is lost without a trace. A function that throws instead has its whole batch delivered again.",
            fix: "FunctionResponseTypes: [ReportBatchItemFailures]"
        )
    }

    /// Settings that discard a bad record in time and keep a healthy one after a crash.
    private var limits: String {
        let splits = bisects == false && batchSize.map { $0 > 1 } == true
        return (splits ? "BisectBatchOnFunctionError: true, " : "") + "MaximumRetryAttempts: \(recommendedRetries)"
    }

    fileprivate var unlimitedRetries: CheckRule.Finding? {
        guard retriesUntilExpiry == true else { return nil }
        let batch = batchSize.map { $0 > 1 } == true && bisects == false ? "its whole batch" : "it"
        return CheckRule.Finding(
            "A record that always fails blocks its shard for a day.",
            because:
                "No limit ends the retries before the stream drops the record after 24 hours. Lambda retries \(batch) "
                + "until then. Everything behind it in the shard waits, and records that came soon after it expire unseen.",
            fix: limits
        )
    }

    fileprivate var longRetries: CheckRule.Finding? {
        guard let seconds = blockedSeconds, (7_200..<Self.retention).contains(seconds) else { return nil }
        let hours = (seconds + 1_800) / 3_600
        let cause =
            maximumRetryAttempts.map { $0 >= 0 } == true && seconds < effectiveAge ?? 0
            ? "\(maximumRetryAttempts ?? 0) retries take that long" : "only MaximumRecordAgeInSeconds ends its retries"
        return CheckRule.Finding(
            "A record that always fails blocks its shard for about \(hours) hours.",
            because:
                "Lambda waits longer before each retry, up to about half a minute: \(cause). Everything behind the "
                + "record in its shard waits as long.",
            fix: limits
        )
    }

    fileprivate var noRetries: CheckRule.Finding? {
        guard maximumRetryAttempts == 0 else { return nil }
        return CheckRule.Finding(
            "A failure that would pass discards records at once.",
            because:
                "MaximumRetryAttempts is 0: a timeout, or a service that is down for a second, uses up the only try.",
            fix: "MaximumRetryAttempts: \(recommendedRetries)"
        )
    }

    fileprivate var retriesShorterThanLease: CheckRule.Finding? {
        // Without any retry the other rule has said it.
        guard let lease = leaseSeconds, let retries = maximumRetryAttempts, retries != 0, let blocked = blockedSeconds,
            blocked <= lease
        else { return nil }
        let what =
            retries > 0
            ? "its \(retries == 1 ? "retry ends" : "\(retries) retries end")" : "its MaximumRecordAgeInSeconds is over"
        return CheckRule.Finding(
            "One crash can discard a healthy record: \(what) after about \(blocked) s, and a lease stands for \(lease) s.",
            because:
                "The function uses idempotency or last applied numbers. A record whose invocation crashed cannot be handled again until its "
                + "lease ends (Timeout and 2 s more), and every delivery before that fails.",
            fix: "MaximumRetryAttempts: \(recommendedRetries) or more"
                + (retries < 0 || effectiveAge ?? 0 <= lease ? ", and a MaximumRecordAgeInSeconds that is longer" : "")
                + "; or a shorter Timeout"
        )
    }

    fileprivate var wholeBatchDiscarded: CheckRule.Finding? {
        guard bisects == false, let size = batchSize, size > 1, retriesUntilExpiry == false else { return nil }
        let tries = maximumRetryAttempts.map {
            $0 >= 0 ? "\($0 + 1) failures in a row" : "failures until it is too old"
        }
        let cause =
            reportsFailures == true
            ? "a crash, a timeout, or \(tries ?? "failures") of the same first record" : "one bad record"
        return CheckRule.Finding(
            "Up to \(size) records are discarded for one.",
            because:
                "After the last retry Lambda discards everything that is left of the batch: \(cause) takes the healthy "
                + "records behind it with it. Splitting a batch uses no retries, and ends with the bad record alone.",
            fix: "BisectBatchOnFunctionError: true"
        )
    }

    fileprivate var noDestination: CheckRule.Finding? {
        guard destination == .none else { return nil }
        let type = isResource ? "" : "Type: S3, "
        return CheckRule.Finding(
            "Discarded records leave no trace.",
            because: "Lambda moves on, and no message says which records it skipped.",
            fix: "DestinationConfig: {OnFailure: {\(type)Destination: !GetAtt FailedBatches.Arn}}"
        )
    }

    fileprivate var destinationNeverUsed: CheckRule.Finding? {
        guard case .some = destination, retriesUntilExpiry == true else { return nil }
        return CheckRule.Finding(
            "The destination never receives anything.",
            because:
                "Lambda sends a message when retries or the limit on age are exhausted, and no limit is reached here "
                + "before the stream drops the record. A record that expires in the stream sends no message.",
            fix: limits
        )
    }

    fileprivate var bodilessDestination: CheckRule.Finding? {
        guard let service = destinationService, service == "sqs" || service == "sns" else { return nil }
        // A function such as the Redriver saves the records at once.
        if case .some(let value) = destination, let arn = value.placeholderText, template.hasConsumer(ofARN: arn) {
            return nil
        }
        return CheckRule.Finding(
            "\(service.uppercased()) receives where the records were, not what was in them.",
            because:
                "The message has sequence numbers. The records can be read from the stream for 24 hours; after that "
                + "they are gone. A bucket receives the whole event.",
            fix: "a function on the \(service == "sqs" ? "queue" : "topic") that saves the records at once, such as "
                + "Examples/Redriver; or an S3 bucket as the destination; or `lambda-streams redrive` within the day; or "
                + "whole records as dead letters before Lambda discards them, with .deadLettered(after:to:)"
        )
    }

    fileprivate var unwatchedQueue: CheckRule.Finding? {
        guard case .some(let value) = destination, let arn = value.text, let queue = template.resource(ofARN: arn),
            queue.type == "AWS::SQS::Queue", !template.hasAlarm(on: queue)
        else { return nil }
        let reader =
            template.hasConsumer(ofARN: arn)
            ? "The function that reads the queue can fail, too." : "No function of the template reads the queue."
        return CheckRule.Finding(
            "No alarm of the template watches \(queue.logicalID).",
            because:
                "Nobody learns that records were discarded, and after 24 hours they are gone. \(reader)",
            fix: "an AWS::CloudWatch::Alarm on ApproximateNumberOfMessagesVisible of the queue; then "
                + "`lambda-streams redrive` or Examples/Redriver brings the records back"
        )
    }

    fileprivate var ageBeyondRetention: CheckRule.Finding? {
        guard let age = maximumRecordAge, age >= Self.retention else { return nil }
        return CheckRule.Finding(
            "The limit on age is never reached.",
            because:
                "DynamoDB keeps a stream's records for 24 hours: after 86400 s they are gone without a message to the "
                + "destination, whatever MaximumRecordAgeInSeconds says.",
            fix: "MaximumRecordAgeInSeconds: 3600, so that Lambda discards records while they can be read"
        )
    }

    /// The records behind a bad one wait while it is retried, and become nearly as old.
    fileprivate var ageEndsRetries: CheckRule.Finding? {
        guard let age = effectiveAge, age < Self.retention, blockedSeconds == age else { return nil }
        return CheckRule.Finding(
            "Healthy records behind a record that always fails are discarded, too.",
            because:
                "Its retries end only when it is older than \(age) s. The records that were written soon after it have "
                + "waited as long. Lambda discards those that are too old by then, without delivering them.",
            fix: limits
        )
    }

    fileprivate var shortAge: CheckRule.Finding? {
        guard let age = maximumRecordAge, (60..<900).contains(age) else { return nil }
        return CheckRule.Finding(
            "Healthy records are discarded after an outage of \(age < 120 ? "\(age) seconds" : "\(age / 60) minutes").",
            because:
                "The age counts from the write, whoever is to blame for the delay: a deployment, throttling, a service "
                + "that is down, a bad record before them. Lambda discards what is older without delivering it.",
            fix: "MaximumRecordAgeInSeconds: 3600"
        )
    }
}
