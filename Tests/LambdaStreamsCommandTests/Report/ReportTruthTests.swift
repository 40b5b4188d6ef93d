// What the report draws and counts is what happened, as a browser shows it.

import TemporaryFiles
import Testing

@Suite(
    "What the report shows",
    .enabled(if: Chromium.executable != nil, "there is no Chromium; `make setup` installs it where apt has it")
)
struct ReportTruthTests {
    @Test("a window has one band and one label, although its state changes with each invocation")
    func oneBandPerWindow() async throws {
        let folder = try TemporaryFolder()
        let records = (1...56).map { reportRecord($0) }.joined()
        let report = try await writeReport(
            records,
            ["--batch-size", "4", "--tumbling-window-in-seconds", "5"],
            script: "[]",
            in: folder
        )
        let browser = try await openReport(
            report,
            finding: """
                look(0, total());
                const texts = [...document.querySelectorAll("#chart text")].map((text) => text.textContent);
                const labels = texts.filter((text) => text.startsWith("window "));
                const starts = [...new Set(run.shards[0].invocations.map((row) => run.windows[row[11]].start))];
                const bands = [...document.querySelectorAll("#chart .band")].map((band) => Number(band.getAttribute("x")));
                return [starts.length > 2, run.windows.length > starts.length,
                  labels.join() === starts.map((start) => "window " + start.slice(11, 19)).join(),
                  bands.length === Math.ceil(starts.length / 2), new Set(bands).size === bands.length];
                """,
            in: folder
        )
        #expect(browser.console == [])
        #expect(browser.page.contains("data-found=\"[true,true,true,true,true]\""), "\(browser.page.suffix(300))")
    }

    @Test("the counts of the chips and of the shards add up to the tiles'")
    func countsAgree() async throws {
        let folder = try TemporaryFolder()
        let records = (1...120).map { reportRecord($0, shard: "shardId-\($0 % 3)") }.joined()
        let script =
            #"[{"when":{"contains":"7"},"then":{"throw":"no"}},{"when":{"contains":"11"},"times":2,"then":{"report":["11"]}}]"#
        let report = try await writeReport(
            records,
            seedsOfTrouble + [
                "--throttle", "20%", "--timeout", "10%", "--filter", #"{"dynamodb":{"Keys":{"id":{"S":["v"]}}}}"#,
            ],
            script: script,
            in: folder
        )
        let browser = try await openReport(
            report,
            finding: """
                const tiles = Object.fromEntries([...document.querySelectorAll(".tiles div")].map((tile) =>
                  [tile.querySelector("dt").textContent, Number(tile.querySelector("dd").textContent.replace(/,/g, ""))]));
                const chips = [...document.querySelectorAll("#shards button")].map((chip) => chip.textContent).join();
                const sum = (kind) => [...chips.matchAll(new RegExp("(\\\\d+) " + kind, "g"))].reduce((all, [, one]) => all + Number(one), 0);
                let invocations = 0, records = 0;
                const fates = { h: 0, f: 0, d: 0, l: 0, w: 0 };
                run.shards.forEach((one, index) => {
                  chooseShard(index);
                  const name = document.getElementById("shard-name").textContent.match(/(\\d+) records?, (\\d+) invocations?/);
                  records += Number(name[1]); invocations += Number(name[2]);
                  for (const fate of one.fates) fates[fate]++;
                });
                return [tiles["failed invocations"] > 0 && tiles["failed invocations"] === sum("failed"),
                  tiles["partial invocations"] > 0 && tiles["partial invocations"] === sum("partial"),
                  tiles["throttled attempts"] > 0 && tiles["throttled attempts"] === sum("throttled"),
                  tiles.invocations === invocations, tiles.records === records && records === sum("record"),
                  tiles.handled === fates.h && tiles.discarded === fates.d && tiles.lost === fates.l];
                """,
            in: folder
        )
        #expect(browser.console == [])
        #expect(browser.page.contains("data-found=\"[true,true,true,true,true,true]\""), "\(browser.page.suffix(300))")
    }

    @Test("a shard of which nothing was delivered has no bar, and says so", arguments: [false, true])
    func nothingDelivered(besideAnother: Bool) async throws {
        let folder = try TemporaryFolder()
        let filtered = (1...8).map { reportRecord($0, value: "dropped", shard: "shardId-1") }.joined()
        let others = (11...18).map { reportRecord($0, shard: "shardId-2") }.joined()
        let report = try await writeReport(
            filtered + (besideAnother ? others : ""),
            ["--batch-size", "4", "--filter", #"{"dynamodb":{"Keys":{"id":{"S":["v"]}}}}"#],
            script: "[]",
            in: folder
        )
        let browser = try await openReport(
            report,
            finding: """
                chooseShard(run.shards.findIndex((one) => one.id === "shardId-1"));
                const count = (selector) => document.querySelectorAll(selector).length;
                const drawn = [...document.querySelectorAll("#overview path")].filter((path) => path.getAttribute("d")).length;
                return [count("#chart .nothing"), count("#chart .b"), drawn, count(".row"), count("#chart rect.filtered") > 0,
                  count("#chart rect.handled")];
                """,
            in: folder
        )
        #expect(browser.console == [])
        #expect(browser.page.contains("data-found=\"[1,0,0,0,true,0]\""), "\(browser.page.suffix(300))")
    }
}
