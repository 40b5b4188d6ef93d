// The two rules that are fought by: a record for each piece of work, and the last applied number of each key.

import AWSServices
import DynamoDBStreamEvents
import Idempotency
import IdempotencyDynamoDB

protocol RaceRule: Sendable {
    func run(_ piece: Piece, _ attempt: Attempt) async -> RaceOutcome
}

/// How an attempt ended.
enum RaceOutcome: Sendable {
    /// The work ran, and that is stored.
    case completed
    /// The work was done before, by the attempt of this token where that is known.
    case replayed(token: String)
    /// The work ran, and the lease was another's by then.
    case leaseLost
    /// The work ran, and whether that is stored is not known.
    case unknown
    /// The work threw.
    case failed
    /// Another attempt had the lease.
    case inProgress
    /// The store failed before the work.
    case notBegun
}

struct OperationRace: RaceRule {
    private let operations: IdempotentOperations<DynamoDBIdempotencyStore>

    init(table: String, client: DynamoDBClient, lease: Duration) {
        // Without a deadline a lease lasts fifteen minutes and the margin: the margin makes it as short as is asked for.
        operations = IdempotentOperations(
            store: DynamoDBIdempotencyStore(table: table, client: client),
            prefix: "race",
            settings: IdempotencySettings(lease: .invocation(margin: lease - .seconds(900)))
        )
    }

    func run(_ piece: Piece, _ attempt: Attempt) async -> RaceOutcome {
        do {
            let token = try await operations.perform(key: piece.name) {
                try await attempt.work(piece)
                return attempt.token
            }
            return token == attempt.token ? .completed : .replayed(token: token)
        } catch let error as IdempotencyError {
            return switch error {
            case .alreadyInProgress, .inconsistentState: .inProgress
            case .leaseLost: .leaseLost
            case .store(.complete, _, _): .unknown
            case .store: .notBegun
            default: .replayed(token: "\(error)".replacing(" ", with: "_"))
            }
        } catch {
            return .failed
        }
    }
}

struct LastAppliedRace: RaceRule {
    private let applied: LastAppliedGuard<DynamoDBLastAppliedStore>

    init(table: String, client: DynamoDBClient, lease: Duration) {
        applied = LastAppliedGuard(
            store: DynamoDBLastAppliedStore(table: table, client: client),
            prefix: "race",
            settings: LastAppliedSettings(leaseMargin: lease - .seconds(900))
        )
    }

    func run(_ piece: Piece, _ attempt: Attempt) async -> RaceOutcome {
        // Forty digits, so that the lengths of real sequence numbers are fought with.
        let digits = String(piece.number)
        guard let number = SequenceNumber("4" + String(repeating: "0", count: 39 - digits.utf8.count) + digits) else {
            return .notBegun
        }
        do {
            let result: Void? = try await applied.apply(key: "k\(piece.key)", number: number) {
                try await attempt.work(piece)
            }
            return result == nil ? .replayed(token: "-") : .completed
        } catch let error as LastAppliedError {
            return switch error {
            case .inProgress: .inProgress
            case .claimLost: .leaseLost
            case .store(.complete, _, _): .unknown
            default: .notBegun
            }
        } catch {
            return .failed
        }
    }
}
