// A function with hooks, for the tests of the shutdown and of crashes: echoes its event, and ends itself where asked to.

import AWSLambda

#if canImport(Glibc)
import Glibc
#endif

@main
struct LifecycleFunction {
    static func main() async throws {
        try await LambdaRuntime { (payload: [UInt8], _: LambdaContext) in
            if payload == Array("crash".utf8) { crashOnPurpose([]) }
            if payload == Array("print".utf8) { print("printed in the handler") }
            return payload
        }
        .onShutdown { note("first") }
        .onShutdown { note("second") }
        .run()
    }

    private static func note(_ text: String) {
        guard let path = getenv("SHUTDOWN_FILE"), let file = fopen(path, "a") else { return }
        fputs(text + "\n", file)
        fclose(file)
    }
}

/// A name to look for in a backtrace.
@inline(never)
func crashOnPurpose(_ empty: [Int]) {
    print(empty[empty.count])
}
