// What each call sends: target, path and body, beside the documented form.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import HTTPScripting
import Testing

@Suite("What each call sends")
struct RequestBodyTests {
    struct Call: Sendable, CustomTestStringConvertible {
        var testDescription: String { target }
        let target: String
        let body: String
        var reply = "{}"
        let make: @Sendable (AWSClient) async throws -> Void
    }

    static let condition = WriteCondition("attribute_not_exists(#id) OR #expiry < :now")

    static let calls = [
        Call(
            target: "DynamoDB_20120810.PutItem",
            body: """
                {"TableName":"t","Item":{"id":{"S":"f#1"},"expiration":{"N":"1795229788"},"status":{"S":"INPROGRESS"}},\
                "ConditionExpression":"attribute_not_exists(#id) OR #expiry < :now",\
                "ExpressionAttributeNames":{"#id":"id","#expiry":"expiration"},\
                "ExpressionAttributeValues":{":now":{"N":"1795226188"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
                """
        ) {
            let put = PutItem(
                ["id": "f#1", "expiration": 1_795_229_788, "status": "INPROGRESS"],
                into: "t",
                condition: condition,
                names: ["#id": "id", "#expiry": "expiration"],
                values: [":now": 1_795_226_188]
            )
            try await DynamoDBClient($0).putItem(put)
        },
        Call(
            target: "DynamoDB_20120810.GetItem",
            body: #"{"TableName":"t","Key":{"id":{"S":"f#1"}},"ConsistentRead":true}"#
        ) { _ = try await DynamoDBClient($0).getItem(["id": "f#1"], from: "t", consistently: true) },
        Call(
            target: "DynamoDB_20120810.GetItem",
            body: """
                {"TableName":"t","Key":{"id":{"S":"a"}},"ProjectionExpression":"#s","ExpressionAttributeNames":{"#s":"status"}}
                """
        ) {
            _ = try await DynamoDBClient($0).getItem(["id": "a"], from: "t", projection: "#s", names: ["#s": "status"])
        },
        Call(
            target: "DynamoDB_20120810.UpdateItem",
            body: """
                {"TableName":"t","Key":{"id":{"S":"a"}},"UpdateExpression":"SET #s = :s",\
                "ExpressionAttributeNames":{"#s":"status"},"ExpressionAttributeValues":{":s":{"S":"\\"quoted\\"\\u0001é"}}}
                """
        ) {
            let update = UpdateItem(
                ["id": "a"],
                in: "t",
                update: "SET #s = :s",
                names: ["#s": "status"],
                values: [":s": "\"quoted\"\u{1}é"]
            )
            try await DynamoDBClient($0).updateItem(update)
        },
        Call(
            target: "DynamoDB_20120810.DeleteItem",
            body: """
                {"TableName":"t","Key":{"id":{"S":"a"},"sk":{"S":"b"}},"ConditionExpression":"#s = :s",\
                "ExpressionAttributeNames":{"#s":"s"},"ExpressionAttributeValues":{":s":{"BOOL":true}},"ReturnValues":"ALL_OLD"}
                """
        ) {
            let deletion = DeleteItem(
                ["id": "a", "sk": "b"],
                from: "t",
                condition: WriteCondition("#s = :s", returnsItem: false),
                names: ["#s": "s"],
                values: [":s": true]
            )
            try await DynamoDBClient($0).deleteItem(deletion, returnsOldItem: true)
        },
        Call(
            target: "DynamoDB_20120810.TransactWriteItems",
            body: """
                {"TransactItems":[{"Put":{"TableName":"t","Item":{"id":{"S":"a"}}}},\
                {"ConditionCheck":{"TableName":"t","Key":{"id":{"S":"b"}},"ConditionExpression":"attribute_exists(id)",\
                "ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}],"ClientRequestToken":"token"}
                """
        ) {
            let check = ConditionCheck(["id": "b"], in: "t", condition: WriteCondition("attribute_exists(id)"))
            try await DynamoDBClient($0).transactWriteItems(
                [.put(PutItem(["id": "a"], into: "t")), .check(check)],
                requestToken: "token"
            )
        },
        Call(
            target: "DynamoDB_20120810.BatchGetItem",
            body: #"{"RequestItems":{"t":{"ConsistentRead":true,"Keys":[{"id":{"S":"a"}},{"id":{"S":"b"}}]}}}"#
        ) { _ = try await DynamoDBClient($0).batchGetItem([["id": "a"], ["id": "b"]], from: "t", consistently: true) },
        Call(
            target: "DynamoDBStreams_20120810.GetShardIterator",
            body: """
                {"StreamArn":"arn","ShardId":"shardId-1","ShardIteratorType":"AT_SEQUENCE_NUMBER","SequenceNumber":"00123"}
                """,
            reply: #"{"ShardIterator":"i"}"#
        ) {
            let number = try #require(SequenceNumber("00123"))
            _ = try await DynamoDBStreamsClient($0).shardIterator(.at(number), inShard: "shardId-1", of: "arn")
        },
        Call(
            target: "DynamoDBStreams_20120810.GetRecords",
            body: #"{"ShardIterator":"i","Limit":10}"#,
            reply: #"{"Records":[]}"#
        ) { _ = try await DynamoDBStreamsClient($0).records(at: "i", limit: 10) },
        Call(
            target: "AmazonSQS.SendMessage",
            body: """
                {"QueueUrl":"http://q/1","MessageBody":"b","DelaySeconds":3,"MessageAttributes":{"reason":\
                {"DataType":"String","StringValue":"x"}},"MessageGroupId":"g","MessageDeduplicationId":"d"}
                """,
            reply: #"{"MessageId":"m"}"#
        ) {
            try await SQSClient($0).sendMessage(
                "b",
                to: "http://q/1",
                attributes: ["reason": "x"],
                delay: .seconds(3),
                groupID: "g",
                deduplicationID: "d"
            )
        },
        Call(
            target: "AmazonSQS.ReceiveMessage",
            body: """
                {"QueueUrl":"q","MaxNumberOfMessages":5,"WaitTimeSeconds":1,"VisibilityTimeout":9,\
                "MessageSystemAttributeNames":["All"],"MessageAttributeNames":["All"]}
                """
        ) {
            _ = try await SQSClient($0).receiveMessages(
                from: "q",
                limit: 5,
                wait: .seconds(1),
                visibilityTimeout: .seconds(9)
            )
        },
        Call(target: "AmazonSQS.DeleteMessage", body: #"{"QueueUrl":"q","ReceiptHandle":"r"}"#, reply: "") {
            try await SQSClient($0).deleteMessage("r", from: "q")
        },
        Call(
            target: "AmazonSQS.ChangeMessageVisibility",
            body: #"{"QueueUrl":"q","ReceiptHandle":"r","VisibilityTimeout":0}"#,
            reply: ""
        ) { try await SQSClient($0).changeVisibility(of: "r", in: "q", to: .zero) },
    ]

    @Test("in the JSON protocol", arguments: calls)
    func json(call: Call) async throws {
        let server = try ScriptedServer { _ in .status(200, body: call.reply) }
        defer { server.stop() }
        try await call.make(server.client())
        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1)
        #expect(request.method == "POST")
        #expect(request.path == "/")
        #expect(request.headers["x-amz-target"] == call.target)
        #expect(request.headers["content-type"] == "application/x-amz-json-1.0")
        #expect(request.headers["x-amz-security-token"] == "TOKEN")
        #expect(request.headers["authorization"]?.contains("/eu-central-1/") == true)
        #expect(try normalized(request.body) == normalized(call.body))
    }

    @Test("to SNS: a form, every byte of it encoded")
    func sns() async throws {
        let server = try ScriptedServer { _ in
            .status(
                200,
                body: "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>"
            )
        }
        defer { server.stop() }
        let id = try await SNSClient(server.client()).publish(
            "a&b=c ü\n",
            to: "arn:aws:sns:eu-central-1:1:t",
            subject: "s",
            attributes: ["reason": "x y"]
        )
        #expect(id == "m-1")
        #expect(
            server.requests.first?.text == """
                Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-central-1%3A1%3At&\
                Message=a%26b%3Dc%20%C3%BC%0A&Subject=s&MessageAttributes.entry.1.Name=reason&\
                MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=x%20y
                """
        )
    }

    @Test("to S3: the bucket in the path of an endpoint that was set, keys encoded but for their slashes")
    func s3() async throws {
        let server = try ScriptedServer { _ in .status(200, body: "body") }
        defer { server.stop() }
        let s3 = S3Client(server.client())
        try await s3.putObject([1, 2], key: "a b/ü/../+", in: "bucket", metadata: ["k": "v"], onlyIfAbsent: true)
        #expect(try await s3.getObject(key: "k", from: "bucket") == Array("body".utf8))
        let requests = server.requests
        #expect(requests.map(\.path) == ["/bucket/a%20b/%C3%BC/../%2B", "/bucket/k"])
        #expect(requests.map(\.method) == ["PUT", "GET"])
        #expect(requests[0].headers["x-amz-meta-k"] == "v")
        #expect(requests[0].headers["if-none-match"] == "*")
        #expect(requests[0].headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD")
        for (bucket, key) in [("evil/../x", "k"), ("ab", "k"), ("bucket", "")] {
            let error = await #expect(throws: AWSError.self) { try await s3.getObject(key: key, from: bucket) }
            guard case .configuration? = error?.kind else { Issue.record("\(String(describing: error))"); continue }
        }
        #expect(server.requests.count == 2)
    }

    @Test("to Lambda: the function's name or ARN in the path, its error in the answer")
    func lambda() async throws {
        let server = try ScriptedServer { _ in
            .status(
                200,
                headers: [("X-Amz-Function-Error", "Unhandled"), ("X-Amz-Executed-Version", "7")],
                body: #"{"errorType":"X"}"#
            )
        }
        defer { server.stop() }
        let answer = try await LambdaClient(server.client()).invoke(
            Array("{}".utf8),
            function: "arn:aws:lambda:eu-central-1:1:function:f",
            qualifier: "$LATEST",
            timeout: .seconds(60)
        )
        #expect(answer.functionError == "Unhandled")
        #expect(answer.executedVersion == "7")
        #expect(answer.payload == Array(#"{"errorType":"X"}"#.utf8))
        let request = try #require(server.requests.first)
        #expect(
            request.path == """
                /2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-central-1%3A1%3Afunction%3Af/invocations\
                ?Qualifier=%24LATEST
                """
        )
        #expect(request.headers["x-amz-invocation-type"] == "RequestResponse")
    }

    @Test("BatchGetItem asks again for what was left unprocessed, and only for that")
    func unprocessed() async throws {
        let server = try ScriptedServer { request in
            guard request.text.contains(#""a""#) else {
                return .status(200, body: #"{"Responses":{"t":[{"id":{"S":"b"}}]},"UnprocessedKeys":{}}"#)
            }
            let rest = #"{"t":{"Keys":[{"id":{"S":"b"}}]}}"#
            return .status(200, body: #"{"Responses":{"t":[{"id":{"S":"a"}}]},"UnprocessedKeys":\#(rest)}"#)
        }
        defer { server.stop() }
        let items = try await DynamoDBClient(server.client()).batchGetItem([["id": "a"], ["id": "b"]], from: "t")
        #expect(items.compactMap { $0["id"]?.string } == ["a", "b"])
        #expect(server.requests.count == 2)
        #expect(
            try normalized(server.requests[1].body)
                == normalized(#"{"RequestItems":{"t":{"Keys":[{"id":{"S":"b"}}]}}}"#)
        )
    }

    @Test("DescribeStream reads every page of the list of shards, and does not go round in circles")
    func pages() async throws {
        let server = try ScriptedServer { request in
            let (shard, last) =
                request.text.contains("s-2")
                ? ("s-3", "") : request.text.contains("s-1") ? ("s-2", "s-2") : ("s-1", "s-1")
            let next = last.isEmpty ? "" : #","LastEvaluatedShardId":"\#(last)""#
            return .status(
                200,
                body: """
                    {"StreamDescription":{"StreamArn":"arn","TableName":"orders","StreamStatus":"ENABLED",\
                    "StreamViewType":"NEW_IMAGE","Shards":[{"ShardId":"\(shard)","ParentShardId":"p",\
                    "SequenceNumberRange":{"StartingSequenceNumber":"1"}}]\(next)}}
                    """
            )
        }
        defer { server.stop() }
        let stream = try await DynamoDBStreamsClient(server.client()).describeStream("arn")
        #expect(stream.shards.map(\.id) == ["s-1", "s-2", "s-3"])
        #expect(stream.viewType == .newImage)
        #expect(stream.shards[0].endingSequenceNumber == nil)
        let circle = try ScriptedServer { _ in
            .status(200, body: #"{"StreamDescription":{"StreamArn":"arn","Shards":[],"LastEvaluatedShardId":"s"}}"#)
        }
        defer { circle.stop() }
        await #expect(throws: AWSError.self) { try await DynamoDBStreamsClient(circle.client()).describeStream("arn") }
    }
}
