// The functions without a stream: JSON in and out, and a response in pieces.

import LambdaStreamsTesting
import RuntimeAPIServer
import SharedState
import Testing

@testable import HelloJSON

@Suite("HelloJSON")
struct HelloJSONTests {
    @Test("a handler is called as a plain function")
    func handler() async throws {
        #expect(try await Hello().handle(Request(name: "Ada"), context: .testing()) == Reply(greeting: "Hello Ada"))
        await #expect(throws: NamelessRequest.self) { try await Hello().handle(Request(name: ""), context: .testing()) }
    }

    @Test(
        "the function takes JSON, and says where an event is wrong",
        arguments: [
            (#"{"name":"Ada"}"#, #"{"greeting":"Hello Ada"}"#), ("{}", #"\"name\" is missing"#),
            (#"{"name":""}"#, "the request has an empty name"),
        ]
    )
    func process(event: String, response: String) async throws {
        let outcome = try await Executable.invoke("HelloJSON", Array(event.utf8))
        #expect(String(decoding: outcome.payload, as: UTF8.self).contains(response))
    }
}

@Suite("StreamingHello")
struct StreamingHelloTests {
    @Test("the response comes line by line")
    func lines() async throws {
        let chunks = Guarded<[String]>([])
        let outcome = try await Executable.invoke("StreamingHello", Array("{}".utf8)) { chunk in
            chunks.withLock { $0.append(String(decoding: chunk, as: UTF8.self)) }
        }
        #expect(outcome.error == nil)
        let received = chunks.withLock { $0 }
        #expect(received.count > 1)
        let text = received.joined()
        #expect(text.contains(#"{"statusCode":200"#))
        #expect(text.hasSuffix((1...5).map { "line \($0) of 5\n" }.joined()))
    }
}
