// A projection as a user writes one: the items of the stream's table in another table. Run by the tests of backfills.

import LambdaStreamsAWS

@main
struct ProjectingFunction {
    static func main() async throws {
        let dynamoDB = DynamoDBClient()
        // PROJECTION and APPLIED name the tables.
        let projection = AWSEnvironment.process["PROJECTION"] ?? "projection"
        let store = DynamoDBLastAppliedStore(table: AWSEnvironment.process["APPLIED"] ?? "applied")
        let processor = BatchProcessor(order: .perKey(maxConcurrency: 4)) { (record: StreamRecord, _: RecordContext) in
            guard let keys = record.keys else { return }
            if record.eventName == .remove {
                try await dynamoDB.deleteItem(DeleteItem(keys, from: projection))
            } else if let image = record.newImage {
                try await dynamoDB.putItem(PutItem(image, into: projection))
            }
        }
        .onlyNewer(using: LastAppliedGuard(store: store, prefix: "projection"))
        try await LambdaRuntime(processor).run()
    }
}
