// The report: one self-contained page.

import EventSourceMapping
import Mustache

struct ReportPage {
    /// The most rows of the table. The delivery log contains all of them.
    private static let maximumLossRows = 500

    let verdict: Verdict
    let trace: RunTrace
    /// The function and the source of the records.
    let subject: String

    /// Content of records, responses and names becomes text: in the template between tags only,
    /// where Mustache's escaping is sufficient, and in the script through `textContent`.
    func html() throws -> String {
        let template = try MustacheTemplate(string: Self.text(PackageResources.page_mustache))
        return template.render([
            "title": "\(verdict.headline) \(subject)",
            "subtitle": "lambda-streams simulate · \(subject)",
            "headline": verdict.headline,
            "tone": tone,
            "sentences": verdict.sentences,
            "hasAdvice": !verdict.advice.isEmpty,
            "advice": verdict.advice,
            "hasRecovery": !verdict.recovery.isEmpty,
            "recovery": verdict.recovery.filter { !$0.hasPrefix("lambda-streams ") },
            "redrive": verdict.recovery.filter { $0.hasPrefix("lambda-streams ") },
            "tiles": tiles,
            "hasLosses": !verdict.losses.isEmpty,
            "losses": verdict.losses.prefix(Self.maximumLossRows).map(row),
            "lossesLeftOff": verdict.losses.count > Self.maximumLossRows
                ? "\((verdict.losses.count - Self.maximumLossRows).grouped) more are in the delivery log." : "",
            "hasWarnings": !verdict.warnings.isEmpty,
            "warnings": verdict.warnings,
            "settings": settings,
            "style": Self.text(PackageResources.page_css),
            "script": Self.script,
            "data": String(decoding: ReportData(trace).json, as: UTF8.self),
        ])
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static var script: String {
        [
            PackageResources.model_js, PackageResources.chart_js, PackageResources.rows_js, PackageResources.detail_js,
            PackageResources.start_js,
        ].map(text).joined(separator: "\n")
    }

    private var tone: String {
        switch verdict.exit {
        case .lost, .badInput: "lost"
        case .discarded: "discarded"
        case .done: "good"
        default: ""
        }
    }

    private var tiles: [[String: String]] {
        let counts = verdict.counts
        let all: [(String, Int, String, Bool)] = [
            ("records", counts.records, "", true),
            ("handled", counts.handled, "", true),
            ("filtered", counts.filtered, "", counts.filtered > 0),
            ("discarded", counts.discarded, counts.discarded > 0 ? "discarded" : "", true),
            ("lost", counts.lost, counts.lost > 0 ? "lost" : "", true),
            ("waiting", counts.waiting, "", counts.waiting > 0),
            ("invocations", counts.invocations, "", true),
            ("failed invocations", counts.failedInvocations, counts.failedInvocations > 0 ? "failed" : "", true),
            ("partial invocations", counts.partialInvocations, "", counts.partialInvocations > 0),
            ("throttled attempts", counts.throttledInvocations, "", counts.throttledInvocations > 0),
            ("delivered again", counts.redelivered, "", true),
        ]
        return all.filter(\.3).map { ["name": $0.0, "value": $0.1.grouped, "tone": $0.2] }
    }

    private func row(_ loss: Verdict.Loss) -> [String: String] {
        [
            "shard": loss.shardID,
            "range": loss.range.isEmpty ? "the end of a window" : loss.range,
            "count": loss.count.grouped,
            "why": loss.reason,
            "message": loss.hasMessage ? trace.mapping.onFailureDestination ?? "the destination" : "nothing",
        ]
    }

    private var settings: [[String: String]] {
        let mapping = trace.mapping
        func limit(_ value: Int, _ unit: String) -> String { value < 0 ? "-1 (no limit)" : "\(value)\(unit)" }
        let all: [(String, String)] = [
            ("EventSourceArn", mapping.eventSourceARN),
            ("FunctionName", mapping.functionName),
            ("BatchSize", String(mapping.batchSize)),
            ("MaximumBatchingWindowInSeconds", String(mapping.maximumBatchingWindowInSeconds)),
            ("ParallelizationFactor", String(mapping.parallelizationFactor)),
            ("FunctionResponseTypes", mapping.reportsBatchItemFailures ? "ReportBatchItemFailures" : "none"),
            ("BisectBatchOnFunctionError", String(mapping.bisectBatchOnFunctionError)),
            ("MaximumRetryAttempts", limit(mapping.maximumRetryAttempts, "")),
            ("MaximumRecordAgeInSeconds", limit(mapping.maximumRecordAgeInSeconds, " s")),
            (
                "TumblingWindowInSeconds",
                mapping.tumblingWindowInSeconds > 0 ? "\(mapping.tumblingWindowInSeconds) s" : "none"
            ),
            (
                "FilterCriteria",
                mapping.filterPatterns.isEmpty ? "none" : mapping.filterPatterns.joined(separator: " or ")
            ),
            ("OnFailure destination", mapping.onFailureDestination ?? "none"),
        ]
        return all.map { ["name": $0.0, "value": $0.1] }
    }
}
