// `lambda-streams simulate`: the real function under a faithful mapping, in seconds.

import ArgumentParser
import EventSourceMapping

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run a function under an event source mapping, and see what becomes of each record.",
        discussion: """
            Starts the function's executable, hands it batches as Lambda would, and does with its answers what Lambda \
            does: retries, halves, checkpoints, windows, destinations. Waits cost nothing in virtual time.

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

    @Option(help: "virtual: waits cost nothing. real: as it would be on AWS.")
    var clock: ClockKind = .virtual

    @Option(help: "How much virtual time an invocation takes.")
    var invocationTime = DurationText(.zero)

    @Option(
        help: ArgumentHelp(
            "In virtual time, when the mapping begins to read; the first record's time by default.",
            valueName: "2026-01-01T00:00:00Z"
        )
    )
    var start: MomentText?

    @Option(help: "How long an invocation may really take; the template's Timeout, or 30s.")
    var functionTimeout: DurationText?

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("A variable of the function; may be repeated.", valueName: "NAME=value")
    )
    var environment: [VariableText] = []

    @Flag(
        inversion: .prefixedNo,
        help: "Try what other settings would have saved, by running the batches again that were given up."
    )
    var advice = true

    @Argument(parsing: .postTerminator, help: ArgumentHelp(FunctionCommand.help, valueName: "function"))
    var executable: [String]

    func validate() throws {
        if live.table != nil {
            let unfit = records.source ?? start.map { _ in "--start" }
            if let unfit {
                throw ValidationError("\(unfit) does not go with --table, whose records come as they are written.")
            }
        } else {
            guard records.source != nil else {
                throw ValidationError(
                    "There are no records: give --records with a file, --generate with a number, or --table for a live "
                        + "stream."
                )
            }
            if let option = live.optionInUse {
                throw ValidationError("\(option) needs --table: it belongs to a live stream.")
            }
        }
    }

    func run() async throws {
        let verdict = try await CommandExit.reporting { try await simulate() }
        switch outputs.output {
        case .text: Terminal.standardOutput.write(VerdictText(verdict, report: outputs.report).text)
        case .json: print(verdict.json)
        }
        try verdict.exit.exit()
    }

    private func simulate() async throws -> Verdict {
        let settings = try mapping.settings()
        let feed = live.table == nil ? RecordFeed(try records.read(seed: faults.seed)) : nil
        var recorder = try outputs.recorder(settings.configuration)
        let log = try outputs.functionLog.map { path throws(OutputError) in try FunctionLogFile(path: path) }
        let interruption = Interruption()
        interruption.onRequest {
            Terminal.standardError.say("ending after the invocation under way; Ctrl-C again ends it at once")
        }
        let function = try await FunctionPool.start(command(settings), log: log, interruption)
        var isInterrupted = false
        do {
            if let feed {
                recorder = try await run(feed, settings, recorder, function, interruption)
            } else {
                let run = LiveRun(live, settings, policies.policies, FaultPlan(faults), function, interruption)
                recorder = try await run.run(recorder)
            }
            isInterrupted = interruption.isRequested
            try recorder.finish()
        } catch {
            await function.stop()
            throw error
        }
        // Before the advice, which has the function fail again.
        let loggedErrors = await function.loggedErrors
        var advice: [String] = []
        if let feed, self.advice, clock == .virtual, !isInterrupted {
            advice = await WhatIf(recorder.trace, feed, policies.policies, FaultPlan(faults), function) {
                interruption.isRequested
            }.advice()
        }
        await function.stop()
        try log?.close()
        let verdict = Verdict(
            recorder.trace,
            advice: advice,
            loggedErrors: loggedErrors,
            isInterrupted: isInterrupted && live.table == nil
        )
        try outputs.writeReport(verdict, recorder.trace, subject: subject(settings))
        return verdict
    }

    private func run(
        _ feed: RecordFeed,
        _ settings: MappingSettings,
        _ recorder: RunRecorder,
        _ function: FunctionPool,
        _ interruption: Interruption
    ) async throws -> RunRecorder {
        var recorder = recorder
        let start = clock == .real ? MappingInstant.now : self.start?.instant
        var simulation = try MappingSimulation(
            settings.configuration,
            policies: policies.policies,
            seed: faults.seed,
            start: start
        )
        let first = feed.firstArrival
        if let outage = faults.outage, let start = start ?? first {
            simulation.interruptReading(during: start + outage.from..<start + outage.to)
        }
        // In real time old records are played as if they were written from now on.
        let shift = clock == .real ? first.flatMap { first in start.map { $0 - first } } : nil
        try feed.feed(to: &simulation, &recorder, shift: shift)
        simulation.endInput()
        switch clock {
        case .virtual:
            var driver = VirtualDriver(
                mapping: simulation,
                recorder: recorder,
                faults: FaultPlan(faults),
                function: function,
                invocationTime: invocationTime.duration,
                isInterrupted: { interruption.isRequested }
            )
            try await driver.run()
            return driver.recorder
        case .real:
            var driver = RealTimeDriver(simulation, recorder, FaultPlan(faults), function, interruption)
            try await driver.run()
            return driver.recorder
        }
    }

    private func command(_ settings: MappingSettings) -> FunctionPool.Command {
        let variables = (settings.function?.environment ?? [:])
            .merging(VariableText.dictionary(environment)) { $1 }
        let timeout = settings.function.map { Duration.seconds($0.timeout) } ?? .seconds(30)
        return FunctionPool.Command(
            executable: executable.first ?? "",
            arguments: Array(executable.dropFirst()),
            environment: variables,
            name: settings.function?.name ?? settings.configuration.functionName,
            memorySize: settings.function?.memorySize ?? 128,
            timeout: functionTimeout?.duration ?? timeout
        )
    }

    private func subject(_ settings: MappingSettings) -> String {
        let source = live.table ?? records.records ?? records.generate.map { "\($0.grouped) generated records" } ?? ""
        return "\(settings.function?.logicalID ?? executable.first ?? "") · \(source)"
    }
}

enum ClockKind: String, ExpressibleByArgument, CaseIterable, Sendable {
    case virtual, real
}
