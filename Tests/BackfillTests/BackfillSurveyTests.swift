// A table before its backfill: its stream, and what the reading would cost.

import AWSServices
import DynamoDBStreamEvents
import HTTPScripting
import Moto
import RecordReplay
import Testing

@Suite("A table before its backfill")
struct BackfillSurveyTests {
    @Test("moto's table is found with its stream")
    func moto() async throws {
        let moto = try Moto.shared()
        let table = "orders-\(UInt64.random(in: .min ... .max))"
        try await moto.createTable(table, key: "pk", sortKey: "sk", hasStream: true)
        let survey = try await BackfillSurvey(
            of: table,
            tables: DynamoDBClient(moto.client()),
            streams: DynamoDBStreamsClient(moto.client())
        )
        #expect(survey.stream.keyNames == ["pk", "sk"])
        #expect(survey.stream.viewType == .newAndOldImages)
        #expect(survey.stream.tableName == table)
        let lowest = try #require(survey.lowestSequenceNumber)
        #expect(lowest > SequenceNumber("\(BackfillRecords.numberLimit)") ?? lowest)
    }

    @Test("a table without a stream, and none, are errors with what to do")
    func errors() async throws {
        let moto = try Moto.shared()
        let client = moto.client()
        let table = "orders-\(UInt64.random(in: .min ... .max))"
        try await moto.createTable(table, key: "id")
        for (name, words) in [(table, "update-table"), ("none-\(table)", "ResourceNotFoundException")] {
            let error = try await #require(throws: BackfillError.self) {
                try await BackfillSurvey(
                    of: name,
                    tables: DynamoDBClient(client),
                    streams: DynamoDBStreamsClient(client)
                )
            }
            #expect(error.description.contains(words))
        }
    }

    @Test("costs are counted as AWS counts them")
    func costs() async throws {
        let server = try ScriptedServer { request in
            request.headers["x-amz-target"]?.hasSuffix("DescribeTable") == true
                ? .status(
                    200,
                    body: """
                        {"Table":{"TableName":"t","TableStatus":"ACTIVE","ItemCount":1000,"TableSizeBytes":8192001,\
                        "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"LatestStreamArn":"\(ordersStream.streamARN)",\
                        "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}}
                        """
                ) : .status(400, body: #"{"__type":"x#AccessDeniedException"}"#)
        }
        let client = client(of: server)
        let survey = try await BackfillSurvey(
            of: "t",
            tables: DynamoDBClient(client),
            streams: DynamoDBStreamsClient(client)
        )
        #expect(survey.readUnits(isConsistent: false) == 1_000.5)
        #expect(survey.readUnits(isConsistent: true) == 2_001)
        #expect(survey.stream.viewType == .keysOnly)
        #expect(survey.lowestSequenceNumber == nil)
        #expect(BackfillSurvey.invocations(itemCount: 1_000, itemSize: survey.averageItemSize, batchSize: 100) == 10)
        #expect(BackfillSurvey.invocations(itemCount: 1_001, itemSize: 100, batchSize: 100) == 11)
        #expect(BackfillSurvey.invocations(itemCount: 0, itemSize: nil, batchSize: 100) == 0)
        // Fourteen items of 200 KB make an event of 6 MB.
        #expect(BackfillSurvey.invocations(itemCount: 140, itemSize: 200_000, batchSize: 10_000) == 10)
    }
}
