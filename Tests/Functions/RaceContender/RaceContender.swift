// One of the processes that fight over keys: driven by Scripts/races.py, which checks what they have logged.

import AWSServices
import DynamoDBStreamEvents
import Idempotency
import IdempotencyDynamoDB

@main
struct RaceContender {
    /// Arguments: the rule (`operations` or `last-applied`), the table, the log, a name, tasks, keys, seconds, and the
    /// length of a lease in milliseconds.
    static func main() async {
        let arguments = CommandLine.arguments
        guard arguments.count == 9, let tasks = Int(arguments[5]), let keys = Int(arguments[6]),
            let seconds = Int(arguments[7]), let lease = Int(arguments[8])
        else { return print("races.py knows the arguments") }
        let log = RaceLog(path: arguments[3])
        let progress = Progress(keys: keys, log: arguments[3])
        let client = DynamoDBClient(AWSClient(timeout: .seconds(6)))
        let rule: any RaceRule =
            arguments[1] == "last-applied"
            ? LastAppliedRace(table: arguments[2], client: client, lease: .milliseconds(lease))
            : OperationRace(table: arguments[2], client: client, lease: .milliseconds(lease))
        let end = ContinuousClock.now + .seconds(seconds)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                let contender = Contender(
                    name: "\(arguments[4]).\(task)",
                    rule: rule,
                    log: log,
                    progress: progress,
                    lease: .milliseconds(lease)
                )
                group.addTask { await contender.run(until: end) }
            }
        }
    }
}

/// One task, which tries to do one piece of work after the other.
struct Contender: Sendable {
    let name: String
    let rule: any RaceRule
    let log: RaceLog
    let progress: Progress
    let lease: Duration

    func run(until end: ContinuousClock.Instant) async {
        var count = 0
        while ContinuousClock.now < end {
            count += 1
            let key = Int.random(in: 0..<progress.keys)
            let next = progress.next(of: key)
            // Now and then what was done long ago, as a redelivery brings it.
            let isOld = next > 1 && Int.random(in: 0..<10) == 0
            let piece = Piece(key: key, number: isOld ? Int.random(in: 1..<next) : next)
            await contend(for: piece, by: Attempt(token: "\(name).\(count)", lease: lease, log: log))
        }
    }

    private func contend(for piece: Piece, by attempt: Attempt) async {
        switch await rule.run(piece, attempt) {
        case .completed: attempt.note("C", piece)
        case .replayed(let token): attempt.note("R", piece, token)
        case .leaseLost: return attempt.note("L", piece)
        case .unknown: return attempt.note("X", piece)
        case .failed: return
        case .notBegun: return attempt.note("S", piece)
        case .inProgress:
            attempt.note("P", piece)
            try? await Task.sleep(for: .milliseconds(Int.random(in: 20...200)))
            return
        }
        progress.pass(piece)
    }
}

/// What is to be done once: the work of one number of one key.
struct Piece: Sendable {
    let key: Int
    let number: Int

    var name: String { "k\(key)-\(number)" }
}
