// What `invoke` prints: answers to standard output, everything else to standard error.

import Foundation
import JSONScanning
import RuntimeAPIServer

struct InvocationPrinter: Sendable {
    let format: OutputFormat
    let showsLog: Bool

    /// A line of the function's log.
    var log: @Sendable (LogLine) -> Void {
        guard showsLog else { return { _ in } }
        let paint = Paint(isOn: Terminal.standardError.isColoured)
        return { line in
            let text = line.source == .platform ? paint.faint(line.text) : line.text
            Terminal.standardError.write(text + "\n")
        }
    }

    func say(_ sentence: String) { Terminal.standardError.write("lambda-streams: \(sentence)\n") }

    func print(_ outcome: InvocationOutcome) {
        var text = format == .json ? outcome.json : outcome.payload
        text.append(UInt8(ascii: "\n"))
        try? FileHandle.standardOutput.write(contentsOf: Data(text))
    }

    /// A line that a terminal shows over and over, where no log does.
    func progress(_ done: Int, of count: Int) {
        guard count > 1, !showsLog, Terminal.standardError.isTerminal, done % 100 == 0 || done == count else { return }
        Terminal.standardError.write("\r\(done) of \(count)" + (done == count ? "\n" : ""))
    }
}

extension InvocationOutcome {
    /// One line: `{"requestId","status","answer"|"error","durationMs",…}`.
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
            json.appendJSON(#","answer":"#)
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
    /// A document as it is, on one line; what is none, as a string.
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
