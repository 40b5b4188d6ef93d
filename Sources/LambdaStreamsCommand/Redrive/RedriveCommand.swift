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
              lambda-streams redrive --from stream:ARN --since 2026-01-01T12:00:00Z \\
                --to function OrderProjector
              lambda-streams redrive --from dead-letters.jsonl \\
                --skip-if-newer updatedAt --to function OrderProjector

            \(CommandExit.help(of: .redrive))
            """
    )

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            sqs:NAME or a queue's URL or ARN, s3://bucket/prefix, dynamodb:TABLE, stream:ARN, a file, or - for standard \
            input.
            """,
            valueName: "place"
        ),
        transform: RedriveOrigin.init(place:)
    )
    var from: RedriveOrigin

    @OptionGroup(title: "Where the records go") var target: ReplayTargetOptions
    @OptionGroup(title: "Which records, and how fast") var pace: ReplayPaceOptions
    @OptionGroup(title: "The mapping that discarded them") var mapping: RedriveMappingOptions
    @OptionGroup(title: "Of a stream") var stream: RedriveStreamOptions

    @Option(
        name: .customLong("guard"),
        help: ArgumentHelp(
            "last-applied: the function keeps the last applied numbers (.onlyNewer), with the default guarantee or in "
                + "transactions, and skips what is stale by itself.",
            valueName: "kind"
        )
    )
    var guardKind: BackfillOptions.GuardKind?

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

    @Option(help: ArgumentHelp("How long messages stay hidden if this command ends by force.", valueName: "2min"))
    var visibilityTimeout: DurationText?

    func run() async throws {
        try await CommandExit.reporting { try await redrive() }
    }

    private func redrive() async throws {
        let aws = LocalEndpoint.client(pace.endpointUrl)
        let known = try await known(aws)
        let recovery = FailureRecovery(
            reader: StreamRangeReader(DynamoDBStreamsClient(aws)),
            filters: known.filters
        )
        let open = try await source(recovery, aws)
        if let save, let source = open.source as? any SavableSource {
            return try await RedriveSaving(source, from: from, folder: save, isJSON: pace.json).run()
        }
        if known.hasWindows { try warnOfWindows() }
        warnOfOrder()
        let notes = RedriveNotes(
            recovery: recovery,
            source: open,
            isDryRun: pace.dryRun,
            discardsLost: discardLost
        )
        var pace = pace
        pace.reportBatchItemFailures = pace.reportBatchItemFailures ?? known.reportsBatchItemFailures
        // What a stream does not give out is not left undone.
        if case .stream = from { (pace.only, pace.since) = ([], nil) }
        let staleness = skipIfNewer.map { name in
            CurrentItemGuard(name == "image" ? .image : .attribute(name), dynamoDB: DynamoDBClient(aws))
        }
        let progressFile = open.progressFile
        try await ReplayRunner(.redrive, target: target, pace: pace).run(
            open.source,
            guardedBy: staleness,
            total: open.total,
            hasLeftovers: { ProgressNotes.hasFailedRecords(progressFile) }
        ) { [notes] summary in notes.sentences(for: summary) }
    }

    /// What the options say of the mapping; otherwise what Lambda says of the function's.
    private func known(_ aws: AWSClient) async throws -> RedriveMappingOptions.Known {
        let said = try mapping.known()
        guard mapping.isSilent, save == nil, case .function(let name) = target.target else { return said }
        let found = await FunctionMappings(ofFunction: name, qualifier: target.qualifier, LambdaClient(aws))
        for note in found.notes { Terminal.standardError.say(note) }
        var known = found.known
        known.hasWindows =
            if case .stream(let arn) = from {
                found.windowedStreams.contains(arn)
            } else {
                !found.windowedStreams.isEmpty
            }
        return known
    }

    /// A source, and what is known of it beforehand.
    struct OpenSource {
        let source: any ReplaySource
        var total: ReplayTotal?
        var file: File?
        var progressFile: String?
        /// Messages that somebody else works on.
        var hiddenCount = 0

        struct File {
            let path: String
            let remainingPath: String
            /// Before anything was read.
            let counts: MessageFileSource.Counts
        }
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
            let visible = attributes["ApproximateNumberOfMessages"].flatMap { Int($0) }
            return OpenSource(
                source: source,
                total: visible.map { .parcels($0, name: "messages") },
                hiddenCount: hidden
            )
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
            return OpenSource(source: source, total: await source.objectCount.map { .parcels($0, name: "objects") })
        case .table(let name):
            let source = DeadLetterTableSource(
                name,
                dynamoDB: DynamoDBClient(aws),
                s3: S3Client(aws),
                recovery: recovery,
                completedObjects: completed
            )
            do throws(AWSError) {
                try await source.open()
            } catch {
                throw RedriveError("The table \(name) cannot be read: \(error)")
            }
            return OpenSource(source: source)
        case .stream(let arn):
            let source = try StreamSource(
                arn,
                client: DynamoDBStreamsClient(aws),
                options: stream.options(since: pace.since),
                selection: try selection(ofStream: arn, recovery.filters),
                progressFile: stream.progressFile
            )
            try await source.open()
            return OpenSource(source: source, progressFile: stream.progressFile)
        case .file(let path):
            var settings = MessageFileSource.Settings()
            settings.remainingPath = remaining
            settings.discardsLost = discardLost
            settings.isReadOnly = isReadOnly
            let source = MessageFileSource(path: path, recovery: recovery, settings: settings)
            try await source.open()
            return OpenSource(
                source: source,
                file: .init(path: path, remainingPath: source.remainingPath, counts: await source.counts)
            )
        }
    }

    /// Which records of a stream are handled. Without the mapping's filters nobody knows which ones the function receives.
    private func selection(ofStream arn: String, _ filters: FailureRecovery.Filters) throws -> ReplaySelection {
        let criteria = filters.criteria(ofStream: arn)
        switch target.target {
        case .function, .process:
            guard criteria == nil else { break }
            throw RedriveError(
                """
                A stream also has the records that the mapping's filters keep from the function. Name the filters with \
                --template and --function, --mapping or --filter; --unfiltered redrives every record.
                """
            )
        case .file, nil: break
        }
        return pace.selection(by: criteria)
    }

    /// Windows that have ended cannot be computed again record by record.
    private func warnOfWindows() throws {
        if case .stream = from {
            throw RedriveError(
                """
                The mapping has tumbling windows. The records of the stream belong to windows that have ended: compute them \
                again from the table.
                """
            )
        }
        Terminal.standardError.say(
            """
            The mapping has tumbling windows. What is redriven belongs to no window, and a TumblingWindowProcessor refuses it: \
            send it to a function with a BatchProcessor.
            """
        )
    }

    /// Replay breaks order, so the user hears beforehand what that can do.
    private func warnOfOrder() {
        guard skipIfNewer == nil, guardKind == nil else { return }
        switch target.target {
        case .file, nil: return
        case .function, .process: break
        }
        Terminal.standardError.say(
            """
            Newer changes of these items may have been handled already. A function that keeps the last applied numbers \
            (.onlyNewer) with the default guarantee, or in transactions, skips what is stale by itself: say so with --guard \
            last-applied. With .atLeastOnce or .atMostOnce a redriven record and a newer change can be applied at the same \
            moment, and the older one last. For any other function --skip-if-newer asks the table. Without either, an older \
            state may be written over a newer one.
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
extension StreamSourceError: UserFacingError {}
extension ObjectLeaseError: UserFacingError {}
