// The end of a replay, for people and for programs.

import RecordReplay

struct ReplayReport {
    let summary: ReplaySummary
    let isDryRun: Bool
    /// What could not be written.
    private let failures: [String]
    private let batchSize: Int
    private let hasLeftovers: Bool
    /// What becomes of a record that is not handled; empty for items of a table, which stay there in any case.
    private let fate: String
    private let notes: [String]

    init(
        _ summary: ReplaySummary,
        failures: [String] = [],
        isDryRun: Bool,
        batchSize: Int,
        hasLeftovers: Bool,
        areItems: Bool = false,
        notes: [String]
    ) {
        self.summary = summary
        self.failures = failures
        self.isDryRun = isDryRun
        self.batchSize = batchSize
        self.hasLeftovers = hasLeftovers
        fate = areItems ? "" : "; left where they are"
        self.notes = notes
    }

    /// Records that are left although nobody asked for that.
    private var left: Int {
        summary.failed + summary.heldBack + (isDryRun || summary.ending == .limit ? 0 : summary.untried)
    }

    var exit: CommandExit {
        if summary.ending == .stopped { return .interrupted }
        if summary.losses[.lost] != nil { return .lost }
        if left > 0 || hasLeftovers || summary.unsettled > 0 || summary.losses[.refused] != nil { return .finding }
        if !failures.isEmpty { return .finding }
        if summary.ending != nil, summary.ending != .limit { return .finding }
        return summary.losses[.unknown] != nil ? .unknown : .done
    }

    private var headline: String {
        if summary.read == 0, summary.losses.isEmpty, summary.ending == nil { return "There were no records." }
        let handled =
            isDryRun
            ? "\(summary.untried.of("record")) would be handled, in about \(invocations.of("invocation"))."
            : "\(summary.handled.grouped) of \(summary.read.of("record")) handled."
        return switch summary.ending {
        case .stopped: "Interrupted: \(handled)"
        case .tooManyFailures: "Ended after \(summary.failed.of("failure")): \(handled) Is the function repaired?"
        case .unavailable(let reason): "Ended, because \(reason). \(handled)"
        case .source(let reason): "The source could not be read to its end: \(reason). \(handled)"
        case .limit, nil: handled
        }
    }

    /// About as many as full batches would take.
    private var invocations: Int { (summary.untried + batchSize - 1) / batchSize }

    private var rows: [(Int, String)] {
        [
            (summary.repeated, "received twice, handled once"),
            (summary.stale, "stale: the item has changed since; skipped"),
            (summary.filtered, "filtered out"),
            (summary.notSelected, "not selected\(fate)"),
            (summary.failed, "failed\(fate)"),
            (summary.heldBack, "held back behind a failed record of the same item\(fate)"),
            (isDryRun ? 0 : summary.untried, "not tried\(fate)"),
            (summary.lost, "lost"),
        ].filter { $0.0 > 0 }
    }

    private var sentences: [String] {
        var sentences = failures
        let uncounted = (summary.losses[.lost] ?? 0)
        if uncounted > 0, summary.lost == 0 {
            sentences.append(
                "Messages that name lost records: \(uncounted.grouped). How many records that is cannot be known here."
            )
        }
        if let count = summary.losses[.refused] {
            sentences.append("Messages that cannot be redriven, and were left where they are: \(count.grouped).")
        }
        if let count = summary.losses[.unknown] {
            sentences.append("Messages that may have missing records, which cannot be known here: \(count.grouped).")
        }
        if summary.unsettled > 0 {
            sentences.append(
                "What was done of \(summary.unsettled.of("message")) could not be noted: the next run may do it again."
            )
        }
        return sentences + notes
    }

    func text(for terminal: Terminal) -> String {
        let paint = Paint(isOn: terminal.isColoured)
        let colour = exit == .done ? paint.green : exit == .lost || exit == .finding ? paint.red : paint.yellow
        var text = colour(paint.bold(headline)) + "\n"
        let width = rows.map { $0.0.grouped.count }.max() ?? 0
        for (count, meaning) in rows {
            let number = count.grouped
            text += "  " + String(repeating: " ", count: width - number.count) + number + " " + meaning + "\n"
        }
        for sentence in sentences { text += WrappedText(sentence, width: terminal.width, indent: "  ").text + "\n" }
        return text
    }

    /// `{"event":"summary","read":…,"handled":…,…,"exitCode":…}`
    var json: String {
        var line = JSONLine()
        line.add("event", "summary")
        line.add("headline", headline)
        line.add("dryRun", isDryRun)
        let counts: [(String, Int)] = [
            ("read", summary.read), ("handled", summary.handled), ("repeated", summary.repeated),
            ("stale", summary.stale), ("failed", summary.failed), ("heldBack", summary.heldBack),
            ("notSelected", summary.notSelected), ("untried", summary.untried), ("filtered", summary.filtered),
            ("lost", summary.lost), ("unknown", summary.losses[.unknown] ?? 0),
            ("refused", summary.losses[.refused] ?? 0), ("unsettled", summary.unsettled),
            ("invocations", isDryRun ? invocations : summary.invocations), ("bytes", summary.selectedBytes),
        ]
        for (name, count) in counts { line.add(name, count) }
        line.add("notes", sentences)
        line.add("exitCode", Int(exit.rawValue))
        return line.text
    }
}
