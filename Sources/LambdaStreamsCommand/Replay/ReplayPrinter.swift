// What a replay says while it runs: a line that moves on a terminal, or lines of JSON.

import DynamoDBStreamEvents
import JSONScanning
import RecordReplay
import SharedState

/// Prints the events of a replay. Failures are printed on standard error, up to a limit; in JSON all of them are, on
/// standard output.
final class ReplayPrinter: Sendable {
    private struct State {
        var progress: ProgressLine
        var printed = 0
        var dropped = 0
        /// Parcels that have come to their end.
        var settled = 0
    }

    private static let maximumPrinted = 20
    private let isJSON: Bool
    private let total: ReplayTotal?
    private let begun = ContinuousClock.now
    private let state: Guarded<State>

    init(isJSON: Bool, total: ReplayTotal?) {
        self.isJSON = isJSON
        self.total = total
        state = Guarded(State(progress: ProgressLine(.standardError)))
    }

    func note(_ event: ReplayEvent) {
        if case .progress(let summary) = event {
            return state.withLock { state in
                let settled = state.settled
                state.progress.show(
                    Self.progress(summary, of: self.total, settled: settled, after: self.begun.duration(to: .now))
                )
            }
        }
        if case .settled = event { state.withLock { $0.settled += 1 } }
        if isJSON {
            guard let line = Self.json(event) else { return }
            return Terminal.standardOutput.write(line + "\n")
        }
        guard let sentence = Self.sentence(event) else { return }
        state.withLock { state in
            guard state.printed < Self.maximumPrinted else {
                state.dropped += 1
                return
            }
            state.printed += 1
            state.progress.clear()
            Terminal.standardError.write("  " + sentence.printable + "\n")
        }
    }

    func finish(_ report: ReplayReport) {
        state.withLock { state in
            state.progress.clear()
            if state.dropped > 0 {
                Terminal.standardError.write("  … and \(state.dropped.grouped) more; --json prints all of them\n")
            }
        }
        Terminal.standardOutput.write(isJSON ? report.json + "\n" : report.text(for: .standardOutput))
    }

    /// `12,345 of 20,000 records · 812/s · 10 s left · 3 failed`, or, where the messages are counted,
    /// `345 records · 81/s · 37 of 120 messages · 10 s left`
    ///
    /// - Parameters:
    ///   - settled: how many messages, pages or lines have come to their end.
    ///   - elapsed: since the beginning.
    static func progress(
        _ summary: ReplaySummary,
        of total: ReplayTotal?,
        settled: Int,
        after elapsed: Duration
    ) -> String {
        let ended = summary.handled + summary.stale + summary.failed + summary.heldBack + summary.repeated
        let seconds = max(Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18, 0.001)
        let rate = Double(ended) / seconds
        var parts: [String]
        let place: (done: Int, all: Int)?
        switch total {
        case .records(let all):
            parts = ["\(ended.grouped) of \(all.grouped) records", "\(Int(rate).grouped)/s"]
            place = (ended, all)
        case .parcels(let all, let name):
            // Others may come meanwhile.
            let all = max(all, settled)
            parts = [ended.of("record"), "\(Int(rate).grouped)/s", "\(settled.grouped) of \(all.grouped) \(name)"]
            place = (settled, all)
        case nil:
            parts = [ended.of("record"), "\(Int(rate).grouped)/s"]
            place = nil
        }
        if let place, place.done > 0 {
            let left = Double(max(0, place.all - place.done)) * seconds / Double(place.done)
            parts.append("\(Int(min(left, 1e9).rounded(.up)).grouped) s left")
        }
        if summary.stale > 0 { parts.append("\(summary.stale.grouped) stale") }
        if summary.failed > 0 { parts.append("\(summary.failed.grouped) failed") }
        if summary.lost > 0 { parts.append("\(summary.lost.grouped) lost") }
        return parts.joined(separator: " · ")
    }

    private static func sentence(_ event: ReplayEvent) -> String? {
        switch event {
        case .progress, .settled, .stale: nil
        // Many a reason says where by itself.
        case .loss(let loss, let origin): loss.reason.contains(origin) ? loss.reason : "\(origin): \(loss.reason)"
        case .failed(let record, let origin, let reason):
            "\(origin): \(name(of: record)) failed: \(reason)"
        case .unsettled(let origin, let reason):
            "\(origin): what was done could not be noted, so it may be done again: \(reason)"
        case .waiting(let reason): "waiting: \(reason)"
        }
    }

    /// By its number, or, where a backfill made that, by the item's key.
    private static func name(of record: ReplayRecord) -> String {
        guard let item = record.streamRecord, item.isBackfill, let keys = item.keys else {
            return "the record \(record.sequenceNumber)"
        }
        let parts = keys.map { name, value in "\(name)=\(value.string ?? value.number?.text ?? "…")" }
        return "the item \(parts.joined(separator: ", "))"
    }

    private static func json(_ event: ReplayEvent) -> String? {
        var line = JSONLine()
        switch event {
        case .progress, .settled: return nil
        case .loss(let loss, let origin):
            line.add("event", loss.kind.rawValue)
            line.add("origin", origin)
            line.add("count", loss.count)
            line.add("reason", loss.reason)
        case .failed(let record, let origin, let reason):
            line.add("event", "failed")
            line.add("origin", origin)
            line.add("sequenceNumber", "\(record.sequenceNumber)")
            line.add("reason", reason)
        case .stale(let record, let origin):
            line.add("event", "stale")
            line.add("origin", origin)
            line.add("sequenceNumber", "\(record.sequenceNumber)")
        case .unsettled(let origin, let reason):
            line.add("event", "unsettled")
            line.add("origin", origin)
            line.add("reason", reason)
        case .waiting(let reason):
            line.add("event", "waiting")
            line.add("reason", reason)
        }
        return line.text
    }
}

/// How much there is, as far as that is known beforehand.
enum ReplayTotal: Sendable {
    case records(Int)
    /// - Parameter name: what is counted: `messages`.
    case parcels(Int, name: String)
}

/// An object on one line, its members in the order in which they are added.
struct JSONLine {
    private var bytes: [UInt8] = []

    var text: String {
        String(decoding: (bytes.isEmpty ? [UInt8(ascii: "{")] : bytes) + [UInt8(ascii: "}")], as: UTF8.self)
    }

    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        begin(name)
        bytes.appendJSONString(value)
    }

    mutating func add(_ name: String, _ value: Int?) {
        guard let value else { return }
        begin(name)
        bytes.appendJSONInteger(value)
    }

    mutating func add(_ name: String, _ value: Bool) {
        begin(name)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    mutating func add(_ name: String, _ values: [String]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.appendJSONString(value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func begin(_ name: String) {
        bytes.append(bytes.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
        bytes.appendJSONString(name)
        bytes.append(UInt8(ascii: ":"))
    }
}
