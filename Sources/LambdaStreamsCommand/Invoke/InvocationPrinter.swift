// Prints responses to standard output and everything else to standard error.

import Foundation
import JSONScanning
import RuntimeAPIServer

struct InvocationPrinter: Sendable {
    let format: OutputFormat
    let showsLog: Bool
    let interruption: Interruption
    private let output = BoundedOutput(STDOUT_FILENO)
    private let errors = BoundedOutput(STDERR_FILENO)

    init(format: OutputFormat, showsLog: Bool, _ interruption: Interruption) {
        self.format = format
        self.showsLog = showsLog
        self.interruption = interruption
    }

    /// A line of the function's log.
    var log: @Sendable (LogLine) -> Void {
        guard showsLog else { return { _ in } }
        let paint = Paint(isOn: Terminal.standardError.isColoured)
        return { [errors] line in
            let text = line.source == .platform ? paint.faint(line.text) : line.text
            errors.write(text + "\n")
        }
    }

    /// Off if the log or the responses use the same terminal.
    var showsProgress: Bool { !showsLog && !Terminal.standardOutput.isTerminal }

    func say(_ sentence: String) { errors.say(sentence) }

    func print(_ outcome: InvocationOutcome) {
        write(format == .json ? outcome.json : outcome.payload)
    }

    /// An event that did not reach the function. It has a line in JSON too, so that there is a line for each event.
    func print(_ failure: InvocationFailure) {
        say(failure.sentence)
        if format == .json { write(failure.json) }
    }

    private func write(_ line: [UInt8]) {
        // Responses are not dropped: a slow reader receives all of them, unless the run is interrupted.
        output.write(line + [UInt8(ascii: "\n")]) { !interruption.isRequested }
    }
}

extension InvocationFailure {
    fileprivate var sentence: String {
        switch self {
        case .payloadTooLarge(let count, let limit): "the event has \(count) bytes; Lambda takes at most \(limit)"
        case .throttled(let length): "\(length) invocations are already waiting"
        case .duplicateRequestID: "an invocation with this id is already running"
        case .cancelled, .serverStopped: "the invocation was abandoned"
        }
    }

    /// One line: `{"requestId":null,"status":"refused","error"}`.
    fileprivate var json: [UInt8] {
        var json: [UInt8] = []
        json.appendJSON(#"{"requestId":null,"status":"refused","error":"#)
        json.appendJSONString(sentence)
        json.appendJSON("}")
        return json
    }
}

extension InvocationOutcome {
    /// One line: `{"requestId","status","response"|"error","durationMs",…}`.
    fileprivate var json: [UInt8] {
        var json: [UInt8] = []
        json.appendJSON(#"{"requestId":"#)
        json.appendJSONString(requestID)
        json.appendJSON(#","status":"#)
        json.appendJSONString(report.status.rawValue)
        if let error {
            json.appendJSON(#","errorType":"#)
            json.appendJSONString(error.type)
            json.appendJSON(#","error":"#)
        } else {
            json.appendJSON(#","response":"#)
        }
        json.appendDocument(payload)
        json.appendMilliseconds("durationMs", report.duration)
        json.appendMilliseconds("billedDurationMs", report.billedDuration)
        if let duration = report.initializationDuration { json.appendMilliseconds("initDurationMs", duration) }
        if let bytes = report.maximumMemoryUsed {
            json.appendJSON(#","maxMemoryUsedBytes":"#)
            json.appendJSONInteger(bytes)
        }
        json.appendJSON("}")
        return json
    }
}

extension [UInt8] {
    /// A JSON document on one line; other text as a JSON string.
    fileprivate mutating func appendDocument(_ bytes: [UInt8]) {
        if (try? JSONDocument(bytes)) != nil {
            // Within JSON a newline can only be white space.
            append(contentsOf: bytes.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
        } else {
            appendJSONString(String(decoding: bytes, as: UTF8.self))
        }
    }

    fileprivate mutating func appendMilliseconds(_ name: String, _ duration: Duration) {
        appendJSON(",")
        appendJSONString(name)
        appendJSON(":")
        append(contentsOf: String(format: "%.3f", duration / .milliseconds(1)).utf8)
    }
}
