// A function with hooks, for the tests of the shutdown, of snapshots and of crashes: echoes its event, after what the
// event asks for: "crash", or "sleep 150", which takes so many milliseconds.

import LambdaFunctions

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@main
struct LifecycleFunction {
    static func main() async throws {
        try await LambdaRuntime { (payload: [UInt8], _: LambdaContext) in
            let words = String(decoding: payload, as: UTF8.self).split(separator: " ")
            switch words.first {
            case "crash": crashOnPurpose([])
            case "print": print("printed in the handler")
            case "sleep":
                note("begun")
                try await Task.sleep(for: .milliseconds(Int(words.last ?? "") ?? 0))
                note("ended")
            default: break
            }
            return payload
        }
        .onShutdown { if getenv("NOTES_OF_MAIN") != nil { await noteOnMainActor("main") } }
        .beforeSnapshot { note("snapshot") }
        .afterRestore { note("restored") }
        .onShutdown { note("first") }
        .onShutdown { note("second") }
        .run()
    }

    @MainActor
    private static func noteOnMainActor(_ text: String) { note(text) }

    /// Writes a line to the file that the tests read.
    private static func note(_ text: String) {
        guard let path = getenv("NOTES_FILE"), let file = fopen(path, "a") else { return }
        fputs(text + "\n", file)
        fclose(file)
    }
}

/// A name to look for in a backtrace.
@inline(never)
func crashOnPurpose(_ empty: [Int]) {
    print(empty[empty.count])
}
