// The backend of a record's logger: it reads what lines say of the record only for a line that is written.

internal import LambdaFunctions
internal import Logging

/// The invocation's backend, whose lines name the record. Most records write no line, or one below the log level.
struct RecordLogHandler<Record: BatchRecord>: LogHandler {
    private var handler: any LogHandler
    private let record: Record
    /// Whether the handler has the record's fields.
    private var isNamed = false

    init(_ handler: any LogHandler, _ record: Record) {
        self.handler = handler
        self.record = record
    }

    /// The handler with the record's fields.
    private var named: any LogHandler {
        guard !isNamed else { return handler }
        var named = handler
        if let eventID = record.eventID { named[metadataKey: "eventId"] = .string(eventID) }
        if let name = record.itemIdentifier { named[metadataKey: "itemIdentifier"] = .string(name) }
        return named
    }

    func log(event: LogEvent) {
        // The usual backend takes the fields with the line, which spares a copy of it with them.
        guard !isNamed, let handler = handler as? LambdaLogHandler else { return named.log(event: event) }
        handler.log(event: event, eventID: record.eventID, itemIdentifier: record.itemIdentifier)
    }

    var logLevel: Logger.Level {
        get { handler.logLevel }
        set { handler.logLevel = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { handler.metadataProvider }
        set { handler.metadataProvider = newValue }
    }

    var metadata: Logger.Metadata {
        get { named.metadata }
        set {
            handler.metadata = newValue
            isNamed = true
        }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { named[metadataKey: key] }
        set {
            handler = named
            isNamed = true
            handler[metadataKey: key] = newValue
        }
    }
}
