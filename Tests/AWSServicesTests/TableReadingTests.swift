// A table described and read whole, and mappings listed.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import HTTPScripting
import Moto
import SharedState
import Testing

@Suite("Reading tables whole")
struct TableReadingTests {
    @Test("a table is described with its keys in order and its stream")
    func describe() async throws {
        let moto = try Moto.shared()
        let table = "t-\(UUID().uuidString)"
        try await moto.createTable(table, key: "pk", sortKey: "sk", hasStream: true)
        let dynamoDB = DynamoDBClient(moto.client())
        try await dynamoDB.putItem(PutItem(["pk": "a", "sk": "1"], into: table))
        let description = try await dynamoDB.describeTable(table)
        #expect(description.name == table)
        #expect(description.keyNames == ["pk", "sk"])
        #expect(description.status == "ACTIVE")
        #expect(description.itemCount == 1)
        #expect(description.streamIsEnabled)
        #expect(description.streamViewType == .newAndOldImages)
        #expect(description.latestStreamARN?.contains("/stream/") == true)
        #expect(description.provisionedReadUnits == nil)
        await #expect(throws: AWSError.self) { try await dynamoDB.describeTable("none-\(table)") }
    }

    @Test("a schema in any order gives the partition key first; numbers that make no sense give nothing")
    func schema() async throws {
        let server = try ScriptedServer { _ in
            .status(
                200,
                body: """
                    {"Table":{"TableName":"t","KeySchema":[{"AttributeName":"b","KeyType":"RANGE"},\
                    {"AttributeName":"a","KeyType":"HASH"}],"ItemCount":-1,"TableSizeBytes":1e99,\
                    "ProvisionedThroughput":{"ReadCapacityUnits":25}}}
                    """
            )
        }
        let description = try await DynamoDBClient(server.client()).describeTable("t")
        #expect(description.keyNames == ["a", "b"])
        #expect(description.itemCount == 0 && description.sizeBytes == 0)
        #expect(description.provisionedReadUnits == 25)
        #expect(!description.streamIsEnabled && description.latestStreamARN == nil)
    }

    @Test("a reply without a key schema, and a page without items, are malformed")
    func malformed() async throws {
        let server = try ScriptedServer { _ in .status(200, body: #"{"Table":{"TableName":"t"},"Items":{}}"#) }
        let dynamoDB = DynamoDBClient(server.client(retryPolicy: AWSRetryPolicy(maximumAttempts: 1)))
        for call in [
            { () async throws in _ = try await dynamoDB.describeTable("t") },
            { () async throws in _ = try await dynamoDB.scan(Scan("t")) },
        ] {
            let error = await #expect(throws: AWSError.self) { try await call() }
            guard case .malformedReply? = error?.kind else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    static let unreadableElements = [
        #"{"Items":[{"id":{"S":"a"}},1]}"#,
        #"{"Responses":{"t":[{"id":{"S":"a"}},null]}}"#,
        #"{"Responses":{"t":[]},"UnprocessedKeys":{"t":{"Keys":["a"]}}}"#,
        #"{"StreamDescription":{"StreamArn":"s","Shards":[{"ShardId":"a"},{"ParentShardId":"a"}]}}"#,
        #"{"StreamDescription":{"StreamArn":"s","Shards":{}}}"#,
        #"{"StreamDescription":{"StreamArn":"s","Shards":[{"ShardId":"a","SequenceNumberRange":"#
            + #"{"StartingSequenceNumber":"x"}}]}}"#,
        #"{"Messages":[{"MessageId":"1","Body":"b"}]}"#,
        #"{"EventSourceMappings":[{"UUID":"1"},{"State":"Enabled"}]}"#,
        #"{"EventSourceMappings":[{"UUID":"1","FilterCriteria":{"Filters":[{"Pattern":"{}"},{}]}}]}"#,
    ]

    @Test(
        "an element that cannot be read makes a reply malformed, and is never left out",
        arguments: unreadableElements
    )
    func unreadableElement(_ body: String) async throws {
        let server = try ScriptedServer { _ in .status(200, body: body) }
        let client = server.client(retryPolicy: AWSRetryPolicy(maximumAttempts: 1))
        let error = await #expect(throws: AWSError.self) {
            switch body.prefix(9) {
            case #"{"Items":"#: _ = try await DynamoDBClient(client).scan(Scan("t"))
            case #"{"Respons"#: _ = try await DynamoDBClient(client).batchGetItem([["id": "a"]], from: "t")
            case #"{"StreamD"#: _ = try await DynamoDBStreamsClient(client).describeStream("s")
            case #"{"Message"#:
                _ = try await SQSClient(client).receiveMessages(from: "https://sqs.eu-central-1.amazonaws.com/1/q")
            default: _ = try await LambdaClient(client).eventSourceMappings(function: "f")
            }
        }
        guard case .malformedReply? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a scan asks for what it is to ask for, and nothing else")
    func request() async throws {
        let server = try ScriptedServer { _ in .status(200, body: #"{"Items":[],"Count":0}"#) }
        let dynamoDB = DynamoDBClient(server.client())
        let page = try await dynamoDB.scan(Scan("t"))
        #expect(page.items.isEmpty && page.lastEvaluatedKey == nil && page.consumedCapacity == nil)
        _ = try await dynamoDB.scan(Scan("t", segment: 2, of: 3, after: ["id": "a"], limit: 7, consistently: true))
        #expect(
            server.requests.map(\.text) == [
                #"{"TableName":"t","ReturnConsumedCapacity":"TOTAL"}"#,
                #"{"TableName":"t","Segment":2,"TotalSegments":3,"ExclusiveStartKey":{"id":{"S":"a"}},"Limit":7,"#
                    + #""ConsistentRead":true,"ReturnConsumedCapacity":"TOTAL"}"#,
            ]
        )
    }

    @Test("mappings are listed page by page, whatever Lambda leaves out")
    func mappings() async throws {
        let server = try ScriptedServer { request in
            request.path.contains("Marker=")
                ? .status(200, body: #"{"EventSourceMappings":[{"UUID":"2"}]}"#)
                : .status(
                    200,
                    body: """
                        {"EventSourceMappings":[{"UUID":"1","State":"Enabled","StartingPosition":"LATEST",\
                        "LastModified":1.7722E9,"TumblingWindowInSeconds":30,"FunctionArn":"f","EventSourceArn":"s",\
                        "FunctionResponseTypes":["ReportBatchItemFailures"],\
                        "FilterCriteria":{"Filters":[{"Pattern":"{\\"a\\":[1]}"}]}}],"NextMarker":"a/b"}
                        """
                )
        }
        let mappings = try await LambdaClient(server.client())
            .eventSourceMappings(function: "arn:aws:lambda:eu-central-1:1:function:f", eventSource: "arn:x/y")
        #expect(mappings.map(\.uuid) == ["1", "2"])
        let first = try #require(mappings.first)
        #expect(first.state == "Enabled" && first.startingPosition == "LATEST")
        #expect(first.lastModified == EpochTime(seconds: 1_772_200_000))
        #expect(first.tumblingWindowInSeconds == 30 && first.reportsBatchItemFailures)
        #expect(first.filterPatterns == [#"{"a":[1]}"#])
        #expect(
            server.requests.map(\.path) == [
                "/2015-03-31/event-source-mappings?EventSourceArn=arn%3Ax%2Fy&FunctionName=arn%3Aaws%3Alambda%3Aeu-central-1%3A1%3Afunction%3Af",
                "/2015-03-31/event-source-mappings?EventSourceArn=arn%3Ax%2Fy&FunctionName=arn%3Aaws%3Alambda%3Aeu-central-1%3A1%3Afunction%3Af&Marker=a%2Fb",
            ]
        )
    }

    @Test("a mapping that is read has the filters that a list hides, or says why not")
    func mapping() async throws {
        let key = #""UUID":"1","KMSKeyArn":"k""#
        let problem = #""FilterCriteriaError":{"ErrorCode":"KMSAccessDeniedException","Message":"no"}"#
        let replies = [
            #"{"EventSourceMappings":[{\#(key),"FilterCriteria":null}]}"#,
            #"{\#(key),"FilterCriteria":{"Filters":[{"Pattern":"{}"}]}}"#, #"{\#(key),\#(problem)}"#,
            #"{\#(key),"FilterCriteriaError":null}"#, "[]",
        ]
        let left = Guarded(replies)
        let server = try ScriptedServer { _ in .status(200, body: left.withLock { $0.removeFirst() }) }
        let lambda = LambdaClient(server.client(retryPolicy: AWSRetryPolicy(maximumAttempts: 1)))
        #expect(try await lambda.eventSourceMappings().map(\.mayHideFilters) == [true])
        let readable = try await lambda.eventSourceMapping("a/b")
        #expect(readable.filterPatterns == ["{}"] && readable.filterProblem == nil && !readable.mayHideFilters)
        #expect(try await lambda.eventSourceMapping("1").filterProblem == "KMSAccessDeniedException: no")
        #expect(try await lambda.eventSourceMapping("1").filterProblem == nil)
        await #expect(throws: AWSError.self) { try await lambda.eventSourceMapping("1") }
        #expect(server.requests[1].path == "/2015-03-31/event-source-mappings/a%2Fb")
    }
}
