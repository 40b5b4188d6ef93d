// The timeline on a terminal: one row for each invocation, retries and parts indented under their batch.

import EventSourceMapping

struct TimelinePrinter {
    private let terminal: Terminal
    private let paint: Paint
    private let showsBatches: Bool
    private var start: MappingInstant?
    private var shardNames: [String: String] = [:]
    private var quietRows = 0
    private var shownRows = 0
    private var invocations = 0
    private var progress: ProgressLine

    /// Further successful batches are only counted, so that they do not push failures out of view.
    private static let eventfulRows = 40
    private static let maximumRows = 4000

    init(_ terminal: Terminal, concurrentBatches: Int) {
        self.terminal = terminal
        paint = Paint(isOn: terminal.isColoured)
        progress = ProgressLine(terminal)
        showsBatches = concurrentBatches > 1
    }

    mutating func show(_ entry: DeliveryLogEntry, _ traced: TracedInvocation?, in trace: RunTrace) {
        switch entry {
        case .invoke(let entry):
            guard let traced else { return }
            invocations += 1
            if start == nil { start = traced.at }
            let isEventful = traced.outcome != .success || traced.origin != .fresh
            if isEventful || quietRows < Self.eventfulRows {
                if !isEventful { quietRows += 1 }
                row(traced, shardID: entry.invocation.shardID)
            }
            progress.show("\(Self.elapsed(traced.at - (start ?? traced.at)))  \(invocations.of("invocation")) …")
        case .destination(let entry):
            let records = entry.delivery.sequenceNumbers
            line(
                entry.at,
                "  ◆ " + paint.yellow("\(named(records.count)) discarded; a message to the on-failure destination")
            )
        case .dropped(let entry):
            let why =
                entry.destinationFailure.map { "the message could not be sent: \($0.printable)" }
                ?? "no message describes \(entry.sequenceNumbers.count > 1 ? "them" : "it")"
            line(entry.at, "  ◆ " + paint.red("\(named(entry.sequenceNumbers.count)) lost; \(why)"))
        case .warning(let entry): line(entry.at, paint.yellow("! \(entry.text.printable)"))
        case .checkpoint, .filtered: break
        }
    }

    mutating func finish() {
        progress.clear()
        if invocations > shownRows {
            terminal.write(paint.faint("… and \((invocations - shownRows).of("invocation")) not shown\n"))
        }
        if invocations > 0 { terminal.write("\n") }
    }

    private mutating func row(_ one: TracedInvocation, shardID: String) {
        shownRows += 1
        guard shownRows <= Self.maximumRows else {
            shownRows -= 1
            return
        }
        let shard = shardName(shardID)
        var place = shard.isEmpty ? "" : shard.padded(to: 4)
        if showsBatches { place += "batch \(one.concurrentBatch)  " }
        let branch =
            one.depth == 0
            ? (one.origin == .retry ? "↻ " : "")
            : String(repeating: "  ", count: min(one.depth, 12) - 1) + (one.origin == .retry ? "  ↻ " : "└ ")
        let again = one.attempt > 1 ? " ×\(one.attempt)" : ""
        let batch = (branch + range(one.records) + again).padded(to: 22)
        line(one.at, place + batch + "  " + result(one) + (one.next.isEmpty ? "" : paint.faint(" → \(one.next)")))
    }

    private func result(_ one: TracedInvocation) -> String {
        switch one.outcome {
        case .success:
            paint.green("✓ ") + (one.records.isEmpty ? "window closed" : "\(one.records.count.grouped) handled")
        case .partial: paint.yellow("◐ ") + "#\((one.failed ?? 0) + 1) reported"
        case .failed:
            paint.red("✗ ") + (one.error?.printable ?? one.failed.map { "#\($0 + 1) reported" } ?? "failed")
        case .throttled: paint.yellow("… ") + (one.error?.printable ?? "throttled")
        }
    }

    private func range(_ records: TracedRecords) -> String {
        switch records.count {
        case 0: "(no records)"
        case 1: "#\(records.first + 1)"
        default: "#\(records.first + 1)–\(records.last + 1)" + (records.picked == nil ? "" : " (\(records.count))")
        }
    }

    private func named(_ count: Int) -> String { count == 0 ? "the end of a window" : count.of("record") }

    /// s1, s2, … in the order in which they come; nothing while there is one.
    private mutating func shardName(_ id: String) -> String {
        if let name = shardNames[id] { return shardNames.count > 1 ? name : "" }
        let name = "s\(shardNames.count + 1)"
        shardNames[id] = name
        guard shardNames.count > 1 else { return "" }
        progress.clear()
        terminal.write(paint.faint("\(name) is \(id.printable)\n"))
        return name
    }

    private mutating func line(_ at: MappingInstant, _ text: String) {
        progress.clear()
        let time = Self.elapsed(at - (start ?? at)).padded(to: 14)
        terminal.write(paint.faint(time) + text + "\n")
    }

    /// `+200 ms`, `+3.5 s`, `+2 h 5 min`.
    static func elapsed(_ duration: Duration) -> String {
        let milliseconds =
            duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        if abs(milliseconds) < 1000 { return "+\(milliseconds) ms" }
        let seconds = milliseconds / 1000
        let tenths = abs(milliseconds % 1000) / 100
        if seconds < 60 { return "+\(seconds)\(tenths > 0 ? ".\(tenths)" : "") s" }
        if seconds < 3600 { return "+\(seconds / 60) min\(seconds % 60 > 0 ? " \(seconds % 60) s" : "")" }
        return "+\(seconds / 3600) h\(seconds / 60 % 60 > 0 ? " \(seconds / 60 % 60) min" : "")"
    }
}
