// Thousands of invocations with a fault in every fifth exchange: the runtime lives, and no invocation has another's answer.
// That none is answered twice is the server's to see: it refuses a second answer.

import Foundation
import RuntimeAPIServer
import SharedState
import Testing

@testable import LambdaFunctions

@Suite("Faults")
struct FaultCampaignTests {
    /// `FAULT_CAMPAIGN=10000 swift test --filter FaultCampaign` makes a campaign of it.
    static let invocations = ProcessInfo.processInfo.environment["FAULT_CAMPAIGN"].flatMap { Int($0) } ?? 120

    @Test("a random fault in one exchange of five costs no more than its invocation", arguments: [UInt64(1), 2])
    func campaign(seed: UInt64) async throws {
        let handled = Guarded<[String: Int]>([:])
        let runtime = LambdaRuntime { payload, context in
            handled.withLock { $0[String(decoding: payload, as: UTF8.self), default: 0] += 1 }
            return payload
        }
        let served = try await serving(
            runtime,
            configure: {
                $0.timeout = .milliseconds(400)
                $0.faults = .random(seed: seed, oneIn: 5, delay: .milliseconds(5))
            }
        ) { server in
            var answered = 0
            var failed: [String: Int] = [:]
            for number in 0..<Self.invocations / 2 {
                let outcome = try await server.invoke(Array("event \(number)".utf8))
                if let error = outcome.error {
                    failed["\(error.type)", default: 0] += 1
                } else {
                    answered += 1
                    #expect(outcome.text == "event \(number)")
                }
            }
            return (answered, failed)
        }
        #expect(served.end == nil, "the runtime lives through all of it")
        #expect(served.result.0 > Self.invocations / 4, "\(served.result)")
        #expect(Set(handled.withLock { $0.keys }).count > Self.invocations / 4)
    }
}
