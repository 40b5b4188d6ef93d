// One shard of a stream over HTTP, which gives what a test says and fails when it says so.

import AWSServices
import Foundation
import HTTPScripting
import SharedState

/// A DynamoDB Streams endpoint of one shard.
final class ScriptedStream: Sendable {
    struct Plan: Sendable {
        /// The shard's records, ascending.
        var numbers: [String] = []
        /// How many of them are gone, from the first on.
        var trimmed = 0
        var pageSize = 1000
        /// Pages without a record before each page with some.
        var emptyPages = 0
        /// Whether the shard has ended.
        var isClosed = true
        /// Errors that answer GetRecords, one a call: `nil` for none.
        var failures: [String?] = []
        /// What answers GetShardIterator in every case.
        var iteratorError: String?
        /// After so many pages all records but the last leave the stream; nil for never.
        var trimsAfterPage: Int?
        /// What draws a fault for each request; nil for none.
        var random: SeededGenerator?
    }

    struct Calls: Sendable {
        var iterators: [String] = []
        var pages = 0
    }

    private struct State: Sendable {
        var plan: Plan
        var calls = Calls()
    }

    private let server: ScriptedServer

    init(_ plan: Plan) throws {
        let state = Shared(State(plan: plan))
        box = state
        server = try ScriptedServer { request in
            state.value.withLock { Self.reply(request, &$0) }
        }
    }

    private let box: Shared

    private final class Shared: Sendable {
        let value: Guarded<State>
        init(_ state: State) { value = Guarded(state) }
    }

    var calls: Calls { box.value.withLock { $0.calls } }

    func change(_ body: (inout Plan) -> Void) { box.value.withLock { body(&$0.plan) } }

    var aws: AWSClient {
        AWSClient(
            region: "eu-central-1",
            endpoint: "http://\(server.endpoint)",
            credentials: AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret"),
            retryPolicy: AWSRetryPolicy(maximumAttempts: 1),
            environment: AWSEnvironment([:])
        )
    }

    /// Any failure of the service or of the connection, and sometimes records that leave the stream.
    private static func fault(_ plan: inout Plan) -> ScriptedServer.Reply? {
        guard var random = plan.random else { return nil }
        defer { plan.random = random }
        plan.pageSize = Int.random(in: 1...4, using: &random)
        plan.emptyPages = Int.random(in: 0...2, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0: plan.trimmed = min(plan.numbers.count, plan.trimmed + Int.random(in: 1...3, using: &random))
        case 1, 2: return failed("ExpiredIteratorException")
        case 3: return failed("LimitExceededException")
        case 4: return failed("InternalServerError")
        case 5: return .close
        case 6: return .reset
        default: break
        }
        return nil
    }

    private static func failed(_ code: String) -> ScriptedServer.Reply {
        .status(
            code == "InternalServerError" ? 500 : 400,
            body: #"{"__type":"com.amazonaws.dynamodb.v20120810#\#(code)","message":"as planned"}"#
        )
    }

    private static func reply(_ request: ScriptedServer.Request, _ state: inout State) -> ScriptedServer.Reply {
        let body = (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: Any] ?? [:]
        if let fault = fault(&state.plan) { return fault }
        let plan = state.plan
        if request.headers["x-amz-target"]?.hasSuffix("GetShardIterator") == true {
            let kind = body["ShardIteratorType"] as? String ?? ""
            let number = body["SequenceNumber"] as? String ?? ""
            state.calls.iterators.append(number.isEmpty ? kind : "\(kind) \(number)")
            if let error = plan.iteratorError { return failed(error) }
            var position = kind == "LATEST" ? plan.numbers.count : plan.trimmed
            if !number.isEmpty {
                let integer = Decimal(string: number) ?? 0
                position = plan.numbers.firstIndex { (Decimal(string: $0) ?? 0) >= integer } ?? plan.numbers.count
                if kind == "AFTER_SEQUENCE_NUMBER", plan.numbers.indices.contains(position),
                    plan.numbers[position] == number
                {
                    position += 1
                }
                if position < plan.trimmed { return failed("TrimmedDataAccessException") }
                // Emulators have given records again behind a new iterator.
                if var random = plan.random {
                    position = max(plan.trimmed, position - Int.random(in: 0...2, using: &random))
                }
            }
            return .status(200, body: #"{"ShardIterator":"\#(position)|0"}"#)
        }
        state.calls.pages += 1
        if state.calls.pages == plan.trimsAfterPage { state.plan.trimmed = plan.numbers.count - 1 }
        if !plan.failures.isEmpty, let error = state.plan.failures.removeFirst() { return failed(error) }
        let parts = (body["ShardIterator"] as? String ?? "").split(separator: "|").compactMap { Int($0) }
        let (position, empties) = (parts.first ?? 0, parts.last ?? 0)
        if position < plan.trimmed { return failed("TrimmedDataAccessException") }
        if empties < plan.emptyPages {
            return .status(200, body: #"{"Records":[],"NextShardIterator":"\#(position)|\#(empties + 1)"}"#)
        }
        let end = min(plan.numbers.count, position + plan.pageSize)
        let records = plan.numbers[position..<end].map { recordJSON($0, arn: nil) }
        let isEnd = end == plan.numbers.count && plan.isClosed
        let next = isEnd ? "" : #","NextShardIterator":"\#(end)|0""#
        return .status(200, body: #"{"Records":[\#(records.joined(separator: ","))]\#(next)}"#)
    }
}
