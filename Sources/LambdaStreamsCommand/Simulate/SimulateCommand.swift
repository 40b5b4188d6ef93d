// `lambda-streams simulate`: the real function under a faithful mapping, in seconds.

import ArgumentParser
import EventSourceMapping
import Foundation

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run a function under an event source mapping, and see what becomes of each record.",
        discussion: """
            Starts the function's executable, hands it batches as Lambda would, and does with its responses what Lambda \
            does: retries, bisects, checkpoints, windows, on-failure destinations. Waits cost nothing in virtual time.

            EXAMPLES
              lambda-streams simulate --template template.yaml \\
                --function OrderProjector --records orders.json \\
                -- .build/debug/OrderProjector
              lambda-streams simulate --mapping mapping.json --records - \\
                --log deliveries.jsonl --report report.html -- ./bootstrap
              lambda-streams simulate --template template.yaml --generate 10000 \\
                --keys 500 --rate 200/s --kill 5% --seed 7 -- ./bootstrap
              lambda-streams simulate --template template.yaml --table orders \\
                --endpoint-url http://localhost:8000 -- ./bootstrap

            \(CommandExit.help(of: .simulate))
            """
    )

    @OptionGroup(title: "The mapping") var mapping: MappingOptions
    @OptionGroup(title: "The records") var records: RecordOptions
    @OptionGroup(title: "A live stream") var live: LiveOptions
    @OptionGroup(title: "Faults to rehearse") var faults: FaultOptions
    @OptionGroup(title: "What comes out") var outputs: OutputOptions
    @OptionGroup(title: "What AWS does not document") var policies: PolicyOptions

    @Option(help: "virtual: waits cost nothing. real: as it would be on AWS. (default: virtual)")
    var clock: ClockKind?

    @Option(help: ArgumentHelp("How much virtual time an invocation takes. (default: 0s)", valueName: "150ms"))
    var invocationTime: DurationText?

    @Option(
        help: ArgumentHelp(
            "In virtual time, when the mapping begins to read; the first record's time by default.",
            valueName: "2026-01-01T00:00:00Z"
        )
    )
    var start: MomentText?

    @Option(
        help: ArgumentHelp("How long an invocation may really take; the template's Timeout, or 30s.", valueName: "3s")
    )
    var functionTimeout: DurationText?

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("An environment variable of the function; may be repeated.", valueName: "NAME=value")
    )
    var environment: [VariableText] = []

    @Flag(help: "Let the function see this process's environment, AWS credentials included.")
    var inheritEnvironment = false

    @Flag(
        inversion: .prefixedNo,
        help: "Try what other settings would have handled, by invoking the function again with discarded batches."
    )
    var advice: Bool?

    @Argument(parsing: .postTerminator, help: ArgumentHelp(FunctionCommand.help, valueName: "function"))
    var executable: [String]

    func run() async throws {
        // A reader of the output that goes away must not end the run.
        signal(SIGPIPE, SIG_IGN)
        let verdict = try await CommandExit.reporting { try await simulate() }
        let terminal = outputs.terminal
        switch outputs.output {
        case .text:
            terminal.write(
                VerdictText(verdict, report: verdict.facts.hasReport ? outputs.report : nil, terminal: terminal).text
            )
        case .json: terminal.write(verdict.json + "\n")
        }
        try verdict.exit.exit()
    }

    private func simulate() async throws -> Verdict {
        let settings = try mapping.settings()
        if let option = faults.destinationOptionInUse, settings.configuration.onFailureDestination == nil {
            throw UselessOption("\(option) needs an on-failure destination, which this mapping does not have.")
        }
        if live.send, settings.configuration.onFailureDestination == nil {
            throw UselessOption("--send needs an on-failure destination, which this mapping does not have.")
        }
        try outputs.checkFiles(apartFrom: inputs)
        let source: Source
        if live.table == nil {
            let texts = try records.read(seed: faults.seed, view: settings.view)
            source = .feed(try RecordFeed(texts, of: records.records ?? "The input"))
        } else {
            source = .live(try await LiveRun(live, settings))
        }
        let opened = try outputs.open(
            source.configuration ?? settings.configuration,
            isLive: source.isLive,
            isResumed: source.isResumed
        )
        return try await SimulationRun(self, settings, source, opened).verdict()
    }

    /// The files that are read, or read and written.
    private var inputs: [(option: String, path: String)] {
        var files = [
            ("--records", records.records), ("--template", mapping.named.template),
            ("--mapping", mapping.named.mapping),
        ]
        .compactMap { option, path in path.map { (option, $0) } }
        if let table = live.table {
            files.append(("--checkpoint-file", live.checkpointPath(of: table)))
        }
        return files
    }

    enum Source {
        case feed(RecordFeed)
        case live(LiveRun)

        var isLive: Bool { if case .live = self { true } else { false } }
        var isResumed: Bool { if case .live(let run) = self { run.isResumed } else { false } }
        var configuration: EventSourceMappingConfiguration? {
            if case .live(let run) = self { run.configuration } else { nil }
        }
    }
}

/// An option that would change nothing.
struct UselessOption: UserFacingError {
    let description: String

    init(_ description: String) { self.description = description }
}

enum ClockKind: String, ExpressibleByArgument, CaseIterable, Sendable {
    case virtual, real
}
