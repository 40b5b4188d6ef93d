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
}
