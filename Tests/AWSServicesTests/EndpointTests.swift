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
