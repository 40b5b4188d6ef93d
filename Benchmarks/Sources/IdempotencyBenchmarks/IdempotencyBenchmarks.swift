// What it costs to handle records once: new ones and done ones, against a DynamoDB in memory on loopback.
//
// The requests are real: signed, over HTTP, two for each new record. What DynamoDB itself takes, some milliseconds a
// request, is not in the figures; with sixty-four at once it is waited for together.

import Foundation
import LambdaStreamsAWS
import LambdaStreamsTesting

@main
struct IdempotencyBenchmarks {
    static let recordCount = 1000
    static let rounds = 21

    static func main() async throws {
        let endpoint = try Endpoint()
        defer { endpoint.stop() }
        let client = AWSClient(
            region: "eu-central-1",
            endpoint: "http://127.0.0.1:\(endpoint.port)",
            credentials: AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret"),
            environment: AWSEnvironment([:])
        )
        let store = DynamoDBIdempotencyStore(table: "idempotency", client: DynamoDBClient(client))
        let event = try event(recordCount)
        let context = LambdaContext.testing(remaining: .seconds(900))
        var new: [Double] = []
        var skipped: [Double] = []
        var refused: [Double] = []
        for round in 0..<rounds {
            let once = IdempotentOperations(store: store, prefix: "round-\(round)")
            func run(_ lookup: CompletedLookup) async throws -> Double {
                let handler = RawRecordHandler<StreamRecord> { _, _ in }
                let processor = BatchProcessor(order: .perKey(maxConcurrency: 64), handler: handler)
                    .idempotent(using: once, lookup: lookup)
                let began = ContinuousClock.now
                let response = try await processor.process(event, context: context)
                guard response.batchItemFailures.isEmpty else { throw Unexpected() }
                return (ContinuousClock.now - began) / .seconds(1)
            }
            new.append(try await run(.never))
            skipped.append(try await run(.always))
            refused.append(try await run(.never))
        }
        print("\(recordCount) records, perKey(64); medians of \(rounds) rounds")
        let rate = Double(recordCount) / median(new)
        report("new, two requests each", new, "\(Int(rate)) records/s", rate >= 5000, "at least 5000")
        let time = median(skipped) * 1e3
        report("done, looked up by the hundred", skipped, "", time < 50, "under 50 ms")
        report("done, one request each", refused, "\(Int(Double(recordCount) / median(refused))) records/s", nil, "")
    }

    static func report(_ name: String, _ times: [Double], _ rate: String, _ isHeld: Bool?, _ limit: String) {
        let verdict = isHeld.map { "\(limit): \($0 ? "held" : "MISSED")" } ?? ""
        let time = String(format: "%8.2f ms", median(times) * 1e3)
        print(name.padding(toLength: 32, withPad: " ", startingAt: 0) + "\(time)  \(rate)  \(verdict)")
    }

    static func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }

    /// Distinct items, one change each.
    static func event(_ count: Int) throws -> StreamEvent {
        var builder = StreamEvent.Builder(keys: "id")
        for number in 0..<count {
            builder = try builder.insert(["id": .string("order-\(number)"), "status": "NEW"])
        }
        return try builder.build()
    }

    struct Unexpected: Error {}
}

/// The server, which lies beside this program and ends with it.
struct Endpoint {
    let port: Int
    private let process = Process()
    private let leash = Pipe()

    init() throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("DynamoDBEndpoint")
        process.standardInput = leash
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw IdempotencyBenchmarks.Unexpected()
        }
        self.port = port
    }

    func stop() {
        try? leash.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
