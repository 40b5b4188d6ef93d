// Reads the messages about batches that Lambda discarded: saves their records at once, sends them through their function
// again, and parks what fails again.

import LambdaStreamsAWS
import RecordReplay

@main
struct Redriver {
    static func main() async throws {
        let variables = AWSEnvironment.process
        let handler = FailureHandler(
            store: FailedRecordStore(bucket: try variables.required("FAILED_RECORDS_BUCKET"), s3: S3Client()),
            reader: StreamRangeReader(DynamoDBStreamsClient(), patience: .seconds(20)),
            target: { FunctionTarget($0) },
            function: variables["FUNCTION"],
            maximumRedrives: try maximumRedrives(variables)
        )
        try await LambdaRuntime(processor(handler)).run()
    }

    /// One message after another. Those that there is no time for come again.
    static func processor(_ handler: FailureHandler) -> BatchProcessor<SQSMessage> {
        BatchProcessor { (message: SQSMessage, context: RecordContext) in
            try await handler.handle(message, context.logger)
        }
    }

    static func maximumRedrives(_ variables: AWSEnvironment) throws -> Int {
        guard let text = variables["MAXIMUM_REDRIVES"] else { return 3 }
        guard let number = Int(text), number >= 0 else { throw NoNumberOfRedrives(text: text) }
        return number
    }
}

struct NoNumberOfRedrives: Error, CustomStringConvertible {
    let text: String
    var description: String { "MAXIMUM_REDRIVES is '\(text.prefix(40))', and not a number from 0 on" }
}
