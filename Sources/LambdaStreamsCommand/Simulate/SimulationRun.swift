// One simulation from the function's start to the verdict.

import EventSourceMapping

struct SimulationRun {
    private let command: SimulateCommand
    private let settings: MappingSettings
    private let source: SimulateCommand.Source
    private let outputs: OpenOutputs
    private let interruption = Interruption()
    /// The function's clock in virtual time; in real time it is the wall's.
    private let clock: FunctionClock?

    init(
        _ command: SimulateCommand,
        _ settings: MappingSettings,
        _ source: SimulateCommand.Source,
        _ outputs: OpenOutputs
    ) {
        self.command = command
        self.settings = settings
        self.source = source
        self.outputs = outputs
        clock = command.clock != .real && command.live.table == nil ? FunctionClock() : nil
    }

    func verdict() async throws -> Verdict {
        defer { clock?.remove() }
        interruption.onRequest {
            Terminal.standardError.say("ending after the invocation under way; Ctrl-C again ends it at once")
        }
        interruption.onAbandonment { [clock] in clock?.remove() }
        let function: FunctionPool
        do {
            function = try await FunctionPool.start(functionCommand, log: outputs.functionLog, interruption)
        } catch is InterruptedStart {
            try CommandExit.interrupted.exit()
            throw InterruptedStart()
        }
        do {
            return try await verdict(of: function)
        } catch {
            await function.stop()
            throw error
        }
    }

    /// Runs the simulation, and stops the function.
    private func verdict(of function: FunctionPool) async throws -> Verdict {
        var outcome = try await outcome(of: function)
        var facts = RunFacts()
        facts.isInterrupted = interruption.isRequested
        facts.redrive = RedriveAdvice(command, settings)
        outcome.recorder.finish()
        // Before the advice, which has the function fail again.
        let loggedErrors = await function.loggedErrors
        var advice: [String] = []
        if case .feed(let feed) = source {
            facts.duplicates = feed.duplicates
            facts.isReordered = feed.isReordered
            if feed.trimmed > 0, let view = settings.view { facts.leftOut = RunFacts.LeftOut(feed.trimmed, view) }
            if command.advice ?? true, command.clock != .real, !interruption.isRequested, outcome.failure == nil {
                let trials = WhatIf(
                    outcome.recorder.trace,
                    feed,
                    command.policies.policies,
                    FaultPlan(command.faults),
                    function,
                    clock: clock
                ) { [interruption] in interruption.isRequested }
                advice = await trials.advice()
            }
        } else {
            facts.isLive = true
            facts.isResumed = source.isResumed
            facts.sendsMessages = command.live.send
        }
        facts.unknowns = outcome.unknowns
        facts.openWindows = outcome.openWindows
        let failures: [(any UserFacingError)?] = [outcome.failure, await function.stop()]
        facts.failures = (failures + outcome.recorder.failures.map { $0 }).compactMap { $0.map { "\($0)" } }.unique
        return report(outcome.recorder.trace, facts, advice, loggedErrors)
    }

    /// The verdict, once the report is written, or with the reason why not.
    private func report(_ trace: RunTrace, _ facts: RunFacts, _ advice: [String], _ loggedErrors: [String]) -> Verdict {
        let verdict = Verdict(trace, facts, advice: advice, loggedErrors: loggedErrors)
        guard let file = outputs.report else { return verdict }
        var failure: String?
        do {
            let page = try ReportPage(verdict: verdict, trace: trace, subject: subject).html()
            failure = file.write(Array(page.utf8)).map { "\($0)" }
        } catch {
            failure = "The report cannot be made: \(error)"
        }
        guard let failure else { return verdict }
        var facts = facts
        facts.failures.append(failure)
        facts.hasReport = false
        return Verdict(trace, facts, advice: advice, loggedErrors: loggedErrors)
    }

    private func outcome(of function: FunctionPool) async throws -> RunOutcome {
        let (policies, faults) = (command.policies.policies, FaultPlan(command.faults))
        guard case .feed(let feed) = source else {
            guard case .live(let run) = source else { return RunOutcome(recorder: outputs.recorder) }
            return try await run.run(outputs.recorder, policies, faults, function, interruption)
        }
        let start = command.clock == .real ? MappingInstant.now : command.start?.instant
        var simulation = try MappingSimulation(
            settings.configuration,
            policies: policies,
            seed: command.faults.seed,
            view: settings.view,
            start: start
        )
        let first = feed.firstArrival
        if let outage = command.faults.outage, let start = start ?? first {
            simulation.interruptReading(during: start + outage.from..<start + outage.to)
        }
        // In real time old records are played as if they were written from now on.
        let shift = command.clock == .real ? first.flatMap { first in start.map { $0 - first } } : nil
        var recorder = outputs.recorder
        try feed.feed(to: &simulation, &recorder, shift: shift)
        simulation.endInput()
        if command.clock == .real {
            var driver = RealTimeDriver(simulation, recorder, faults, function, interruption)
            await driver.run()
            return driver.outcome
        }
        var driver = VirtualDriver(
            mapping: simulation,
            recorder: recorder,
            faults: faults,
            function: function,
            invocationTime: command.invocationTime?.duration ?? .zero,
            isInterrupted: { [interruption] in interruption.isRequested },
            clock: clock
        )
        try await driver.run()
        return RunOutcome(recorder: driver.recorder, openWindows: driver.mapping.openWindows)
    }

    private var functionCommand: FunctionPool.Command {
        var variables = (settings.function?.environment ?? [:])
            .merging(VariableText.dictionary(command.environment)) { $1 }
        if let clock { variables[FunctionClock.variable] = clock.path }
        let timeout = settings.function.map { Duration.seconds($0.timeout) } ?? .seconds(30)
        return FunctionPool.Command(
            executable: command.executable.first ?? "",
            arguments: Array(command.executable.dropFirst()),
            environment: variables,
            inheritsEnvironment: command.inheritEnvironment,
            name: settings.function?.name ?? settings.configuration.functionName,
            memorySize: settings.function?.memorySize ?? 128,
            timeout: command.functionTimeout?.duration ?? timeout
        )
    }

    private var subject: String {
        let records = command.records
        let source =
            command.live.table ?? records.records ?? records.generate.map { "\($0.grouped) generated records" } ?? ""
        return "\(settings.function?.logicalID ?? command.executable.first ?? "") · \(source)"
    }
}

extension [String] {
    /// Each text once, in its order.
    fileprivate var unique: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
