// swift-log's backend for Lambda: the platform's text and JSON lines, one write each, cheap to make for a record.

public import Logging

/// Writes log lines as Lambda's own runtimes do, in the configured format and from the configured level.
///
/// A context's logger uses it already. For other libraries' loggers, add a line before `run()`:
///
/// ```swift
/// LoggingSystem.bootstrap { LambdaLogHandler(label: $0) }
/// ```
///
/// Their lines carry the request id too, if they are written within a handler's task. If a program bootstraps another
/// backend, its contexts' loggers use that one.
///
/// It follows `AWS_LAMBDA_LOG_FORMAT`, `AWS_LAMBDA_LOG_LEVEL` and `LOG_LEVEL`; of the last two, the first counts in
/// JSON and the second in text.
public struct LambdaLogHandler: LogHandler {
    // Three words, so that a logger holds its handler without another allocation.
    private var origin: Origin
    private var fields: [LogField] = []
    /// The lowest level that is written: that of `AWS_LAMBDA_LOG_LEVEL`, and `info` without it.
    public var logLevel: Logger.Level

    /// What all loggers of one invocation share.
    private final class Origin: Sendable {
        let label: String?
        let format: LogFormat
        let destination: LogDestination
        let requestID: String?
        let tenantID: String?
        let metadataProvider: Logger.MetadataProvider?

        init(
            label: String?,
            format: LogFormat,
            destination: LogDestination,
            requestID: String?,
            tenantID: String?,
            metadataProvider: Logger.MetadataProvider?
        ) {
            self.label = label
            self.format = format
            self.destination = destination
            self.requestID = requestID
            self.tenantID = tenantID
            self.metadataProvider = metadataProvider
        }
    }

    /// A backend as this process's environment says.
    ///
    /// - Parameters:
    ///   - label: who logs; it stands in each line.
    ///   - metadataProvider: adds to each line what it finds where the line is written.
    public init(label: String, metadataProvider: Logger.MetadataProvider? = nil) {
        let environment = FunctionEnvironment.process
        self.init(
            label: label,
            settings: environment.logSettings,
            destination: environment.logDestination,
            metadataProvider: metadataProvider
        )
    }

    init(
        label: String?,
        settings: LogSettings,
        destination: LogDestination,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        origin = Origin(
            label: label,
            format: settings.format,
            destination: destination,
            requestID: nil,
            tenantID: nil,
            metadataProvider: metadataProvider
        )
        logLevel = settings.level
    }

    /// The same for the lines of one invocation.
    func with(requestID: String, tenantID: String?) -> LambdaLogHandler {
        var handler = self
        handler.origin = Origin(
            label: origin.label,
            format: origin.format,
            destination: origin.destination,
            requestID: requestID,
            tenantID: tenantID,
            metadataProvider: origin.metadataProvider
        )
        return handler
    }

    /// Adds metadata to each line, such as the identifiers of a trace.
    public var metadataProvider: Logger.MetadataProvider? {
        get { origin.metadataProvider }
        set {
            origin = Origin(
                label: origin.label,
                format: origin.format,
                destination: origin.destination,
                requestID: origin.requestID,
                tenantID: origin.tenantID,
                metadataProvider: newValue
            )
        }
    }

    /// The metadata of every line of this logger.
    public var metadata: Logger.Metadata {
        get {
            var metadata: Logger.Metadata = [:]
            for field in fields { metadata[field.name] = field.value }
            return metadata
        }
        set { fields = LogField.fields(of: newValue) }
    }

    /// A value that every line carries. The request's and the tenant's id can be read by `requestId` and `tenantId`.
    public subscript(metadataKey name: String) -> Logger.Metadata.Value? {
        get {
            if let index = fields.index(of: name) { return fields[index].value }
            switch name {
            case "requestId": return origin.requestID.map { .string($0) }
            case "tenantId": return origin.tenantID.map { .string($0) }
            default: return nil
            }
        }
        set {
            guard let newValue else {
                if let index = fields.index(of: name) { fields.remove(at: index) }
                return
            }
            fields.set(name, newValue)
        }
    }

    public func log(event: LogEvent) { log(event: event, eventID: nil, itemIdentifier: nil) }

    /// The same for a record, whose line carries these names too, unless a field has the same name.
    package func log(event: LogEvent, eventID: String?, itemIdentifier: String?) {
        var fields = fields
        if let provided = origin.metadataProvider?.get(), !provided.isEmpty { fields.merge(provided) }
        if let metadata = event.metadata, !metadata.isEmpty { fields.merge(metadata) }
        var requestID = origin.requestID
        var tenantID = origin.tenantID
        if requestID == nil, let context = LambdaContext.current {
            requestID = context.requestID
            tenantID = context.tenantID
        }
        let line = LogLine(
            time: .now,
            level: event.level,
            label: origin.label,
            message: event.message.description,
            requestID: requestID,
            tenantID: tenantID,
            eventID: fields.index(of: "eventId") == nil ? eventID : nil,
            itemIdentifier: fields.index(of: "itemIdentifier") == nil ? itemIdentifier : nil,
            error: event.error,
            fields: fields
        )
        origin.destination.write(line.bytes(format: origin.format, framing: origin.destination.framing))
    }
}

extension [LogField] {
    /// Few at a time, so looking through them costs less than hashing.
    fileprivate func index(of name: String) -> Int? {
        for index in indices where self[index].name == name { return index }
        return nil
    }

    fileprivate mutating func set(_ name: String, _ value: Logger.MetadataValue) {
        if let index = index(of: name) {
            self[index].value = value
        } else {
            append(LogField(name: name, value: value))
        }
    }

    fileprivate mutating func merge(_ metadata: Logger.Metadata) {
        for field in LogField.fields(of: metadata) { set(field.name, field.value) }
    }
}
