// The end of a replay, for people and for programs.

import RecordReplay

struct ReplayReport {
    let summary: ReplaySummary
    let isDryRun: Bool
    private let batchSize: Int
    private let hasLeftovers: Bool
    private let notes: [String]

    init(_ summary: ReplaySummary, isDryRun: Bool, batchSize: Int, hasLeftovers: Bool, notes: [String]) {
        self.summary = summary
        self.isDryRun = isDryRun
        self.batchSize = batchSize
        self.hasLeftovers = hasLeftovers
        self.notes = notes
    }

    /// Records that are left although nobody asked for that.
    private var left: Int { summary.failed + summary.heldBack + (isByRequest ? 0 : summary.untried) }

    /// Whether it ended early because the user said so beforehand.
    private var isByRequest: Bool { isDryRun || summary.ending == .limit }

    var exit: CommandExit {
        if summary.ending == .stopped { return .interrupted }
        if summary.losses[.lost] != nil { return .lost }
        if left > 0 || hasLeftovers || summary.unsettled > 0 || summary.losses[.refused] != nil { return .finding }
        if summary.ending != nil, !isByRequest { return .finding }
        return summary.losses[.unknown] != nil ? .unknown : .done
    }

    private var headline: String {
        if isDryRun {
            return "\(summary.untried.of("record")) would be handled, in about \(invocations.of("invocation"))."
        }
        if summary.read == 0, summary.losses.isEmpty, summary.ending == nil { return "There were no records." }
        let handled =
            "\(summary.handled.grouped) of \(summary.read.of("record")) \(summary.handled == 1 ? "was" : "were") handled."
        return switch summary.ending {
        case .stopped: "Interrupted: \(handled)"
        case .tooManyFailures: "Ended after \(summary.failed.of("failure")): \(handled) Is the function repaired?"
        case .unavailable(let reason): "Ended, because \(reason). \(handled)"
        case .source(let reason): "The source could not be read on: \(reason). \(handled)"
        case .limit, nil: handled
        }
    }

    /// About as many as full batches would take.
    private var invocations: Int { (summary.untried + batchSize - 1) / batchSize }

    private var rows: [(Int, String)] {
        [
            (summary.repeated, "came twice, and were handled once"),
            (summary.stale, "are stale: their items have changed since, so they were skipped"),
            (summary.filtered, "are kept out by the filters"),
            (summary.notSelected, "are not selected, and stay where they are"),
            (summary.failed, "failed, and stay where they are"),
            (summary.heldBack, "were held back behind a failed record of their item, and stay where they are"),
            (isDryRun ? 0 : summary.untried, "were not tried, and stay where they are"),
            (summary.lost, "are lost"),
        ].filter { $0.0 > 0 }
    }

    private var sentences: [String] {
        var sentences: [String] = []
        let uncounted = (summary.losses[.lost] ?? 0)
        if uncounted > 0, summary.lost == 0 {
            sentences.append("\(uncounted.of("message")) name records that are lost; how many is not known.")
        }
        if let count = summary.losses[.refused] {
            sentences.append("\(count.of("message")) could not be read, and stay.")
        }
        if let count = summary.losses[.unknown] {
            sentences.append("Of \(count.of("message")) it cannot be known here whether records are missing.")
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
