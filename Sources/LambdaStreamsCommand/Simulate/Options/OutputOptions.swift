// What a simulation writes, and where.

import ArgumentParser
import EventSourceMapping
import Foundation

struct OutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The delivery log, in JSON lines; - for standard output.", valueName: "file"))
    var log: String?

    @Option(help: ArgumentHelp("The messages to the destination, one a line.", valueName: "file"))
    var destinationLog: String?

    @Option(help: "Whose form these have: sqs, sns or s3; that of the mapping's destination by default.")
    var destinationFormat: DestinationFormat?

    @Option(help: ArgumentHelp("A page that shows the run.", valueName: "file"))
    var report: String?

    @Option(help: ArgumentHelp("The function's own log; - for standard output.", valueName: "file"))
    var functionLog: String?

    @Option(help: "How to print the verdict: text or json.")
    var output: OutputFormat = .text

    @Flag(inversion: .prefixedNo, help: "Print a row for each invocation. On a terminal it is the default.")
    var timeline: Bool?

    func recorder(_ mapping: EventSourceMappingConfiguration) throws(OutputError) -> RunRecorder {
        let printsVerdictAlone = output == .json || log == "-"
        let showsTimeline = timeline ?? (Terminal.standardOutput.isTerminal && !printsVerdictAlone)
        var destinations: DestinationLog?
        if let destinationLog {
            destinations = try DestinationLog(destinationLog, destinationFormat ?? DestinationFormat(mapping))
        }
        var deliveries: LineWriter?
        if let log { deliveries = try LineWriter(log) }
        return RunRecorder(
            mapping,
            keepsContent: report != nil,
            deliveryLog: deliveries,
            destinationLog: destinations,
            timeline: showsTimeline ? TimelinePrinter(.standardOutput, lanes: mapping.parallelizationFactor) : nil,
            // The timeline has a line of its own for it; in files and pipes it is the errors' terminal that says it.
            progress: ProgressLine(.standardError, isOn: !showsTimeline && !Terminal.standardOutput.isTerminal)
        )
    }

    func writeReport(_ verdict: Verdict, _ trace: RunTrace, subject: String) throws {
        guard let report else { return }
        let html = try ReportPage(verdict: verdict, trace: trace, subject: subject).html()
        guard FileManager.default.createFile(atPath: report, contents: Data(html.utf8)) else {
            throw OutputError.cannotWrite(path: report)
        }
    }
}
