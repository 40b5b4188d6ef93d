// A function that does what its event says, for what the tests see of the runtime under the emulator. An event is words:
// "fail", "exit 3", "sleep 150" (milliseconds), "size 100" (bytes), "environment NAME", "context"; any other is echoed.
//
// FUNCTION_INIT says what goes wrong before: "fail", "exit". FUNCTION_KIND "hooks" adds hooks for the shutdown, which
// write to /tmp/notes; "streaming" streams the answer: "break" fails in the middle of it.

import LambdaFunctions
import LambdaFunctionsStreaming

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@main
struct ConformanceFunction {
    static func main() async throws {
        switch variable("FUNCTION_KIND") {
        case "streaming": try await LambdaRuntime(streaming: stream).run()
        case "hooks": try await runtime.onShutdown { note("first") }.onShutdown { note("second") }.run()
        default: try await runtime.run()
        }
    }

    private static let runtime = LambdaRuntime(initializing: {
        switch variable("FUNCTION_INIT") {
        case "fail": throw Failure(reason: "the init")
        case "exit": exit(3)
        default: break
        }
    }) { payload, context, _ in try await handle(payload, context) }

    private static func handle(_ payload: [UInt8], _ context: LambdaContext) async throws -> [UInt8] {
        let words = String(decoding: payload.prefix(100), as: UTF8.self).split(separator: " ")
        let argument = words.count == 2 ? String(words[1]) : ""
        switch words.first {
        case "fail": throw Failure(reason: "quotes \", a line\nbreak, a NUL \0, a DEL \u{7F}, é and 日本")
        case "exit": exit(Int32(argument) ?? 0)
        case "sleep":
            note("begun")
            try await Task.sleep(for: .milliseconds(Int(argument) ?? 0))
            note("ended")
            return payload
        case "size": return [UInt8](repeating: UInt8(ascii: "x"), count: Int(argument) ?? 0)
        case "environment": return Array(variable(argument).utf8)
        case "context": return describe(context)
        default: return payload
        }
    }

    private static func stream(_ payload: [UInt8], _ response: LambdaResponseStream, _: LambdaContext) async throws {
        try response.write("one,")
        try await Task.sleep(for: .milliseconds(20))
        if payload == Array("break".utf8) { throw Failure(reason: "the middle") }
        try response.write("two")
    }

    /// A line for each thing that an invocation is told.
    private static func describe(_ context: LambdaContext) -> [UInt8] {
        let custom = context.clientContext?.custom.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" } ?? []
        let lines = [
            ("process", "\(getpid())"), ("arguments", CommandLine.arguments.joined(separator: " ")),
            ("request", context.requestID), ("arn", context.invokedFunctionARN ?? ""),
            ("name", context.functionName ?? ""), ("version", context.functionVersion ?? ""),
            ("memory", "\(context.memorySize ?? 0)"), ("remaining", "\(context.remainingTime.milliseconds)"),
            ("trace", context.traceID ?? ""), ("variable", variable("_X_AMZN_TRACE_ID")),
            ("tenant", context.tenantID ?? ""), ("client", custom.joined(separator: " ")),
            ("identity", context.cognitoIdentity?.identityID ?? ""),
        ]
        return Array(lines.map { "\($0)=\($1)\n" }.joined().utf8)
    }

    private static func note(_ text: String) {
        guard let file = fopen("/tmp/notes", "a") else { return }
        fputs(text + "\n", file)
        fclose(file)
    }
}

struct Failure: LambdaErrorConvertible {
    let reason: String
    var lambdaErrorMessage: String { reason }
    var lambdaStackTrace: [String] { ["inner() at /src/a.swift:12", "outer() at /src/b.swift:7"] }
}

/// Empty where there is none.
func variable(_ name: String) -> String {
    getenv(name).map { String(cString: $0) } ?? ""
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
