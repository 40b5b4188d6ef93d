// What the calls send that are not in the JSON protocol, and the calls that are several requests.

import AWSServices
import DynamoDBStreamEvents
import Foundation
import HTTPScripting
import Testing

@Suite("What the other calls send")
struct OtherProtocolTests {
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
