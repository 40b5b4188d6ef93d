// The smallest function of any JSON event: a decoded request in, an encoded reply out.

import LambdaFunctions
import LambdaFunctionsJSON
import Logging

struct Request: Codable, Sendable {
    let name: String
}

struct Reply: Codable, Sendable, Equatable {
    let greeting: String
}

struct NamelessRequest: Error, CustomStringConvertible {
    var description: String { "the request has an empty name" }
}

struct Hello: CodableLambdaHandler {
    func handle(_ request: Request, context: LambdaContext) async throws -> Reply {
        guard !request.name.isEmpty else { throw NamelessRequest() }
        context.logger.info("greeting somebody")
        return Reply(greeting: "Hello \(request.name)")
    }
}

@main
struct HelloJSON {
    static func main() async throws {
        try await LambdaRuntime(Hello()).run()
    }
}
