// A processor made of a closure: of the decoded change, or of the record as it came.

public import DynamoDBStreamEvents

extension BatchProcessor where Source == StreamEvent {
    /// A processor over a handler of stream records; the parameters are those of the general initializer.
    public init(
        order: ProcessingOrder = .sequential,
        onFailure: FailureRule? = nil,
        report: FailureReport? = nil,
        deadlineMargin: Duration? = nil,
        crashJournal: CrashJournal? = nil,
        observer: (any BatchObserver)? = nil,
        watchdog: FailureReportWatchdog? = nil,
        _ handler: some RecordHandler<StreamRecord>
    ) {
        self.init(
            order: order,
            onFailure: onFailure,
            report: report,
            deadlineMargin: deadlineMargin,
            crashJournal: crashJournal,
            observer: observer,
            watchdog: watchdog,
            handler,
            of: StreamEvent.self
        )
    }

    /// A processor over a closure of the decoded change; the parameters are those of the general initializer.
    ///
    /// - Parameter decoder: how images become a `Model`.
    public init<Model: Decodable & Sendable>(
        order: ProcessingOrder = .sequential,
        onFailure: FailureRule? = nil,
        report: FailureReport? = nil,
        deadlineMargin: Duration? = nil,
        crashJournal: CrashJournal? = nil,
        observer: (any BatchObserver)? = nil,
        watchdog: FailureReportWatchdog? = nil,
        decoder: AttributeValueDecoder = AttributeValueDecoder(),
        _ body: @escaping @Sendable (_ change: ItemChange<Model>, _ context: RecordContext) async throws -> Void
    ) {
        self.init(
            order: order,
            onFailure: onFailure,
            report: report,
            deadlineMargin: deadlineMargin,
            crashJournal: crashJournal,
            observer: observer,
            watchdog: watchdog,
            ChangeHandler(decoder: decoder, body)
        )
    }

    /// A processor over a closure of the record as it came; the parameters are those of the general initializer.
    public init(
        order: ProcessingOrder = .sequential,
        onFailure: FailureRule? = nil,
        report: FailureReport? = nil,
        deadlineMargin: Duration? = nil,
        crashJournal: CrashJournal? = nil,
        observer: (any BatchObserver)? = nil,
        watchdog: FailureReportWatchdog? = nil,
        _ body: @escaping @Sendable (_ record: StreamRecord, _ context: RecordContext) async throws -> Void
    ) {
        self.init(
            order: order,
            onFailure: onFailure,
            report: report,
            deadlineMargin: deadlineMargin,
            crashJournal: crashJournal,
            observer: observer,
            watchdog: watchdog,
            RawRecordHandler(body)
        )
    }
}

extension BatchProcessor where Source == SQSEvent {
    /// A processor over a closure of the messages of a queue; the parameters are those of the general initializer.
    public init(
        order: ProcessingOrder = .sequential,
        onFailure: FailureRule? = nil,
        report: FailureReport? = nil,
        deadlineMargin: Duration? = nil,
        crashJournal: CrashJournal? = nil,
        observer: (any BatchObserver)? = nil,
        _ body: @escaping @Sendable (_ message: SQSMessage, _ context: RecordContext) async throws -> Void
    ) {
        self.init(
            order: order,
            onFailure: onFailure,
            report: report,
            deadlineMargin: deadlineMargin,
            crashJournal: crashJournal,
            observer: observer,
            RawRecordHandler(body),
            of: SQSEvent.self
        )
    }
}

extension BatchProcessor where Source == KinesisEvent {
    /// A processor over a closure of the records of a Kinesis stream; the parameters are those of the general initializer.
    public init(
        order: ProcessingOrder = .sequential,
        onFailure: FailureRule? = nil,
        report: FailureReport? = nil,
        deadlineMargin: Duration? = nil,
        crashJournal: CrashJournal? = nil,
        observer: (any BatchObserver)? = nil,
        _ body: @escaping @Sendable (_ record: KinesisRecord, _ context: RecordContext) async throws -> Void
    ) {
        self.init(
            order: order,
            onFailure: onFailure,
            report: report,
            deadlineMargin: deadlineMargin,
            crashJournal: crashJournal,
            observer: observer,
            RawRecordHandler(body),
            of: KinesisEvent.self
        )
    }
}
