// A replay as `redrive` and `backfill` run it: the target is started, progress is shown, the end is summed up.

import AWSServices
import ArgumentParser
import EventSourceMapping
import Foundation
import RecordReplay

/// The local function as the target of a replay.
struct ProcessTarget: ReplayTarget {
    let pool: FunctionPool

    func handle(_ event: [UInt8]) async -> InvocationOutcome {
        do throws(FunctionStartError) {
            return try await pool.outcome(of: event, requestID: UUID().uuidString.lowercased())
        } catch {
            return .unavailable(reason: "\(error)")
        }
    }

}

/// What a dry run hands records to: it is never called.
private struct NoTarget: ReplayTarget {
    func handle(_ event: [UInt8]) async -> InvocationOutcome { .unavailable(reason: "this is a dry run") }
}

struct ReplayRunner {
    let target: ReplayTargetOptions
    let pace: ReplayPaceOptions
    /// The subcommand, as the output names it.
    let subcommand: Subcommand
    private let interruption = Interruption()

    init(_ subcommand: Subcommand, target: ReplayTargetOptions, pace: ReplayPaceOptions) {
        self.subcommand = subcommand
        self.target = target
        self.pace = pace
    }

    /// Replays until the source has no more records, prints the outcome, and ends the command by its exit code.
    ///
    /// - Parameters:
    ///   - source: gives out the records.
    ///   - staleness: tells which records are stale.
    ///   - total: how much there will be, for the progress bar; nil where nobody knows.
    ///   - hasLeftovers: whether records of an earlier run are not done, which this one does not see.
    ///   - notes: sentences that end the summary, made of the counts.
    func run(
        _ source: any ReplaySource,
        guardedBy staleness: (any ReplayGuard)? = nil,
        total: ReplayTotal? = nil,
        hasLeftovers: @Sendable () -> Bool = { false },
        notes: @Sendable (ReplaySummary) -> [String] = { _ in [] }
    ) async throws {
        // A reader of the output that goes away must not end the run.
        signal(SIGPIPE, SIG_IGN)
        let printer = ReplayPrinter(isJSON: pace.json, total: total)
        let place = try await makeTarget()
        let replay = Replay(
            from: source,
            to: place,
            guardedBy: pace.dryRun ? nil : staleness,
            options: pace.options
        ) { printer.note($0) }
        interruption.onRequest {
            Terminal.standardError.say("ending after the invocations under way; Ctrl-C again ends it at once")
            replay.stop()
        }
        let summary = await replay.run()
        let logFailure = await (place as? ProcessTarget)?.pool.stop()
        let report = ReplayReport(
            summary,
            failures: logFailure.map { ["\($0)"] } ?? [],
            isDryRun: pace.dryRun,
            batchSize: pace.batchSize,
            hasLeftovers: hasLeftovers(),
            areItems: subcommand == .backfill,
            notes: notes(summary) + placeOfReasons(summary)
        )
        printer.finish(report)
        try report.exit.exit()
    }

    /// A response names the records that failed, and not why.
    private func placeOfReasons(_ summary: ReplaySummary) -> [String] {
        guard summary.failed > 0, !pace.dryRun else { return [] }
        return switch target.target {
        case .function(let name): ["The log of \(name) in CloudWatch says why records failed."]
        case .process where target.functionLog == nil:
            ["The function's log says why records failed: --function-log FILE keeps it, and - prints it."]
        case .process, .file, nil: []
        }
    }

    private func makeTarget() async throws -> any ReplayTarget {
        guard !pace.dryRun else { return NoTarget() }
        switch target.target {
        case nil:
            throw ValidationError("Say where the records go: --to function NAME, --to file PATH, or -- ./bootstrap")
        case .file(let path): return try FileTarget(path)
        case .function(let name):
            let function = FunctionTarget(
                name,
                qualifier: target.qualifier,
                lambda: .init(LocalEndpoint.client(pace.endpointUrl))
            )
            do {
                try await function.check()
            } catch {
                throw ReplayTargetError("The function \(name) cannot be invoked: \(error)")
            }
            return function
        case .process(let words): return ProcessTarget(pool: try await start(words))
        }
    }

    private func start(_ words: [String]) async throws -> FunctionPool {
        var log: FunctionLogFile?
        if let path = target.functionLog { log = try FunctionLogFile(path: path) }
        let command = FunctionPool.Command(
            executable: words.first ?? "",
            arguments: Array(words.dropFirst()),
            environment: VariableText.dictionary(target.environment),
            inheritsEnvironment: target.inheritEnvironment,
            name: words.first?.split(separator: "/").last.map(String.init) ?? "function",
            memorySize: 128,
            timeout: target.functionTimeout?.duration ?? .seconds(900)
        )
        do {
            return try await FunctionPool.start(command, log: log, interruption)
        } catch is InterruptedStart {
            try CommandExit.interrupted.exit()
            throw InterruptedStart()
        }
    }
}

/// A function that cannot be invoked, found out before anything was read.
struct ReplayTargetError: UserFacingError {
    let description: String

    init(_ description: String) { self.description = description }
}

extension FileTargetError: UserFacingError {}
