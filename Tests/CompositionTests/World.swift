// The world that a function works in, with everything that can go wrong in it: decided by a seed, noted for the oracle.

import LambdaStreams
import SeededNumbers
import SharedState

/// What may happen to a step.
enum Fault: Sendable, Hashable {
    /// The process dies before the step, or right after it.
    case crash
    /// The invocation's deadline comes.
    case deadline
    /// The step does not reach what it is for.
    case outage
    /// The step takes effect, and its reply is lost.
    case lostReply
}

/// A step of a record on its way.
enum Site: Int, Sendable, Hashable {
    case handler, begin, complete, release, read, readMany, count, take, look, sink
}

/// What happened, in order.
enum Happening: Sendable, Hashable {
    /// The handler's effect on a record, by a process in an invocation.
    case applied(Int, process: Int, invocation: Int)
    /// The handler ran and failed by the record's own fault.
    case failed(Int, process: Int, invocation: Int)
    /// It is stored that the record is done.
    case settled(Int)
    /// A fault at a step of a record.
    case fault(Fault, at: Site, Int, process: Int, invocation: Int)
    case deadLettered(Int)
    case died(process: Int)
}

/// Throws at a step that is out.
struct Outage: Error {}

/// A process that may die, and the one invocation that it serves at a time.
final class Life: Sendable {
    @TaskLocal static var current: Life?

    private struct State {
        var isDead = false
        var invocation = 0
        var end: (@Sendable () -> Void)?
        var cancel: (@Sendable () -> Void)?
    }

    let process: Int
    private let state = Guarded(State())

    init(process: Int) {
        self.process = process
    }

    var isDead: Bool { state.withLock { $0.isDead } }
    var invocation: Int { state.withLock { $0.invocation } }

    func serve(_ invocation: Int, end: @escaping @Sendable () -> Void) {
        state.withLock {
            $0.invocation = invocation
            $0.end = end
            $0.cancel = nil
        }
    }

    func canCancel(by cancel: @escaping @Sendable () -> Void) {
        state.withLock { $0.cancel = cancel }
    }

    func cancel() {
        state.withLock { $0.cancel }?()
    }

    func die() {
        state.withLock { state -> (@Sendable () -> Void)? in
            state.isDead = true
            return state.end
        }?()
    }
}

/// Decides what goes wrong, and notes what happens.
final class World: Sendable {
    private struct State {
        var log: [Happening] = []
        var visits: [Visit: Int] = [:]
        var milliseconds: Int64 = 1_800_000_000_000
    }

    private struct Visit: Hashable {
        let site: Site
        let index: Int
        let isAfter: Bool
    }

    private let seed: UInt64
    /// How many of a hundred visits go wrong.
    private let rate: Int
    private let state = Guarded(State())

    init(seed: UInt64, rate: Int) {
        self.seed = seed
        self.rate = rate
    }

    var log: [Happening] { state.withLock { $0.log } }
    var milliseconds: Int64 {
        get { state.withLock { $0.milliseconds } }
        set { state.withLock { $0.milliseconds = newValue } }
    }

    func note(_ happening: Happening) {
        state.withLock { $0.log.append(happening) }
    }

    func noteApplied(_ index: Int) {
        guard let life = Life.current else { return }
        note(.applied(index, process: life.process, invocation: life.invocation))
    }

    func noteFailed(_ index: Int) {
        guard let life = Life.current else { return }
        note(.failed(index, process: life.process, invocation: life.invocation))
    }

    /// How often the handler was entered for a record.
    func runs(_ index: Int) -> Int {
        state.withLock { $0.visits[Visit(site: .handler, index: index, isAfter: false)] ?? 0 }
    }

    /// A step before it has an effect.
    func before(_ site: Site, _ index: Int) async throws {
        let faults: [Fault] = site == .handler ? [.crash, .deadline] : [.crash, .deadline, .outage]
        switch await visit(site, index, isAfter: false, faults) {
        case .outage: throw Outage()
        default: return
        }
    }

    /// A step that had its effect.
    func after(_ site: Site, _ index: Int) async throws {
        let faults: [Fault] = site == .handler ? [.crash, .deadline] : [.crash, .deadline, .lostReply]
        switch await visit(site, index, isAfter: true, faults) {
        case .lostReply: throw Outage()
        default: return
        }
    }

    private func visit(_ site: Site, _ index: Int, isAfter: Bool, _ faults: [Fault]) async -> Fault? {
        guard let life = Life.current else { return nil }
        if life.isDead { await Self.never() }
        let fault = state.withLock { state -> Fault? in
            let visit = Visit(site: site, index: index, isAfter: isAfter)
            let count = state.visits[visit, default: 0]
            state.visits[visit] = count + 1
            guard let fault = decide(visit, count, faults) else { return nil }
            state.log.append(.fault(fault, at: site, index, process: life.process, invocation: life.invocation))
            if fault == .crash { state.log.append(.died(process: life.process)) }
            return fault
        }
        switch fault {
        case .crash:
            life.die()
            await Self.never()
        case .deadline: life.cancel()
        default: break
        }
        // Where another task may come in between.
        await Task.yield()
        if life.isDead { await Self.never() }
        return fault
    }

    /// The same for the same seed, record and number of the visit, whichever task comes first.
    private func decide(_ visit: Visit, _ count: Int, _ faults: [Fault]) -> Fault? {
        // In the end everything works.
        guard count < 4 else { return nil }
        let place = UInt64(visit.site.rawValue) << 32 | UInt64(visit.index &+ 1) << 8 | UInt64(count) << 1
        var random = SplitMix64(seed: seed &+ (place | (visit.isAfter ? 1 : 0)) &* 0x9E37_79B9_7F4A_7C15)
        guard Int(random.next() % 100) < rate else { return nil }
        return faults[Int(random.next() % UInt64(faults.count))]
    }

    /// What a process does after its death.
    private static func never() async {
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }
}
