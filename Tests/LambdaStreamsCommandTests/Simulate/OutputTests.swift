// What `simulate` writes: devices, FIFOs and links are opened and not replaced, and no file decides over the verdict.

import Foundation
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("What simulate writes")
struct OutputTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let files = ["--log", "--destination-log", "--report", "--function-log"]

    private func simulate(_ options: [String], input: String? = nil) async throws -> CommandRun {
        let source = input == nil ? ["--generate", "5"] : ["--records", "-"]
        return try await CommandRun.lambdaStreams(
            ["simulate"] + source + options + ["--", Products.scriptedFunction],
            input: input
        )
    }

    @Test("a device stays one", arguments: files)
    func device(_ option: String) async throws {
        // A device of the test's own: as root, a command that replaces it would replace /dev/null.
        let run = try await simulate([option, "/dev/null"])
        #expect(run.status == 0, "\(run.errors)")
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }

    @Test(
        "a symbolic link stays one, and the file that it names is written",
        arguments: files.filter { $0 != "--function-log" }
    )
    func link(_ option: String) async throws {
        let (target, link) = (folder.file("target"), folder.file("link"))
        _ = try folder.write("before", to: "target")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        let run = try await simulate([option, link])
        #expect(run.status == 0, "\(run.errors)")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
        #expect(try !folder.read("target").contains("before"))
        if option != "--destination-log" { #expect(try !folder.read("target").isEmpty) }
    }

    @Test("a FIFO is written to", arguments: ["--log", "--report"])
    func fifo(_ option: String) async throws {
        let path = folder.file("fifo")
        #expect(mkfifo(path, 0o600) == 0)
        async let read = CommandRun.run(URL(fileURLWithPath: "/bin/cat"), [path])
        let run = try await simulate([option, path])
        #expect(run.status == 0, "\(run.errors)")
        let text = try await read.output
        #expect(!text.isEmpty)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }

    @Test("one that cannot be opened is noticed before the function starts", arguments: files)
    func unwritable(_ option: String) async throws {
        for path in ["/nowhere/file", folder.url.path] {
            let run = try await CommandRun.lambdaStreams([
                "simulate", "--generate", "5", option, path, "--", Products.scriptedFunction, "--journal",
                folder.file("journal"),
            ])
            #expect(run.status == 2 && run.errors.contains("\(path) cannot be written"), "\(run.errors)")
            #expect(run.output == "" && !FileManager.default.fileExists(atPath: folder.file("journal")))
        }
    }

    @Test(
        "one that fills up does not keep the verdict back, and the run is not green",
        arguments: ["--log", "--report"]
    )
    func full(_ option: String) async throws {
        let run = try await simulate([option, "/dev/full"])
        #expect(run.status == 2, "\(run.errors)")
        #expect(run.output.contains("5 records: 5 handled"), "\(run.output)")
        #expect(run.output.contains("/dev/full cannot be written: no space left on device"), "\(run.output)")
    }

    @Test(
        "--log - is JSON lines alone, and the rest goes to standard error",
        arguments: [[], ["--timeline"], ["--output", "json"]]
    )
    func standardOutput(_ more: [String]) async throws {
        let run = try await simulate(["--log", "-"] + more)
        #expect(run.status == 0)
        let lines = run.output.split(separator: "\n")
        #expect(lines.count >= 2)
        for line in lines {
            #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] != nil, "\(line)")
        }
        #expect(run.errors.contains("Every record was handled."))
    }

    @Test("the timeline does not mix into a verdict of JSON")
    func jsonVerdict() async throws {
        let run = try await simulate(["--timeline", "--output", "json"])
        #expect((try? JSONSerialization.jsonObject(with: Data(run.output.utf8))) != nil, "\(run.output)")
        #expect(run.errors.contains("#1"))
    }

    @Test("an output is not one of the inputs or another output")
    func sameFile() async throws {
        let records = try folder.write(
            #"{"dynamodb":{"Keys":{"id":{"S":"a"}},"SequenceNumber":"1"}}"#,
            to: "records.json"
        )
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: records)
        for path in [records, folder.file("link")] {
            let run = try await CommandRun.lambdaStreams([
                "simulate", "--records", records, "--log", path, "--", Products.scriptedFunction,
            ])
            #expect(run.status == 2 && run.errors.contains("name the same file"), "\(run.errors)")
            #expect(try folder.read("records.json").contains("SequenceNumber"))
        }
        let both = try await simulate(["--log", folder.file("new"), "--report", folder.file("new")])
        #expect(both.status == 2 && both.errors.contains("name the same file"))
    }

    @Test("a report that cannot be replaced keeps what it has until there is another")
    func report() async throws {
        let path = try folder.write("before", to: "report.html")
        let run = try await CommandRun.lambdaStreams([
            "simulate", "--records", "none.json", "--report", path, "--", Products.scriptedFunction,
        ])
        #expect(run.status == 2)
        #expect(try folder.read("report.html") == "before")
    }

    @Test(
        "the function's log has the last invocation whole, in a file and on standard output",
        arguments: ["simulate", "redrive"]
    )
    func functionLog(subcommand: String) async throws {
        let run = try await run(subcommand, log: folder.file("function.log"))
        #expect(run.status == 0, "\(run.errors)")
        let lines = try folder.read("function.log").split(separator: "\n")
        #expect(lines.filter { $0.contains("\tINFO\torder ") }.count == 2)
        #expect(lines.last?.hasPrefix("REPORT RequestId: ") == true)
        #expect(lines.filter { $0.hasPrefix("START ") }.count == lines.filter { $0.hasPrefix("REPORT ") }.count)
        let printed = try await self.run(subcommand, log: "-")
        #expect(printed.output.split(separator: "\n").contains { $0.hasPrefix("REPORT RequestId: ") })
    }

    @Test("a function's log that cannot be written is said, and exit code 1")
    func fullFunctionLog() async throws {
        let run = try await run("redrive", log: "/dev/full")
        #expect(run.status == 1 && (run.output + run.errors).contains("/dev/full"), "\(run.output)\(run.errors)")
    }

    /// Hands two records to the projection.
    private func run(_ subcommand: String, log: String) async throws -> CommandRun {
        let event = try await CommandRun.lambdaStreams(["generate-event", "--count", "2", "--lines"])
        // A file of its own: a redrive works through a file once.
        let records = try folder.write(event.output, to: "\(UUID()).jsonl")
        return try await CommandRun.lambdaStreams([
            subcommand, subcommand == "simulate" ? "--records" : "--from", records, "--function-log", log,
            "--", Products.executable("OrderProjector"),
        ])
    }
}
