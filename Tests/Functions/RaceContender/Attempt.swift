// One attempt at a piece of work, and all that may happen to it on the way.

import Idempotency

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

struct Attempt: Sendable {
    let token: String
    let lease: Duration
    let log: RaceLog
    /// Before the lease is asked for, so that it cannot end earlier than its length after this.
    let began = WallClock.system.now

    func note(_ event: String, _ piece: Piece, _ detail: String = "-") {
        log.append("\(event) \(piece.name) \(token) \(detail) \(began) \(WallClock.system.now)")
    }

    /// The work: its effect is a line in the log.
    func work(_ piece: Piece) async throws {
        let fate = Int.random(in: 0..<1000)
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...40)))
        switch fate {
        case 0..<25: return try fail(piece)
        case 25..<28: die(piece)
        case 28..<48: try await oversleep()
        default: break
        }
        note("E", piece)
        switch fate {
        case 100..<110: try fail(piece)
        case 110..<114: die(piece)
        case 114..<134: try await oversleep()
        default: try await Task.sleep(for: .milliseconds(Int.random(in: 0...10)))
        }
    }

    private func fail(_ piece: Piece) throws {
        note("F", piece)
        throw DeliberateFailure()
    }

    private func die(_ piece: Piece) {
        note("K", piece)
        _exit(9)
    }

    /// Longer than the lease: others may take over, and this owner goes on.
    private func oversleep() async throws {
        try await Task.sleep(for: lease + .milliseconds(Int.random(in: 0...1500)))
    }
}

struct DeliberateFailure: Error {}
