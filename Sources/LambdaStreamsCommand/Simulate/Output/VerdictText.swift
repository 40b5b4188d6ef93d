// The verdict for people.

struct VerdictText {
    let text: String

    init(_ verdict: Verdict, report: String?, terminal: Terminal) {
        let paint = Paint(isOn: terminal.isColoured)
        let width = min(terminal.width, 110)
        var lines: [String] = []
        let headline = verdict.headline.printable
        switch verdict.exit {
        case .done: lines.append(paint.bold(paint.green(headline)))
        case .lost, .badInput: lines.append(paint.bold(paint.red(headline)))
        default: lines.append(paint.bold(paint.yellow(headline)))
        }
        lines += verdict.sentences.map { WrappedText($0.printable, width: width).text }
        for warning in verdict.warnings {
            lines.append(WrappedText("Warning: " + warning.printable, width: width).text)
        }
        if !verdict.loggedErrors.isEmpty {
            lines += ["", "The last errors in the function's log, which --function-log FILE keeps"]
            lines += verdict.loggedErrors.map { WrappedText("- " + $0.printable, width: width).text }
        }
        if !verdict.advice.isEmpty {
            lines += ["", "With other settings"]
            lines += verdict.advice.map { WrappedText("- " + $0.printable, width: width).text }
        }
        if !verdict.recovery.isEmpty {
            lines += ["", "To bring records back"]
            // A command line is not broken: it is to be copied.
            lines += verdict.recovery.map { text in
                text.hasPrefix("lambda-streams ")
                    ? "  " + text.printable : WrappedText(text.printable, width: width).text
            }
        }
        if let report { lines += ["", "The report: \(report)"] }
        text = lines.joined(separator: "\n") + "\n"
    }
}
