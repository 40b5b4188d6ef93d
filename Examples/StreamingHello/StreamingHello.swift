// Sends an HTTP response line by line, each as soon as it is made.

import LambdaFunctions
import LambdaFunctionsStreaming
import Logging

struct Lines: StreamingLambdaHandler {
    /// The pause between two lines, as something that takes time.
    var pause = Duration.milliseconds(200)

    func handle(_ payload: [UInt8], response: LambdaResponseStream, context: LambdaContext) async throws {
        // The head first: status, headers and cookies cannot change once the body has begun.
        try response.write(HTTPResponseHead(statusCode: 200, headers: ["content-type": "text/plain; charset=utf-8"]))
        for line in 1...5 {
            // The caller has each line before the next one is made.
            try response.write("line \(line) of 5\n")
            try await Task.sleep(for: pause)
        }
        try response.finish()
        context.logger.info("the caller has everything; this runs after the response")
    }
}

@main
struct StreamingHello {
    static func main() async throws {
        try await LambdaRuntime(streaming: Lines()).run()
    }
}
