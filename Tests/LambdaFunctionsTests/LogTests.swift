// What a log line looks like, which are written, and that each is whole.

import Foundation
import Logging
import SharedState
import Testing

@testable import LambdaFunctions

@Suite("Log lines")
struct LogLineTests {
    struct Refused: Error, CustomStringConvertible { let description: String }

    @Test("a line of text has time, request id, level, message and fields, and is one line whatever is in it")
    func text() throws {
        let pipe = LogPipe()
        var logger = logger(to: pipe, .text).0
        logger[metadataKey: "sequenceNumber"] = "111"
        logger.warning("two\nlines", metadata: ["b": "2", "a": ["x", "y"]])
        logger.info("tab\tNUL\0 é 😀")
        let lines = pipe.finishedLines()
        try #require(lines.count == 2)
        let time = try #require(lines[0].firstMatch(of: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t/))
        #expect(
            lines[0][time.range.upperBound...] == "request-1\tWARN\ttwo\rlines sequenceNumber=111 a=[\"x\", \"y\"] b=2"
        )
        #expect(lines[1].hasSuffix("\trequest-1\tINFO\ttab\tNUL\0 é 😀 sequenceNumber=111"))
    }

    @Test("a line of JSON has the platform's names, the rest under metadata, and is valid whatever is in it")
    func json() throws {
        let pipe = LogPipe()
        var logger = logger(to: pipe, .json, tenantID: "tenant-7").0
        logger[metadataKey: "count"] = .stringConvertible(3)
        let nasty = String(decoding: (0...0x7F).map { UInt8($0) } + Array("\"\\é😀\u{2028}".utf8), as: UTF8.self)
        logger.critical(
            "\(nasty)",
            metadata: ["level": "mine", "flag": .stringConvertible(true), "deep": ["k": ["v"]]]
        )
        let bytes = pipe.finish()
        #expect(bytes.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        let line = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(line["level"] as? String == "FATAL")
        #expect(line["message"] as? String == nasty)
        #expect(line["requestId"] as? String == "request-1")
        #expect(line["tenantId"] as? String == "tenant-7")
        let metadata = try #require(line["metadata"] as? [String: Any])
        #expect(metadata["level"] as? String == "mine")
        #expect(metadata["count"] as? Int == 3)
        #expect(metadata["flag"] as? Bool == true)
        #expect(metadata["deep"] as? [String: [String]] == ["k": ["v"]])
        let time = try #require(line["timestamp"] as? String)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    }

    @Test("an error stands as errorType, errorMessage and stackTrace, its content only at debug level")
    func errors() throws {
        struct Mine: LambdaErrorConvertible {
            let secret = "card 4711"
            var lambdaErrorMessage: String { "out of stock" }
            var lambdaStackTrace: [String] { ["inner", "outer"] }
        }
        struct Plain: Error { let secret = "card 4711" }
        let pipe = LogPipe()
        let logger = logger(to: pipe, .json, level: .trace).0
        logger.error("failed", error: Mine())
        logger.error("failed", error: Plain())
        logger.debug("failed", error: Plain())
        let lines = try pipe.finishedLines().map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(lines.map { $0["errorType"] as? String } == ["Function.Mine", "Function.Plain", "Function.Plain"])
        #expect(lines[0]["errorMessage"] as? String == "out of stock")
        #expect(lines[0]["stackTrace"] as? [String] == ["inner", "outer"])
        #expect(lines[1]["errorMessage"] as? String == "Plain")
        #expect((lines[2]["errorMessage"] as? String)?.contains("card 4711") == true)
    }

    @Test("JSONLogHandlerTests: lines below the level are not written")
    func levels() {
        let pipe = LogPipe()
        let logger = logger(to: pipe, .text, level: .warning).0
        for level in Logger.Level.allCases { logger.log(level: level, "at \(level)") }
        #expect(pipe.finishedLines().map { String($0.split(separator: "\t")[2]) } == ["WARN", "ERROR", "FATAL"])
    }

    @Test("a frame says its level, kind, length and time, and keeps its line breaks", arguments: Logger.Level.allCases)
    func frames(level: Logger.Level) throws {
        for (format, kind) in [(LogFormat.text, UInt32(3)), (.json, 2)] {
            let pipe = LogPipe()
            let before = UInt64(Date().timeIntervalSince1970 * 1_000_000)
            logger(to: pipe, format, level: .trace, framing: .frames).0.log(level: level, "two\nlines")
            let bytes = pipe.finish()
            let head = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let number: UInt32 = [.trace: 1, .debug: 2, .warning: 4, .error: 5, .critical: 6][level] ?? 3
            #expect(UInt32(head >> 32) == 0xA55A_0000 | number << 2 | kind)
            #expect(Int(head & 0xFFFF_FFFF) == bytes.count - 16)
            let time = bytes[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            #expect(time >= before - 1_000_000 && time < before + 60_000_000)
            let text = String(decoding: bytes[16...], as: UTF8.self)
            #expect(format == .json ? text.contains(#""message":"two\nlines""#) : text.contains("\ttwo\nlines"))
        }
    }

    @Test("lines of several threads stay whole, longer than a pipe takes at once, and through a full one that refuses")
    func noInterleaving() throws {
        let pipe = LogPipe(delay: 0.2)
        pipe.makeNonBlocking()
        let logger = logger(to: pipe, .json).0
        let filler = String(repeating: "x", count: 20_000)
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for line in 0..<50 { logger.info("\(thread) \(line) \(filler)") }
        }
        let lines = pipe.finishedLines()
        #expect(lines.count == 200)
        var seen: Set<String> = []
        for line in lines {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let message = try #require(object["message"] as? String)
            #expect(message.hasSuffix(filler))
            seen.insert(String(message.prefix { $0 != "x" }))
        }
        #expect(seen.count == 200)
    }

    @Test("a descriptor that is closed costs the line and nothing else")
    func closedDescriptor() {
        let handler = LambdaLogHandler(
            label: nil,
            settings: LogSettings(format: .text, platformLevel: nil, ownLevel: nil),
            destination: LogDestination(descriptor: 100_000, framing: .lines)
        )
        Logger(label: "tests") { _ in handler }.info("lost")
    }

    @Test("metadata is per logger, and setting it on a copy leaves the original alone")
    func valueSemantics() {
        let pipe = LogPipe()
        let original = logger(to: pipe, .text).0
        var copy = original
        copy[metadataKey: "eventId"] = "e-1"
        copy[metadataKey: "eventId"] = "e-2"
        original.info("original")
        copy.info("copy")
        copy[metadataKey: "eventId"] = nil
        copy.info("cleared")
        #expect(original[metadataKey: "requestId"] == "request-1")
        let lines = pipe.finishedLines().map { String($0.split(separator: "\t")[3]) }
        #expect(lines == ["original", "copy eventId=e-2", "cleared"])
    }

    @Test("a record's line carries its names once, and a field of the same name takes the place of one")
    func recordNames() throws {
        let (text, json) = (LogPipe(), LogPipe())
        for (pipe, format) in [(text, LogFormat.text), (json, .json)] {
            let handler = logger(to: pipe, format).1
            for metadata: Logger.Metadata in [[:], ["eventId": "mine", "a": "b"]] {
                let event = LogEvent(
                    level: .info,
                    message: "done",
                    metadata: metadata,
                    source: "",
                    file: "",
                    function: "",
                    line: 0
                )
                handler.log(event: event, eventID: "e-1", itemIdentifier: "7")
            }
        }
        let lines = text.finishedLines().map { String($0.split(separator: "\t")[3]) }
        #expect(lines == ["done eventId=e-1 itemIdentifier=7", "done itemIdentifier=7 a=b eventId=mine"])
        let objects = try json.finishedLines().map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }
        let metadata = objects.map { $0?["metadata"] as? [String: String] }
        #expect(
            metadata == [
                ["eventId": "e-1", "itemIdentifier": "7"], ["eventId": "mine", "itemIdentifier": "7", "a": "b"],
            ]
        )
    }

    @Test(
        "times are RFC 3339 to the millisecond",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_826_554_321_999, "2000-02-29T12:15:54.321Z"),
            (4_107_542_399_999_000, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
            (1_767_225_599_000_000, "2025-12-31T23:59:59.000Z"),
        ]
    )
    func times(microseconds: Int64, expected: String) {
        var bytes: [UInt8] = []
        LogTime(microseconds: microseconds).appendRFC3339(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    private func logger(
        to pipe: LogPipe,
        _ format: LogFormat,
        level: Logger.Level = .info,
        tenantID: String? = nil,
        framing: LogDestination.Framing = .lines
    ) -> (Logger, LambdaLogHandler) {
        let handler = LambdaLogHandler(
            label: nil,
            settings: LogSettings(format: format, platformLevel: level.rawValue, ownLevel: nil),
            destination: LogDestination(descriptor: pipe.writing, framing: framing)
        ).with(requestID: "request-1", tenantID: tenantID)
        return (Logger(label: "tests") { _ in handler }, handler)
    }
}

@Suite("Log settings")
struct LogSettingsTests {
    @Test(
        "LoggingConfigurationTests: in text LOG_LEVEL counts first, in JSON AWS_LAMBDA_LOG_LEVEL",
        arguments: [
            ("Text", "ERROR", "DEBUG", LogFormat.text, Logger.Level.debug), ("JSON", "ERROR", "DEBUG", .json, .error),
            ("json", "", "trace", .json, .trace), ("TEXT", "WARN", "", .text, .warning),
            ("", "FATAL", "", .text, .critical),
            ("", "", "", .text, .info), ("xml", "", "notice", .text, .notice), ("JSON", "loud", "", .json, .info),
        ]
    )
    func precedence(format: String, platform: String, own: String, expected: LogFormat, level: Logger.Level) {
        let environment = environment([
            "AWS_LAMBDA_LOG_FORMAT": format, "AWS_LAMBDA_LOG_LEVEL": platform, "LOG_LEVEL": own,
        ])
        #expect(environment.logSettings.format == expected)
        #expect(environment.logSettings.level == level)
        #expect(environment.logSettings.unknownLevel == (platform == "loud" ? "loud" : nil))
    }

    @Test(
        "the telemetry descriptor is used where there is one",
        arguments: [("5", true), ("x", false), ("-1", false), ("", false)]
    )
    func telemetryDescriptor(value: String, isUsed: Bool) {
        #expect((environment(["_LAMBDA_TELEMETRY_LOG_FD": value]).logDestination.framing == .frames) == isUsed)
    }

    @Test("Managed Instances log JSON unless told otherwise")
    func managedInstances() {
        #expect(environment(["AWS_LAMBDA_MAX_CONCURRENCY": "4"]).logSettings.format == .json)
        #expect(
            environment(["AWS_LAMBDA_MAX_CONCURRENCY": "4", "AWS_LAMBDA_LOG_FORMAT": "Text"]).logSettings.format
                == .text
        )
    }

    @Test("a context makes its logger once, with both ids, and a program's own backend stays in use")
    func contextLogger() {
        final class Recorder: LogHandler, Sendable {
            let lines = Guarded<[Logger.Metadata]>([])
            let own = Guarded<Logger.Metadata>([:])
            var logLevel: Logger.Level {
                get { .info }
                set {}
            }
            var metadata: Logger.Metadata {
                get { own.withLock { $0 } }
                set { own.withLock { $0 = newValue } }
            }
            subscript(metadataKey key: String) -> Logger.MetadataValue? {
                get { own.withLock { $0[key] } }
                set { own.withLock { $0[key] = newValue } }
            }
            func log(event: LogEvent) { lines.withLock { $0.append(metadata) } }
        }
        let recorder = Recorder()
        let context = LambdaContext(requestID: "r", tenantID: "t", logger: Logger(label: "own") { _ in recorder })
        context.logger.info("x")
        #expect(recorder.lines.withLock { $0 } == [["requestId": "r", "tenantId": "t"]])
    }

    private func environment(_ variables: [String: String]) -> FunctionEnvironment {
        FunctionEnvironment(publishesTraceID: false) { variables[$0] }
    }
}
