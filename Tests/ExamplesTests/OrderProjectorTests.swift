// The smallest example, as a process under a local Runtime API.

import Foundation
import LambdaStreamsTesting
import RuntimeAPIServer
import Testing

@Suite("OrderProjector")
struct OrderProjectorTests {
    private struct Order: Codable {
        let id: String
        let total: Decimal
        let status: String
        let updatedAt: Int
    }

    @Test("a batch is handled up to the order that explodes")
    func explosion() async throws {
        let event = try StreamEvent.Builder(keys: "id")
            .insert(Order(id: "o-1", total: 5, status: "OPEN", updatedAt: 1_789_649_450))
            .insert(Order(id: "o-2", total: 5, status: "EXPLODE", updatedAt: 1_789_649_450))
            .insert(Order(id: "o-3", total: 5, status: "OPEN", updatedAt: 1_789_649_450))
            .build()
        let number = try #require(event.records[1].sequenceNumber?.description)
        let outcome = try await Executable.invoke("OrderProjector", event.bytes)
        #expect(outcome.payload == Array(#"{"batchItemFailures":[{"itemIdentifier":"\#(number)"}]}"#.utf8))
    }
}

/// The examples' executables, which the tests' own build made.
enum Executable {
    static func invoke(
        _ name: String,
        _ payload: [UInt8],
        onChunk: (@Sendable ([UInt8]) -> Void)? = nil
    ) async throws -> InvocationOutcome {
        let path = Bundle.main.bundleURL.appendingPathComponent(name).path
        var configuration = RuntimeAPIServer.Configuration(.process(executable: path))
        configuration.timeout = .seconds(60)
        return try await RuntimeAPIServer.withServer(configuration) { server in
            var request = InvocationRequest(payload)
            request.onChunk = onChunk
            return try await server.invoke(request)
        }
    }
}
