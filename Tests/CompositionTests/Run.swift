// A scenario played through the mapping's own state machine, in virtual time, until its stream is drained.

import EventSourceMapping
import Idempotency
import LambdaStreams
import LambdaStreamsTesting
import SharedState

/// How a run ended.
struct Outcome: Sendable {
    var isDrained = false
    var invocations = 0
    /// Records that the mapping discarded or lost.
    var lost: [String] = []
    let world: World
}

extension Scenario {
    /// The most invocations that a run takes: every fault, failure and standing lease among seven records leaves far fewer.
    static let invocationLimit = 3000

    /// Plays the scenario with a function that `makeFunction` makes for each process.
    func run(in world: World, _ makeFunction: () -> any LambdaHandler) async throws -> Outcome {
        var outcome = Outcome(world: world)
        var mapping = try MappingSimulation(mapping, seed: seed, start: nil)
        try mapping.add(event())
        mapping.endInput()
        var life = Life(process: 0)
        var function = makeFunction()
        while outcome.invocations < Self.invocationLimit {
            switch mapping.next() {
            case .invoke(let invocation):
                outcome.invocations += 1
                if life.isDead {
                    life = Life(process: life.process + 1)
                    function = makeFunction()
                }
                world.milliseconds = invocation.at.milliseconds
                let payload = mapping.event(of: invocation) ?? []
                let end = await serve(payload, by: function, in: life, number: outcome.invocations)
                mapping.finish(invocation.id, with: end)
            case .send(let delivery): mapping.finishSending(delivery.id)
            case .log(let entry):
                switch entry {
                case .dropped(let dropped): outcome.lost += dropped.sequenceNumbers.map(\.description)
                case .destination(let sent): outcome.lost += sent.delivery.sequenceNumbers.map(\.description)
                default: break
                }
            case .wait(let moment): mapping.advance(to: moment)
            case .idle: return outcome
            case .finished:
                outcome.isDrained = true
                return outcome
            }
        }
        return outcome
    }

    /// One invocation, which the death of its process ends.
    private func serve(
        _ payload: [UInt8],
        by function: any LambdaHandler,
        in life: Life,
        number: Int
    ) async -> InvocationOutcome {
        let (ends, continuation) = AsyncStream<InvocationOutcome>.makeStream()
        life.serve(number) {
            continuation.yield(.functionError(message: "Runtime.ExitError"))
            continuation.finish()
        }
        let context = LambdaContext.testing(remaining: .seconds(120), logger: Self.silence)
        let work = Life.$current.withValue(life) {
            Task {
                do {
                    continuation.yield(.response(try await function.handle(payload, context: context).body))
                } catch {
                    continuation.yield(.functionError(message: "\(error)"))
                }
                continuation.finish()
            }
        }
        life.canCancel { work.cancel() }
        for await end in ends { return end }
        return .functionError(message: "no end")
    }

    private static let silence = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
}
