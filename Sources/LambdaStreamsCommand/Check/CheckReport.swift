// The output of `check`, for people and as JSON.

import JSONScanning

struct CheckReport {
    private let findings: [MappingAdvice]

    init(_ findings: [MappingAdvice]) { self.findings = findings }

    private func count(_ severity: Advice.Severity) -> Int { count { $0.severity == severity } }

    private func count(where isCounted: (Advice) -> Bool) -> Int {
        findings.reduce(0) { $0 + $1.advice.count(where: isCounted) }
    }

    /// Errors and warnings take precedence over unknown results. Notes do not change it.
    var exit: CommandExit {
        if count(.error) + count(.warning) > 0 { return .finding }
        return count(.unknown) > 0 ? .unknown : .done
    }

    func text(coloured: Bool) -> String {
        let paint = Paint(isOn: coloured)
        var text = ""
        for finding in findings {
            text += paint.bold("\(finding.mapping)") + paint.faint("  \(finding.file):\(finding.line)") + "\n"
            if finding.advice.isEmpty { text += "  no advice\n" }
            for advice in finding.advice {
                let mark =
                    switch advice.severity {
                    case .error: paint.red("error  ")
                    case .warning: paint.yellow("warning")
                    case .unknown: paint.yellow("unknown")
                    case .note: paint.faint("note   ")
                    }
                text += "\n  \(mark) \(advice.summary) " + paint.faint("[\(advice.code)]") + "\n"
                text += WrappedText(advice.reason, width: 100, indent: "          ").text + "\n"
                text += WrappedText("Fix: " + advice.fix, width: 100, indent: "          ").text + "\n"
            }
            text += "\n"
        }
        return text + headline + "\n"
    }

    /// One sentence that says whether there is advice, and whether that is known.
    private var headline: String {
        let bad = [(count(.error), "error"), (count(.warning), "warning")].filter { $0.0 > 0 }.map { $0.0.of($0.1) }
        let notes = count { $0.severity == .note && !$0.isOpen }
        let open = count(where: \.isOpen)
        let doubt = open > 0 ? " \(open.of("thing")) \(open == 1 ? "was" : "were") not checked." : ""
        if !bad.isEmpty {
            return "\((bad + (notes > 0 ? [notes.of("note")] : [])).joined(separator: ", ")).\(doubt)"
        }
        let except = notes > 0 ? ", except \(notes.of("note"))" : ""
        if count(.unknown) > 0 { return "This check is incomplete\(except).\(doubt)" }
        return "No advice for \(findings.count(where: \.isMapping).of("mapping"))\(except).\(doubt)"
    }

    /// `[{"mapping","file","line","advice":[{"code","severity","summary","reason","fix"}]}]`
    var json: String {
        let mappings = findings.map { finding in
            TemplateValue.object([
                TemplateMember("mapping", .string(finding.mapping)),
                TemplateMember("file", .string(finding.file)),
                TemplateMember("line", .number(String(finding.line))),
                TemplateMember("advice", .list(finding.advice.map(Self.value))),
            ])
        }
        return TemplateValue.list(mappings).jsonText
    }

    private static func value(_ advice: Advice) -> TemplateValue {
        .object([
            TemplateMember("code", .string(advice.code)),
            TemplateMember("severity", .string(advice.severity.rawValue)),
            TemplateMember("summary", .string(advice.summary)),
            TemplateMember("reason", .string(advice.reason)),
            TemplateMember("fix", .string(advice.fix)),
        ])
    }
}
