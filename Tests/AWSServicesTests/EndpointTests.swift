// Where each service is looked for.

import DynamoDBStreamEvents
import Foundation
import HTTPTransfers
import TemporaryFiles
import Testing

@testable import AWSServices

@Suite("Endpoints and regions")
struct EndpointTests {
    private func endpoints(_ variables: [String: String], explicit: String? = nil) -> Endpoints {
        let environment = AWSEnvironment(variables)
        return Endpoints(endpoint: explicit, environment: environment, profile: SharedProfile(environment))
    }

    @Test(
        "AWS's own are made of service, region and partition",
        arguments: [
            (AWSService.dynamoDB, "eu-central-1", "https://dynamodb.eu-central-1.amazonaws.com"),
            (.dynamoDBStreams, "us-east-1", "https://streams.dynamodb.us-east-1.amazonaws.com"),
            (.sqs, "cn-north-1", "https://sqs.cn-north-1.amazonaws.com.cn"),
            (.sns, "us-gov-west-1", "https://sns.us-gov-west-1.amazonaws.com"),
            (.s3, "eusc-de-east-1", "https://s3.eusc-de-east-1.amazonaws.eu"),
            (.lambda, "us-iso-east-1", "https://lambda.us-iso-east-1.c2s.ic.gov"),
        ]
    )
    func regional(service: AWSService, region: String, expected: String) {
        #expect(Endpoints.regional(service, region: region) == expected)
    }

    @Test("what was given in code counts first, then the service's variable, then the general one")
    func overrides() {
        let variables = ["AWS_ENDPOINT_URL": "http://all/", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": "http://streams"]
        #expect(endpoints(variables).override(for: .dynamoDB) == "http://all")
        #expect(endpoints(variables).override(for: .dynamoDBStreams) == "http://streams")
        #expect(endpoints(variables, explicit: "http://code").override(for: .dynamoDBStreams) == "http://code")
        #expect(endpoints([:]).override(for: .sqs) == nil)
        let ignoring = variables.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE"]) { $1 }
        #expect(endpoints(ignoring).override(for: .dynamoDB) == nil)
        #expect(endpoints(ignoring, explicit: "http://code").override(for: .dynamoDB) == "http://code")
    }

    static let stream = "arn:aws:dynamodb:us-west-2:123456789012:table/t/stream/2026-01-01T00:00:00.000"

    @Test(
        "a resource is looked for in the region that its name has",
        arguments: [
            (AWSService.dynamoDBStreams, stream, "https://streams.dynamodb.us-west-2.amazonaws.com/"),
            (.dynamoDBStreams, stream + "|1|AAAA", "https://streams.dynamodb.us-west-2.amazonaws.com/"),
            (.dynamoDB, "arn:aws:dynamodb:us-west-2:1:table/t", "https://dynamodb.us-west-2.amazonaws.com/"),
            (.dynamoDB, "orders", "https://dynamodb.eu-central-1.amazonaws.com/"),
            (.sqs, "https://sqs.us-west-2.amazonaws.com/1/q", "https://sqs.us-west-2.amazonaws.com/"),
            (.sqs, "https://sqs.cn-north-1.amazonaws.com.cn/1/q", "https://sqs.cn-north-1.amazonaws.com.cn/"),
            (.sqs, "http://localhost:4566/1/q", "https://sqs.eu-central-1.amazonaws.com/"),
            (.sqs, "https://sqs.amazonaws.com/1/q", "https://sqs.eu-central-1.amazonaws.com/"),
            (.lambda, "arn:aws:lambda:us-west-2:1:function:f", "https://lambda.us-west-2.amazonaws.com/"),
            (.lambda, "arn:aws:lambda", "https://lambda.eu-central-1.amazonaws.com/"),
            (.s3, "arn:aws:s3:::bucket", "https://s3.eu-central-1.amazonaws.com/"),
        ]
    )
    func regionOfResource(service: AWSService, resource: String, url: String) async throws {
        func request(endpoint: String? = nil) async throws -> HTTPRequest {
            let aws = AWSClient(
                region: "eu-central-1",
                endpoint: endpoint,
                credentials: AWSCredentials(accessKeyID: "a", secretAccessKey: "b"),
                environment: AWSEnvironment([:])
            )
            let call = AWSCall(service: service, operation: "Call", resource: resource)
            return try await aws.request(for: call, number: 1, before: .now.advanced(by: .seconds(5)))
        }
        #expect(try await request().url == url)
        #expect(try await request(endpoint: "http://127.0.0.1:8000").url == "http://127.0.0.1:8000/")
    }

    @Test("a name in a message leads to no host of its choice", arguments: ["evil.com/", "a@evil", "a.b", "%2F"])
    func regionOfMessage(region: String) async {
        let aws = AWSClient(
            region: "eu-central-1",
            credentials: AWSCredentials(accessKeyID: "a", secretAccessKey: "b"),
            environment: AWSEnvironment([:])
        )
        let arn = "arn:aws:dynamodb:\(region):123456789012:table/t/stream/2026-01-01T00:00:00.000"
        let error = await #expect(throws: AWSError.self) {
            try await DynamoDBStreamsClient(aws).describeStream(arn, timeout: .seconds(5))
        }
        #expect(error?.description.contains("cannot be a region") == true, "\(error?.description ?? "")")
    }

    @Test("without a region the call fails and says how to name one")
    func noRegion() async throws {
        let aws = AWSClient(
            endpoint: "http://127.0.0.1:9",
            credentials: AWSCredentials(accessKeyID: "a", secretAccessKey: "b"),
            environment: AWSEnvironment([:])
        )
        let error = await #expect(throws: AWSError.self) {
            try await DynamoDBClient(aws).getItem(["id": "a"], from: "t")
        }
        #expect(error?.description.contains("AWS_REGION") == true)
    }

    @Test("the region comes from AWS_REGION, AWS_DEFAULT_REGION or the profile, in this order")
    func regions() throws {
        let config = try TemporaryFile("[default]\nregion = eu-west-3\n[profile other]\nregion=us-west-2 # home\n")
        var variables = ["AWS_CONFIG_FILE": config.path]
        #expect(AWSClient(environment: AWSEnvironment(variables)).resolve().region == "eu-west-3")
        variables["AWS_PROFILE"] = "other"
        #expect(AWSClient(environment: AWSEnvironment(variables)).resolve().region == "us-west-2")
        variables["AWS_DEFAULT_REGION"] = "eu-north-1"
        #expect(AWSClient(environment: AWSEnvironment(variables)).resolve().region == "eu-north-1")
        variables["AWS_REGION"] = "eu-south-1"
        #expect(AWSClient(environment: AWSEnvironment(variables)).resolve().region == "eu-south-1")
        #expect(AWSClient(region: "x-1", environment: AWSEnvironment(variables)).resolve().region == "x-1")
    }

    @Test("a bucket is part of AWS's own host, unless it has a dot in it")
    func buckets() async throws {
        let aws = AWSClient(
            region: "eu-central-1",
            credentials: AWSCredentials(accessKeyID: "a", secretAccessKey: "b"),
            timeout: .milliseconds(1),
            environment: AWSEnvironment([:])
        )
        // The request's time is over before it leaves; the error names the host.
        for (bucket, host) in [("orders", "orders.s3.eu-central-1."), ("my.orders", "https://s3.eu-central-1.")] {
            let request = try await aws.request(
                for: try S3Client(aws).call("GetObject", .get, key: "k", bucket: bucket),
                number: 1,
                before: .now
            )
            #expect(request.url.contains(host), "\(request.url)")
            #expect(request.url.hasSuffix(bucket == "orders" ? "/k" : "/my.orders/k"))
        }
    }
}

/// A file that goes with its holder.
final class TemporaryFile {
    let path: String
    private let folder: TemporaryFolder

    init(_ text: String) throws {
        folder = try TemporaryFolder()
        path = try folder.write(text, to: "file")
    }
}
