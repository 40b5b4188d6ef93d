// Handlers that are cancelled before their deadline.

import Foundation
import RuntimeAPIServer
import SharedState
import Testing

@testable import LambdaFunctions

@Suite("Deadline cancellation")
struct DeadlineCancellationTests {
    @Test("a handler is cancelled before its deadline, and the error says so and what the handler threw")
    func cancelled() async throws {
        let runtime = LambdaRuntime { payload, _ in
            if payload == [1] { try await Task.sleep(for: .seconds(600)) }
            return payload
        }.cancellingBeforeDeadline(by: .seconds(29))
        try await serving(runtime, configure: { $0.timeout = .seconds(30) }) { server in
            let error = try #require(try await server.invoke([1]).error)
            #expect(error.cause == .reported && error.type == "Function.DeadlineCancellation")
            let document = try JSONDecoder().decode(ReportedError.self, from: Data(error.payload))
            #expect(document.errorMessage.contains("29.0 seconds before its deadline"), "\(document.errorMessage)")
            #expect(document.errorMessage.contains("CancellationError()"))
            let outcome = try await server.invoke([2])
            #expect(outcome.payload == [2])
        }
    }

    @Test("one that returns nevertheless has its answer sent, and one that throws in time its own error")
    func notCancelled() async throws {
        struct Own: Error {}
        let runtime = LambdaRuntime { payload, _ in
            if payload == [1] { throw Own() }
            while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(5)) }
            return payload
        }.cancellingBeforeDeadline(by: .seconds(29))
        try await serving(runtime, configure: { $0.timeout = .seconds(30) }) { server in
            let failed = try await server.invoke([1])
            #expect(failed.error?.type == "Function.Own")
            let outcome = try await server.invoke([2])
            #expect(outcome.payload == [2])
        }
    }

    @Test("without it a handler is not cancelled")
    func off() async throws {
        // Whether the answer comes in time is not the question, nor is it certain on a busy machine.
        let wasCancelled = Guarded<Bool?>(nil)
        let runtime = LambdaRuntime { payload, context in
            try? await Task.sleep(for: context.remainingTime - .milliseconds(100))
            wasCancelled.withLock { $0 = Task.isCancelled }
            return payload
        }
        try await serving(runtime, configure: { $0.timeout = .seconds(2) }) { server in
            _ = try await server.invoke([])
            while wasCancelled.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(wasCancelled.withLock { $0 } == false)
    }
}
