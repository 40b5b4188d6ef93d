// What `check` prints: for people, and as JSON.

import JSONScanning

struct CheckReport {
    private let findings: [MappingAdvice]

    init(_ findings: [MappingAdvice]) { self.findings = findings }

    func text(coloured: Bool) -> String {
        let paint = Paint(isOn: coloured)
        var text = ""
        for finding in findings {
            text += paint.bold("\(finding.mapping)") + paint.faint("  \(finding.file):\(finding.line)") + "\n"
            if finding.advice.isEmpty { text += "  nothing to say\n" }
            for advice in finding.advice {
                let mark = advice.severity == .error ? paint.red("error  ") : paint.yellow("warning")
                text += "\n  \(mark) \(advice.summary) " + paint.faint("[\(advice.code)]") + "\n"
                text += WrappedText(advice.reason, width: 100, indent: "          ").text + "\n"
                text += WrappedText("Fix: " + advice.fix, width: 100, indent: "          ").text + "\n"
            }
            text += "\n"
        }
        return text
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
