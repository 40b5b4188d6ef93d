// The report in a browser: it loads without a complaint, shows what happened, and takes records for text.

import Foundation
import TemporaryFiles
import Testing

@Suite(
    "The report",
    .enabled(if: Chromium.executable != nil, "there is no Chromium; `make setup` installs it where apt has it")
)
struct ReportTests {
    /// What a careless page would run: in values, names, keys and shards.
    private static let hostile =
        #"</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\"><!--"#

    @Test("it shows bars, checkpoint, messages and rows, and no complaint on the console")
    func elements() async throws {
        let folder = try TemporaryFolder()
        let records = (1...40).map { reportRecord($0) }.joined()
        let report = try await writeReport(records, seedsOfTrouble, script: poisonScript, in: folder)
        let browser = try await openReport(
            report,
            finding: """
                const count = (selector) => document.querySelectorAll(selector).length;
                return [count("#chart .b") > 5, count("#chart .b.failed") > 2, count("#chart .message"), count("#chart .tie") > 2,
                  count("#chart .cp"), count(".row") > 5, document.querySelector("h1").textContent,
                  document.documentElement.dataset.ready];
                """,
            in: folder
        )
        #expect(browser.console == [])
        #expect(
            browser.page.contains(
                "data-found=\"[true,true,1,true,1,true,&quot;1 of 40 records was discarded.&quot;,&quot;true&quot;]\""
            ),
            "\(browser.page.suffix(300))"
        )
        // Kept for people to look at.
        let artefacts = Products.package.appendingPathComponent("build")
        try FileManager.default.createDirectory(at: artefacts, withIntermediateDirectories: true)
        let image = artefacts.appendingPathComponent("report.png").path
        try await Chromium.screenshot(report, to: image, size: "1400,1500")
        #expect(try Data(contentsOf: URL(fileURLWithPath: image)).count > 20_000)
    }

    @Test("a click shows the records, the event that was sent and the answer")
    func click() async throws {
        let folder = try TemporaryFolder()
        let records = (1...12).map { reportRecord($0) }.joined()
        let report = try await writeReport(records, seedsOfTrouble, script: poisonScript, in: folder)
        let browser = try await openReport(
            report,
            finding: """
                document.querySelector("#chart .b.failed").dispatchEvent(new MouseEvent("click", {bubbles: true}));
                const sent = [...document.querySelectorAll("#detail details")][1];
                sent.open = true; sent.dispatchEvent(new Event("toggle"));
                const event = JSON.parse(sent.querySelector("pre").textContent);
                const button = document.querySelector("#detail ol button"); button.click();
                const shown = JSON.parse(document.querySelector("#detail pre:not([hidden])").textContent.startsWith("There")
                  ? [...document.querySelectorAll("#detail pre")].pop().textContent : "{}");
                document.querySelector("#chart .message").dispatchEvent(new MouseEvent("click", {bubbles: true}));
                const message = JSON.parse(document.querySelector("#detail pre").textContent);
                return [event.Records.map((record) => record.dynamodb.SequenceNumber).includes("7"), shown.eventName,
                  message.requestContext.condition];
                """,
            in: folder
        )
        #expect(browser.console == [])
        #expect(
            browser.page.contains("data-found=\"[true,&quot;INSERT&quot;,&quot;RetryAttemptsExhausted&quot;]\""),
            "\(browser.page.suffix(300))"
        )
    }

    @Test("markup in records, keys, shards, answers and errors stays text")
    func hostile() async throws {
        let folder = try TemporaryFolder()
        let records = (1...12).map {
            reportRecord($0, value: Self.hostile, shard: "</script><img/src=x/onerror=document.title='taken'>")
        }
        .joined()
        let script =
            #"[{"when":{"contains":"7"},"then":{"throw":"\#(Self.hostile)"}},{"then":{"return":{"batchItemFailures":[],"x":"\#(Self.hostile)"}}}]"#
        let report = try await writeReport(records, seedsOfTrouble, script: script, in: folder)
        let browser = try await openReport(
            report,
            finding: """
                select(0, true); showMessage(0);
                for (const row of document.querySelectorAll(".row")) row.click();
                for (const part of document.querySelectorAll("details")) { part.open = true; part.dispatchEvent(new Event("toggle")); }
                for (const button of document.querySelectorAll("#detail button")) button.click();
                return [document.title.includes("taken"), document.images.length, document.scripts.length];
                """,
            in: folder
        )
        #expect(browser.console == [])
        // The data, the page's script, the test's.
        #expect(browser.page.contains("data-found=\"[false,0,3]\""), "\(browser.page.suffix(300))")
    }

    @Test("windows are marked, and concurrent batches and filters leave gaps that are shown")
    func windows() async throws {
        let folder = try TemporaryFolder()
        let records = (1...60).map { reportRecord($0, value: "k\($0 % 5)") }.joined()
        let report = try await writeReport(
            records,
            ["--batch-size", "4", "--tumbling-window-in-seconds", "5"],
            script: "[]",
            in: folder
        )
        let browser = try await openReport(
            report,
            finding: "return [document.querySelectorAll('#chart .band').length > 0, run.windows.length > 3];",
            in: folder
        )
        #expect(browser.console == [])
        #expect(browser.page.contains("data-found=\"[true,true]\""))
    }

    @Test("five thousand invocations are looked at in parts, in few elements")
    func large() async throws {
        let folder = try TemporaryFolder()
        let run = try await CommandRun.lambdaStreams([
            "simulate", "--generate", "5000", "--keys", "500", "--rate", "200/s", "--batch-size", "1", "--shards", "2",
            "--maximum-retry-attempts", "5", "--timeout", "2%", "--report", folder.file("report.html"), "--no-advice",
            "--", Products.executable("OrderProjector"),
        ])
        #expect(run.status == 0, "\(run.errors)")
        let browser = try await openReport(
            folder.file("report.html"),
            finding: """
                look(0, total()); const bars = document.querySelectorAll("#chart .b").length;
                document.getElementById("rows").scrollTop = 1e6; nextFailure(1); chooseShard(1);
                return [total() > 2400, bars < 2000, document.querySelectorAll("*").length < 6000,
                  document.querySelectorAll("#shards button").length];
                """,
            in: folder
        )
        #expect(browser.console == [])
        #expect(browser.page.contains("data-found=\"[true,true,true,2]\""), "\(browser.page.suffix(300))")
    }
}
