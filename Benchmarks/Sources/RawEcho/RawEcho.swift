// The smallest function there is, raw bytes in and out: what the runtime itself costs beside the floor in C.

import LambdaFunctions

@main
struct RawEcho {
    static func main() async throws {
        try await LambdaRuntime { (payload: [UInt8], context: LambdaContext) in payload }.run()
    }
}
