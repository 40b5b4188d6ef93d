// Redrives and backfills that are killed (SIGKILL) at random moments and run again: nothing is lost, and nothing that was
// confirmed is handled again: a message that was deleted, a line or a page that the progress file has behind it.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import Moto
import TemporaryFiles
import Testing

/// What became of the kills of some rounds.
private struct KillCounts: Sendable {
    var kills = 0
    /// What the function handled, repetitions included.
    var handled = 0
    /// How many of that it had handled before.
    var repeated = 0
    /// What it handled again although that was confirmed before the kill.
    var confirmedAgain = 0

    static func + (first: Self, second: Self) -> Self {
        Self(
            kills: first.kills + second.kills,
            handled: first.handled + second.handled,
            repeated: first.repeated + second.repeated,
            confirmedAgain: first.confirmedAgain + second.confirmedAgain
        )
    }
}

@Suite("Kills")
struct KillCampaignTests {
    /// `KILL_CAMPAIGN=100 swift test --filter KillCampaign` kills each source's replay so often. `make kill-campaign`
    private static let campaign = ProcessInfo.processInfo.environment["KILL_CAMPAIGN"].flatMap { Int($0) }

    /// Kills in rounds, each with records of its own, a few rounds at once, until there were enough.
    ///
    /// - Parameters:
    ///   - ordinarily: how many kills there are without a campaign.
    ///   - perRound: at most so many in a round.
    private static func rounds(
        _ source: String,
        ordinarily: Int,
        perRound: Int,
        _ round: @escaping @Sendable (_ kills: Int) async throws -> KillCounts
    ) async throws -> KillCounts {
        let goal = campaign ?? ordinarily
        var counts = KillCounts()
        var rounds = 0
        while counts.kills < goal {
            // A round may end with fewer kills than it was to have, so there may be another.
            try #require(rounds < 200, "\(counts.kills) kills in \(rounds) rounds")
            let missing = goal - counts.kills
            let sizes = (0..<4).map { min(perRound, missing - $0 * perRound) }.filter { $0 > 0 }
            rounds += sizes.count
            counts = try await withThrowingTaskGroup(of: KillCounts.self) { group in
                for size in sizes { group.addTask { try await round(size) } }
                return try await group.reduce(counts, +)
            }
        }
        if campaign != nil {
            print(
                "kill campaign, \(source): \(counts.kills) kills in \(rounds) rounds, \(counts.handled) records handled, "
                    + "\(counts.repeated) of them repetitions, \(counts.confirmedAgain) confirmed before"
            )
        }
        return counts
    }

    /// Kills a replay when a file has grown by so many bytes, unless it ends before.
    ///
    /// - Returns: whether it was killed.
    private static func kill(_ running: RunningCommand, whenFile path: String, growsBy growth: Int) async throws -> Bool
    {
        let goal = size(of: path) + growth
        for _ in 0..<6_000 {
            if size(of: path) >= goal {
                let functions = running.children
                running.signal(SIGKILL)
                let run = try await running.end()
                // They notice it at their next request, and handle their batch until then.
                try await eventually("the functions have ended") { functions.allSatisfy { !isRunning($0) } }
                return run.status == SIGKILL
            }
            if running.hasEnded { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        let run = try await running.end()
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        return false
    }

    private static func size(of path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? Int) ?? 0
    }

    /// Kills a command that keeps its progress in a file so many times, and then runs it to its end.
    ///
    /// - Parameters:
    ///   - count: how many different records there are.
    ///   - confirmed: asked before each run: what is confirmed by then.
    ///   - handled: what has been handled so far, in order.
    private static func replay<Key: Hashable>(
        _ arguments: [String],
        of count: Int,
        _ kills: Int,
        whenFile path: String,
        growsBy growth: ClosedRange<Int>,
        confirmed: () throws -> (Key) -> Bool,
        handled: () throws -> [Key]
    ) async throws -> KillCounts {
        var counts = KillCounts()
        while counts.kills < kills {
            let (isConfirmed, known) = (try confirmed(), try handled().count)
            let running = try RunningCommand.lambdaStreams(arguments, environment: FailedTable.environment)
            let isKilled = try await kill(running, whenFile: path, growsBy: Int.random(in: growth))
            counts.confirmedAgain += try handled()[known...].filter(isConfirmed).count
            guard isKilled else { break }
            counts.kills += 1
        }
        let run = try await CommandRun.lambdaStreams(arguments, environment: FailedTable.environment)
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        let all = try handled()
        #expect(Set(all).count == count, "\(run.output)")
        counts.handled = all.count
        counts.repeated = all.count - count
        return counts
    }

    // MARK: A queue

    @Test("a redrive of a queue: nothing is lost, and no record of a message that was deleted is handled again")
    func queue() async throws {
        let counts = try await Self.rounds("a queue", ordinarily: 4, perRound: 8) { try await Self.queueRound($0) }
        #expect(counts.confirmedAgain == 0)
        // At least once: what was handled and not yet deleted comes again, a message or two for each kill.
        #expect(counts.repeated <= counts.kills * 10)
    }

    private static func queueRound(_ kills: Int) async throws -> KillCounts {
        let failed = try FailedTable()
        let (table, queue) = try await failed.fail()
        let before = failed.changes().count
        var counts = KillCounts()
        var handled = before
        while counts.kills < kills {
            let waiting = try await waiting(in: queue, failed.moto)
            let running = try RunningCommand.lambdaStreams(
                failed.redrive(["--visibility-timeout", "3s", "--batch-size", "5"]) + ["--pause", "0.03"],
                environment: FailedTable.environment
            )
            // A line of the journal has some 80 bytes.
            let isKilled = try await kill(running, whenFile: failed.journal, growsBy: Int.random(in: 1...800))
            // The messages that it had received become visible again; the function ends with its batch.
            try await eventually("the messages are visible") {
                let attributes = try await SQSClient(failed.moto.client()).attributes(of: queue)
                return attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
            }
            let changes = failed.changes()
            for change in changes[handled...] where !waiting.contains(where: { $0.contains(change.number) }) {
                counts.confirmedAgain += 1
            }
            handled = changes.count
            guard isKilled else { break }
            counts.kills += 1
        }
        let run = try await failed.command(failed.redrive())
        #expect(run.status == 0, "\(run.output) \(run.errors)")
        #expect(failed.projection() == table)
        #expect(try await failed.bodies(queue).isEmpty)
        let redriven = failed.changes().dropFirst(before)
        counts.handled = redriven.count
        counts.repeated = redriven.count - Set(redriven.map { "\($0.id) \($0.number)" }).count
        return counts
    }

    /// The sequence numbers that the messages of a queue are about.
    private static func waiting(in queue: String, _ moto: Moto) async throws -> [ClosedRange<Decimal>] {
        let sqs = SQSClient(moto.client())
        var messages: [String: ReceivedMessage] = [:]
        while case let more = try await sqs.receiveMessages(from: queue, visibilityTimeout: .seconds(60)), !more.isEmpty
        {
            for message in more { messages[message.id] = message }
        }
        for message in messages.values {
            try await sqs.changeVisibility(of: message.receiptHandle, in: queue, to: .zero)
        }
        return try messages.values.map { message in
            let body = try #require(JSONSerialization.jsonObject(with: Data(message.body.utf8)) as? [String: Any])
            let batch = body["DDBStreamBatchInfo"] as? [String: Any]
            let change = (body["record"] as? [String: Any])?["dynamodb"] as? [String: Any]
            let start = (batch?["startSequenceNumber"] ?? change?["SequenceNumber"]) as? String
            let end = (batch?["endSequenceNumber"] ?? change?["SequenceNumber"]) as? String
            return try #require(start.flatMap { Decimal(string: $0) })...(#require(end.flatMap { Decimal(string: $0) }))
        }
    }

    // MARK: A file

    @Test("a redrive of a file: every line is handled, and none that the progress file has behind it again")
    func file() async throws {
        let counts = try await Self.rounds("a file", ordinarily: 4, perRound: 12) { try await Self.fileRound($0) }
        #expect(counts.confirmedAgain == 0)
        // A parcel is confirmed as a whole, of up to 1,000 records, and the next one may have begun.
        #expect(counts.repeated <= counts.kills * 1_200)
    }

    private static func fileRound(_ kills: Int) async throws -> KillCounts {
        let count = 4_000
        let folder = try TemporaryFolder()
        let journal = folder.file("journal")
        let lines = (1...count).map { number in
            """
            {"version":"1.0","deadLetteredAt":"2026-01-01T00:00:00.000Z","reason":"Permanent","deliveries":1,"record":\
            {"eventID":"\(number)","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","dynamodb":\
            {"Keys":{"id":{"S":"i\(number % 40)"}},"NewImage":{"id":{"S":"i\(number % 40)"},"n":{"N":"\(number)"}},\
            "SequenceNumber":"\(number)"},"eventSourceARN":\
            "arn:aws:dynamodb:eu-central-1:123456789012:table/t/stream/2026-01-01T00:00:00.000"}}\n
            """
        }
        let path = try folder.write(lines.joined(), to: "letters.jsonl")
        let arguments = [
            "redrive", "--from", path, "--batch-size", "20", "--", FailedTable.function, "--journal", journal,
            "--repaired",
        ]
        let counts = try await replay(arguments, of: count, kills, whenFile: journal, growsBy: 1...100_000) {
            let confirmed = try confirmedLine(path + ".progress.json")
            return { $0 < confirmed }
        } handled: {
            try journalNumbers(journal)
        }
        #expect(!FileManager.default.fileExists(atPath: path + ".remaining.jsonl"))
        return counts
    }

    /// The line behind the last one that is confirmed.
    private static func confirmedLine(_ progress: String) throws -> Int {
        guard let data = FileManager.default.contents(atPath: progress) else { return 1 }
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        return try #require(object["line"] as? Int)
    }

    private static func journalNumbers(_ journal: String) throws -> [Int] {
        let text = (try? String(contentsOfFile: journal, encoding: .utf8)) ?? ""
        return text.matches(of: /"number": "(\d+)"/).compactMap { Int($0.1) }
    }

    // MARK: A table

    @Test("a backfill: every item is handled, and none of a page that the progress file has behind it again")
    func table() async throws {
        let counts = try await Self.rounds("a table", ordinarily: 4, perRound: 12) { try await Self.tableRound($0) }
        #expect(counts.confirmedAgain == 0)
        // What was done since the places were written last: a second's records, and the pages under way.
        #expect(counts.repeated <= counts.kills * 60)
    }

    private static func tableRound(_ kills: Int) async throws -> KillCounts {
        let moto = try Moto.shared()
        let dynamoDB = DynamoDBClient(moto.client())
        let (count, segments) = (120, 24)
        let table = "backfill-\(UUID().uuidString)"
        try await moto.createTable(table, key: "id", hasStream: true)
        for index in 0..<count { try await dynamoDB.putItem(PutItem(["id": .string("o-\(index)")], into: table)) }
        // The items of each segment; each of them is a page.
        var pages: [[String]] = []
        for segment in 0..<segments {
            let page = try await dynamoDB.scan(Scan(table, segment: segment, of: segments))
            pages.append(page.items.compactMap { $0["id"]?.string })
        }
        let folder = try TemporaryFolder()
        let (file, progress) = (folder.file("items"), folder.file("progress"))
        let arguments = [
            "backfill", "--endpoint-url", moto.endpoint, "--table", table, "--segments", "\(segments)", "--rate",
            "40/s",
            "--batch-size", "2", "--progress-file", progress, "--to", "file", file,
        ]
        // A record has some 500 bytes.
        return try await replay(arguments, of: count, kills, whenFile: file, growsBy: 1...25_000) {
            let confirmed = try confirmedItems(progress, pages)
            return { confirmed.contains($0) }
        } handled: {
            try keys(file)
        }
    }

    /// The items of the pages that the progress file has behind it.
    private static func confirmedItems(_ progress: String, _ pages: [[String]]) throws -> Set<String> {
        guard let data = FileManager.default.contents(atPath: progress) else { return [] }
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        let places = try #require(object["places"] as? [String: [String: Any]])
        return places.reduce(into: []) { items, place in
            guard place.value["done"] as? Bool == true, let segment = Int(place.key) else { return }
            items.formUnion(pages[segment])
        }
    }

    private static func keys(_ file: String) throws -> [String] {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        return text.matches(of: /"Keys":\{"id":\{"S": ?"(o-\d+)"/).map { String($0.1) }
    }
}
