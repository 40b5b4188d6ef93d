// The outputs of a simulation.

import ArgumentParser
import EventSourceMapping
import Foundation

struct OutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The delivery log, in JSON lines. With - it has standard output to itself, and the rest goes to standard error.",
            valueName: "file"
        )
    )
    var log: String?

    @Option(help: ArgumentHelp("The messages to the on-failure destination, one a line.", valueName: "file"))
    var destinationLog: String?

    @Option(help: "The form of these messages: sqs, sns or s3; that of the mapping's destination by default.")
    var destinationFormat: DestinationFormat?

    @Option(help: ArgumentHelp("A page that shows the run.", valueName: "file"))
    var report: String?

    @Option(help: ArgumentHelp("The function's own log; - for standard output.", valueName: "file"))
    var functionLog: String?

    @Option(help: "How to print the verdict: text or json.")
    var output: OutputFormat = .text

    @Flag(inversion: .prefixedNo, help: "Print a row for each invocation. On a terminal it is the default.")
    var timeline: Bool?

    private var files: [(option: String, path: String)] {
        [("--log", log), ("--destination-log", destinationLog), ("--report", report), ("--function-log", functionLog)]
            .compactMap { option, path in path.map { (option, $0) } }
    }

    func validate() throws {
        let printed = files.filter { $0.path == "-" }
        if printed.count > 1 {
            throw ValidationError("\(printed[0].option) and \(printed[1].option) cannot both have standard output.")
        }
        if output == .json, functionLog == "-" {
            throw ValidationError("--function-log - would mix the function's log into the JSON of --output json.")
        }
        if destinationFormat != nil, destinationLog == nil {
            throw ValidationError("--destination-format needs --destination-log: it is the form of what that writes.")
        }
    }

    /// Where the verdict and the timeline are written. An output named `-` uses standard output exclusively.
    var terminal: Terminal {
        [log, destinationLog, report].contains("-") ? .standardError : .standardOutput
    }

    /// Refuses an output that is also an input or another output, which it would overwrite. Devices may be shared.
    ///
    /// - Parameter inputs: the files that are read.
    func checkFiles(apartFrom inputs: [(option: String, path: String)]) throws(OutputError) {
        for (index, one) in files.enumerated() where one.path != "-" {
            for other in files.dropFirst(index + 1) + inputs where other.path != "-" {
                guard Self.areSame(one.path, other.path) else { continue }
                throw .sameFile("\(one.option) \(one.path)", "\(other.option) \(other.path)")
            }
        }
    }

    private static func areSame(_ one: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        let (isFirst, isSecond) = (stat(one, &first) == 0, stat(other, &second) == 0)
        guard isFirst, isSecond else {
            return !isFirst && !isSecond
                && URL(fileURLWithPath: one).standardizedFileURL == URL(fileURLWithPath: other).standardizedFileURL
        }
        return first.st_mode & S_IFMT == S_IFREG && first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    /// Opens the files, so that a file that cannot be written ends the command before the function starts.
    ///
    /// - Parameters:
    ///   - isLive: whether the run may go on without end.
    ///   - isResumed: whether the run continues an earlier one, whose logs are kept.
    func open(
        _ mapping: EventSourceMappingConfiguration,
        isLive: Bool,
        isResumed: Bool
    ) throws(OutputError) -> OpenOutputs {
        let hasTerminal = terminal.isTerminal && output == .text
        let showsTimeline = timeline ?? (hasTerminal && terminal.descriptor == STDOUT_FILENO)
        var destinations: DestinationLog?
        if let destinationLog {
            let writer = try LineWriter(destinationLog, isAppending: isResumed)
            destinations = DestinationLog(writer, destinationFormat ?? DestinationFormat(mapping))
        }
        var deliveries: LineWriter?
        if let log { deliveries = try LineWriter(log, isAppending: isResumed) }
        // A verdict in JSON uses standard output exclusively.
        let rows = output == .json ? Terminal.standardError : terminal
        let recorder = RunRecorder(
            mapping,
            keepsContent: report != nil,
            keepsHistory: report != nil || !isLive,
            deliveryLog: deliveries,
            destinationLog: destinations,
            timeline: showsTimeline ? TimelinePrinter(rows, concurrentBatches: mapping.parallelizationFactor) : nil,
            // The timeline has a line of its own for it.
            progress: ProgressLine(.standardError, isOn: !showsTimeline && !Terminal.standardOutput.isTerminal)
        )
        var functionLogFile: FunctionLogFile?
        if let functionLog { functionLogFile = try FunctionLogFile(path: functionLog) }
        var page: LateFile?
        if let report { page = try LateFile(report) }
        return OpenOutputs(recorder: recorder, functionLog: functionLogFile, report: page)
    }
}

struct OpenOutputs {
    var recorder: RunRecorder
    let functionLog: FunctionLogFile?
    let report: LateFile?
}
