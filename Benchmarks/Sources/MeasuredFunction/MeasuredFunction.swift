// What `make benchmark-runtime` measures: by the name in `_HANDLER` a function that waits, that streams, or that logs.

import LambdaFunctions
import LambdaFunctionsStreaming

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@main
struct MeasuredFunction {
    static func main() async throws {
        switch getenv("_HANDLER").map({ String(cString: $0) }) {
        case "pause": try await LambdaRuntime { payload, _ in try await pause(payload) }.run()
        case "stream":
            let runtime = LambdaRuntime(streaming: { payload, response, _ in try stream(payload, response) })
            try await runtime.run()
        case "log": try await LambdaRuntime { payload, context in try log(payload, context) }.run()
        default: throw Unknown.handler
        }
    }

    enum Unknown: Error {
        case handler, event
    }

    /// Answers with the event after as many milliseconds as its first number says, like one who waits for a database.
    static func pause(_ payload: [UInt8]) async throws -> [UInt8] {
        guard let milliseconds = numbers(in: payload).first else { throw Unknown.event }
        if milliseconds > 0 { try await Task.sleep(for: .milliseconds(milliseconds)) }
        return payload
    }

    /// Answers the event `PIECE PIECES` with as many pieces of so many bytes.
    static func stream(_ payload: [UInt8], _ response: LambdaResponseStream) throws {
        let numbers = numbers(in: payload)
        guard numbers.count == 2 else { throw Unknown.event }
        let piece = (0..<numbers[0]).map { UInt8($0 % 251) }
        for _ in 0..<numbers[1] { try response.write(piece) }
    }

    /// Logs as many lines as the event says, all of one length: a message, and two fields beside it.
    static func log(_ payload: [UInt8], _ context: LambdaContext) throws -> [UInt8] {
        guard let count = numbers(in: payload).first else { throw Unknown.event }
        for number in 0..<count {
            context.logger.info(
                "the order was projected",
                metadata: ["order": "o-\(10_000_000 + number)", "customer": "c-4711"]
            )
        }
        return []
    }

    private static func numbers(in payload: [UInt8]) -> [Int] {
        payload.split(separator: UInt8(ascii: " ")).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    }
}
