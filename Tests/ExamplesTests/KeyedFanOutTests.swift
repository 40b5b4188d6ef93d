// Posting per key against a web service that answers as a test says.

import HTTPScripting
import LambdaStreamsAWS
import LambdaStreamsTesting
import Testing

@testable import KeyedFanOut

@Suite("KeyedFanOut")
struct KeyedFanOutTests {
    /// Three changes of each of twenty orders, one after another.
    private func event() throws -> StreamEvent {
        var builder = StreamEvent.Builder(keys: "id")
        for version in 1...3 {
            for order in 1...20 {
                builder = try builder.insert(["id": "o-\(order)", "version": .number(.init(version))])
            }
        }
        return try builder.build()
    }

    private func processor(_ server: ScriptedServer, _ sink: some DeadLetterSink) -> BatchProcessor<StreamRecord> {
        KeyedFanOut.processor(Subscriber(url: "http://\(server.endpoint)/changes", http: HTTPClient()), sink)
    }

    @Test("the changes of each order arrive in their order, each with its own key")
    func order() async throws {
        let server = try ScriptedServer { _ in .status(204, body: "") }
        defer { server.stop() }
        let event = try event()
        #expect(try await processor(server, InMemoryDeadLetterSink()).process(event) == .success)
        let requests = server.requests
        #expect(requests.count == 60)
        #expect(Set(requests.map { $0.headers["idempotency-key"] }) == Set(event.records.map(\.eventID)))
        for order in 1...20 {
            let own = event.records.filter { $0.keys?["id"] == .string("o-\(order)") }.map(\.eventID)
            let arrived = requests.filter { request in own.contains(request.headers["idempotency-key"]) }
            #expect(arrived.map { $0.headers["idempotency-key"] } == own)
        }
        // More than one at a time.
        #expect(Set(requests.map(\.connection)).count > 1)
    }

    @Test("a change that the service refuses is a dead letter, and its order goes on")
    func refused() async throws {
        let server = try ScriptedServer { request in
            .status(request.text.contains(#""o-7""#) && request.text.contains(#"{"N":"2"}"#) ? 422 : 204, body: "")
        }
        defer { server.stop() }
        let sink = InMemoryDeadLetterSink()
        #expect(try await processor(server, sink).process(event()) == .success)
        #expect(await sink.letters.map(\.reason) == [.permanent])
    }

    @Test("a service that is down makes no dead letter, however often; the batch comes again")
    func down() async throws {
        let server = try ScriptedServer { _ in .status(503, body: "") }
        defer { server.stop() }
        let sink = InMemoryDeadLetterSink()
        let processor = processor(server, sink)
        let event = try StreamEvent.Builder(keys: "id").insert(["id": "o-1"]).build()
        for _ in 1...5 { #expect(try await processor.process(event) == .failure(from: event.records[0])) }
        #expect(await sink.letters.isEmpty)
    }
}
