// A function that calls AWS: reads one item of a table over TLS, and answers with it. Run by Scripts/tls-tests.py.

import LambdaStreamsAWS

@main
struct ItemReader {
    static func main() async throws {
        let dynamoDB = DynamoDBClient()
        try await LambdaRuntime { (payload: [UInt8], context: LambdaContext) in
            let id = String(decoding: payload, as: UTF8.self)
            let item = try await dynamoDB.getItem(["id": .string(id)], from: "orders", timeout: .seconds(10))
            return item?.json ?? Array("null".utf8)
        }.run()
    }
}
