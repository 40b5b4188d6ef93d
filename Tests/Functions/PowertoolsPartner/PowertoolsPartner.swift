// A function's half of a table that it shares with Powertools for Python: driven by Scripts/powertools-interop.py.

import AWSServices
import DynamoDBStreamEvents
import Idempotency
import IdempotencyDynamoDB
import SharedState

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@main
struct PowertoolsPartner {
    let table: String
    private let held = HeldWork()
    private let dynamoDB = DynamoDBClient()

    static func main() async throws {
        let partner = PowertoolsPartner(table: CommandLine.arguments.dropFirst().first ?? "idempotency")
        try await withThrowingTaskGroup(of: Void.self) { group in
            while let line = readLine() {
                let command = try AttributeValueDecoder().decodePlainJSON(Command.self, from: Array(line.utf8))
                group.addTask { try write(await partner.reply(to: command)) }
            }
            group.cancelAll()
        }
    }

    private init(table: String) { self.table = table }

    private func reply(to command: Command) async -> Reply {
        var reply = Reply(id: command.id)
        do {
            switch command.kind {
            case .keys: try makeKeys(of: command, &reply)
            case .perform: reply = try await perform(command)
            case .finish: held.release(command.id)
            }
        } catch let error as IdempotencyError {
            reply.error = error.name
        } catch is DeliberateFailure {
            reply.error = "deliberate"
        } catch {
            reply.error = "\(error)"
        }
        return reply
    }

    private func makeKeys(of command: Command, _ reply: inout Reply) throws {
        let payload = try KeyPayload(json: Array((command.payload ?? "").utf8))
        reply.keys = [:]
        reply.digests = [:]
        for (name, strategy) in KeyStrategy.named {
            reply.keys?[name] = .some(try? strategy.key(of: payload))
            reply.digests?[name] = try? strategy.validation(of: payload)
        }
    }

    private func perform(_ command: Command) async throws -> Reply {
        let strategy = KeyStrategy.named[command.strategy ?? "python"] ?? .powertoolsPython
        let payload = try KeyPayload(json: Array((command.payload ?? "").utf8))
        let validation = try command.validated.map { try strategy.validation(of: KeyPayload(json: Array($0.utf8))) }
        let result = try AttributeValueDecoder().decodePlainJSON(
            AttributeValue.self,
            from: Array((command.result ?? "null").utf8)
        )
        let runs = Guarded(false)
        var reply = Reply(id: command.id)
        reply.result = try await operations(for: command).perform(
            key: strategy.key(of: payload),
            validation: validation
        ) { [held] in
            runs.withLock { $0 = true }
            if command.holds == true {
                var running = Reply(id: command.id)
                running.state = "running"
                try write(running)
                await held.wait(for: command.id)
            }
            if command.fails == true { throw DeliberateFailure() }
            return result
        }
        reply.ran = runs.withLock { $0 }
        return reply
    }

    private func operations(for command: Command) -> IdempotentOperations<DynamoDBIdempotencyStore> {
        let layout = IdempotencyTableLayout(sortKey: command.sortKey, partition: "idempotency#orders-fn")
        // Without a deadline a lease lasts fifteen minutes and the margin: the margin makes it as short as is asked for.
        let lease = command.leaseMilliseconds.map { LeaseRule.invocation(margin: .milliseconds($0) - .seconds(900)) }
        return IdempotentOperations(
            store: DynamoDBIdempotencyStore(table: table, client: dynamoDB, layout: layout),
            prefix: command.prefix ?? "orders",
            settings: IdempotencySettings(
                lease: lease ?? .invocation(),
                storedDataFormat: StoredDataFormat.named[command.format ?? "json"] ?? .json
            )
        )
    }
}

struct DeliberateFailure: Error {}

/// Work that waits to be told to go on.
final class HeldWork: Sendable {
    private enum Entry {
        case waiting(CheckedContinuation<Void, Never>)
        case released
    }

    private let entries = Guarded<[String: Entry]>([:])

    func wait(for id: String) async {
        await withCheckedContinuation { continuation in
            let isReleased = entries.withLock { entries in
                if case .released? = entries[id] { return true }
                entries[id] = .waiting(continuation)
                return false
            }
            if isReleased { continuation.resume() }
        }
    }

    func release(_ id: String) {
        let entry = entries.withLock { entries in
            let entry = entries[id]
            entries[id] = .released
            return entry
        }
        if case .waiting(let continuation)? = entry { continuation.resume() }
    }
}

/// Writes one line, whole.
func write(_ reply: Reply) throws {
    var line = try AttributeValueEncoder().encodePlainJSON(reply)
    line.append(UInt8(ascii: "\n"))
    var rest = line[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}

extension IdempotencyError {
    /// The case's name.
    var name: String {
        switch self {
        case .missingKey: "missingKey"
        case .alreadyInProgress: "alreadyInProgress"
        case .payloadMismatch: "payloadMismatch"
        case .leaseLost: "leaseLost"
        default: "\(self)"
        }
    }
}
