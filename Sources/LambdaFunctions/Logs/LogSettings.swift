// The format and level of log lines, from the platform's environment variables.

internal import Logging

/// The form of a log line, `AWS_LAMBDA_LOG_FORMAT`.
enum LogFormat: Sendable, Hashable {
    /// One line of text, its parts separated by tabs.
    case text
    /// One JSON object to a line; the platform can filter these by level.
    case json

    /// The value as the platform spells it, in whatever case; nil for any other.
    init?(named name: String) {
        switch name.lowercased() {
        case "text": self = .text
        case "json": self = .json
        default: return nil
        }
    }
}

/// What "Configuring advanced logging controls for your Lambda function" lets the owner of a function choose
/// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html).
struct LogSettings: Sendable, Hashable {
    let format: LogFormat
    let level: Logger.Level
    /// Whether a variable names the level; without one it is the default.
    let isLevelNamed: Bool
    /// A level that a variable names and that does not exist; `level` is the default then.
    let unknownLevel: String?

    /// Of two levels the platform's, `AWS_LAMBDA_LOG_LEVEL`, counts where lines are JSON, for the platform sets it only
    /// there; in text the function's own `LOG_LEVEL` comes first.
    init(format: LogFormat, platformLevel: String?, ownLevel: String?) {
        self.format = format
        let name =
            switch format {
            case .json: platformLevel ?? ownLevel
            case .text: ownLevel ?? platformLevel
            }
        let known = name.flatMap(Logger.Level.init(lambda:))
        level = known ?? .info
        isLevelNamed = known != nil
        unknownLevel = known == nil ? name : nil
    }
}

extension Logger.Level {
    /// A level as Lambda spells it (`TRACE` to `FATAL`) or as swift-log does, in whatever case.
    ///
    /// Not by the level's own raw values: what they are looked up in is a type made at run time, which costs a start
    /// 27,000 instructions.
    init?(lambda name: String) {
        switch name.lowercased() {
        case "trace": self = .trace
        case "debug": self = .debug
        case "info": self = .info
        case "notice": self = .notice
        case "warn", "warning": self = .warning
        case "error": self = .error
        case "fatal", "critical": self = .critical
        default: return nil
        }
    }

    /// The level as Lambda spells it. It has no name for a notice.
    var lambdaName: StaticString {
        switch self {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error: "ERROR"
        case .critical: "FATAL"
        }
    }

    /// The level's number in a frame of the telemetry descriptor: 1 for TRACE to 6 for FATAL.
    var frameNumber: UInt32 {
        switch self {
        case .trace: 1
        case .debug: 2
        case .info, .notice: 3
        case .warning: 4
        case .error: 5
        case .critical: 6
        }
    }
}
