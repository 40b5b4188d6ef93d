// `lambda-streams redrive`: what a mapping discarded or a function dead-lettered goes through the function again.

import AWSServices
import ArgumentParser
import RecordReplay

struct RedriveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redrive",
        abstract: "Bring records back that failed: from failure messages and dead letters, through the function.",
        discussion: """
            Reads the messages of an on-failure destination and the dead letters of this package, reads the records that \
            they describe back from the stream, and hands them to a function, the records of an item in their order. A \
            message is deleted when every record of it is done; of one that is partly done the rest is put back.

            EXAMPLES
              lambda-streams redrive --from sqs:orders-failed --dry-run
              lambda-streams redrive --from sqs:orders-failed \\
                --template template.yaml --function OrderProjector \\
                --to function OrderProjector
              lambda-streams redrive --from s3://orders-failed/aws/lambda/ -- ./bootstrap
              lambda-streams redrive --from sqs:orders-failed --save saved
              lambda-streams redrive --from dead-letters.jsonl \\
                --skip-if-newer updatedAt --to function OrderProjector

            \(CommandExit.help(of: .redrive))
            """
    )

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "sqs:NAME or a queue's URL or ARN, s3://bucket/prefix, dynamodb:TABLE, a file, or - for standard input.",
            valueName: "place"
        )
    )
    var from: RedriveOrigin

    @OptionGroup(title: "Where the records go") var target: ReplayTargetOptions
    @OptionGroup(title: "Which records, and how fast") var pace: ReplayPaceOptions
    @OptionGroup(title: "The mapping that discarded them") var mapping: RedriveMappingOptions

    @Option(
        help: ArgumentHelp(
            """
            Skip records whose item has changed since: compare this attribute with the table's item, or the whole image \
            with "image".
            """,
            valueName: "attribute|image"
        )
    )
    var skipIfNewer: String?

    @Option(
        help: ArgumentHelp(
            "Only keep the messages with their records in a file of this folder, before the stream loses them.",
            valueName: "folder"
        )
    )
    var save: String?

    @Option(
        help: ArgumentHelp(
            "Where what remains of a file is written; FILE.remaining.jsonl by default.",
            valueName: "file"
        )
    )
    var remaining: String?

    @Flag(help: "Delete messages although some of their records are lost for ever.")
    var discardLost = false

    @Flag(help: "Delete objects that are done instead of moving them to redriven/.")
    var deleteObjects = false

    @Option(help: ArgumentHelp("How long messages stay hidden if this command ends by force.", valueName: "2m"))
    var visibilityTimeout: DurationText?

    func validate() throws {
        if save != nil {
            guard target.target == nil else {
                throw ValidationError("--save keeps records and replays none: leave the function out.")
            }
            guard !pace.dryRun else {
                throw ValidationError("--save and --dry-run do not go together: give one of them.")
            }
        } else if target.target == nil, !pace.dryRun {
            throw ValidationError("Say where the records go: --to function NAME, --to file PATH, or -- ./bootstrap")
        }
        if case .file = from {
        } else if remaining != nil {
            throw ValidationError("--remaining is for files: what remains of a queue or a bucket stays there.")
        }
        if deleteObjects, case .file = from {
            throw ValidationError("--delete-objects is for buckets, and for queues with notifications of S3.")
        }
        if let time = visibilityTimeout?.duration {
            guard case .queue = from else { throw ValidationError("--visibility-timeout is for queues.") }
            guard (.seconds(3) ... .seconds(43_200)).contains(time) else {
                throw ValidationError("--visibility-timeout takes 3s to 12h.")
            }
        }
        if skipIfNewer?.isEmpty == true {
            throw ValidationError("--skip-if-newer takes an attribute's name, or \"image\".")
        }
    }

    func run() async throws {
        try await CommandExit.reporting { try await redrive() }
    }

    private func redrive() async throws {
        let known = try mapping.known()
        let aws = LocalEndpoint.client(pace.endpointUrl)
        let recovery = FailureRecovery(
            reader: StreamRangeReader(DynamoDBStreamsClient(aws)),
            filters: known.filters
        )
        let source = try await source(recovery, aws)
        if let save { return try await RedriveSaving(source, from: from, folder: save, isJSON: pace.json).run() }
        warnOfOrder()
        let notes = RedriveNotes(
            recovery: recovery,
            source: source,
            isDryRun: pace.dryRun,
            discardsLost: discardLost
        )
        var pace = pace
        if let reports = known.reportsBatchItemFailures { pace.reportBatchItemFailures = reports }
        let staleness = skipIfNewer.map { name in
            CurrentItemGuard(name == "image" ? .image : .attribute(name), dynamoDB: DynamoDBClient(aws))
        }
        try await ReplayRunner(.redrive, target: target, pace: pace)
            .run(source.source, guardedBy: staleness) { [notes] summary in notes.sentences(for: summary) }
    }

    /// A source, and what is known of it beforehand.
    struct OpenSource {
        let source: any SavableSource
        var remainingPath: String?
        /// Messages that somebody else works on.
        var hiddenCount = 0
    }

    private func source(_ recovery: FailureRecovery, _ aws: AWSClient) async throws -> OpenSource {
        let isReadOnly = pace.dryRun || save != nil
        let completed: CompletedObjects =
            deleteObjects ? .deleted : .moved(toPrefix: CompletedObjects.defaultPrefix)
        switch from {
        case .queue(let name):
            let sqs = SQSClient(aws)
            let url: String
            let attributes: [String: String]
            do throws(AWSError) {
                if name.contains("://") { url = name } else { url = try await sqs.queueURL(named: name) }
                attributes = try await sqs.attributes(of: url)
            } catch {
                throw RedriveError("The queue \(name) cannot be read: \(error)")
            }
            var settings = QueueSource.Settings()
            settings.completedObjects = completed
            settings.discardsLost = discardLost
            if let visibilityTimeout { settings.visibilityTimeout = visibilityTimeout.duration }
            let source = QueueSource(url: url, sqs: sqs, s3: S3Client(aws), recovery: recovery, settings: settings)
            let hidden = attributes["ApproximateNumberOfMessagesNotVisible"].flatMap { Int($0) } ?? 0
            return OpenSource(source: source, hiddenCount: hidden)
        case .bucket(let bucket, let prefix):
            var settings = BucketSource.Settings()
            settings.completedObjects = completed
            settings.discardsLost = discardLost
            settings.isReadOnly = isReadOnly
            let source = BucketSource(
                bucket: bucket,
                prefix: prefix,
                s3: S3Client(aws),
                recovery: recovery,
                settings: settings
            )
            do {
                try await source.open()
            } catch let error as AWSError {
                throw RedriveError("The bucket \(bucket) cannot be read: \(error)")
            }
            return OpenSource(source: source)
        case .table(let name):
            return OpenSource(
                source: DeadLetterTableSource(
                    name,
                    dynamoDB: DynamoDBClient(aws),
                    s3: S3Client(aws),
                    recovery: recovery,
                    completedObjects: completed
                )
            )
        case .file(let path):
            var settings = MessageFileSource.Settings()
            settings.remainingPath = remaining
            settings.discardsLost = discardLost
            settings.isReadOnly = isReadOnly
            let source = MessageFileSource(path: path, recovery: recovery, settings: settings)
            try await source.open()
            return OpenSource(source: source, remainingPath: source.remainingPath)
        }
    }

    /// Replay breaks order, so the user hears beforehand what that can do.
    private func warnOfOrder() {
        guard skipIfNewer == nil, !pace.dryRun, !pace.json else { return }
        if case .file = target.target { return }
        Terminal.standardError.say(
            """
            Newer changes of these items may have been handled already. A function that keeps the last applied numbers \
            (.onlyNewer) skips what is stale by itself; for any other, --skip-if-newer asks the table. Without either, an \
            older state may be written over a newer one.
            """
        )
    }
}

/// A redrive that cannot begin.
struct RedriveError: UserFacingError {
    let description: String

    init(_ description: String) { self.description = description }
}

extension MessageFileError: UserFacingError {}
extension ObjectLeaseError: UserFacingError {}
