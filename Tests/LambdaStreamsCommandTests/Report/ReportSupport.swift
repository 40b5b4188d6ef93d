// What the tests of the report share: records, a run with a report, and a probe of the page in a browser.

import Foundation
import TemporaryFiles
import Testing

/// A record of one shard; four are written each second.
func reportRecord(_ number: Int, value: String = "v", shard: String = "shardId-1") -> String {
    #"""
    {"shardId":"\#(shard)","record":{"eventID":"\#(number)","eventName":"INSERT","dynamodb":{\#
    "ApproximateCreationDateTime":\#(1_767_225_600 + number / 4),"Keys":{"id":{"S":"\#(value)"}},\#
    "NewImage":{"\#(value)":{"S":"\#(value)"}},"SequenceNumber":"\#(number)"}}}

    """#
}

/// Simulates a function that answers by a script, and gives the path of the report.
func writeReport(
    _ records: String,
    _ options: [String],
    script: String,
    in folder: TemporaryFolder
) async throws -> String {
    let input = try folder.write(records, to: "records.jsonl")
    let rules = try folder.write(#"{"script":\#(script)}"#, to: "case.json")
    let run = try await CommandRun.lambdaStreams(
        ["simulate", "--records", input, "--report", folder.file("report.html"), "--no-advice"] + options
            + ["--", Products.scriptedFunction, "--case", rules]
    )
    #expect([0, 3, 4].contains(run.status), "\(run.errors)")
    return folder.file("report.html")
}

/// The page with a script of the test's at its end, which writes what it finds into the body's `data-found`.
func openReport(_ report: String, finding script: String, in folder: TemporaryFolder) async throws -> Chromium {
    let page = try String(contentsOfFile: report, encoding: .utf8)
    let probe = "<script>document.body.dataset.found = JSON.stringify((() => { \(script) })());</script></body>"
    let changed = try folder.write(page.replacing("</body>", with: probe), to: "probed.html")
    return try await Chromium.open(changed)
}

/// Settings under which a record that always fails is bisected out and discarded.
let seedsOfTrouble = [
    "--batch-size", "10", "--maximum-batching-window-in-seconds", "5", "--maximum-retry-attempts", "2",
    "--report-batch-item-failures", "true", "--bisect-batch-on-function-error", "true",
    "--destination", "arn:aws:sqs:us-east-1:123456789012:failed",
]
let poisonScript = #"[{"when":{"contains":"7"},"then":{"throw":"no such order"}}]"#
