// A function that reads every record's keys and sequence number, and answers that nothing failed.

import DynamoDBStreamEvents
import LambdaFunctions

@main
struct KeyReader {
    static func main() async throws {
        let answer = Array(#"{"batchItemFailures":[]}"#.utf8)
        try await LambdaRuntime { (payload: [UInt8], _: LambdaContext) in
            for record in try StreamEvent(payload).records {
                guard let keys = record.keys, !keys.isEmpty, record.sequenceNumber != nil else { throw Incomplete() }
            }
            return answer
        }.run()
    }

    struct Incomplete: Error {}
}
