// `simulate --send`: the destination's ARN, as far as the template has it.

import TemporaryFiles
import Testing

@Suite("Simulate, live, a destination that the template leaves open")
struct OpenDestinationTests {
    struct Sending: Sendable, CustomStringConvertible {
        let description: String
        var failed = "{Type: AWS::SQS::Queue, Properties: {QueueName: failed-orders}}"
        var destination = "!GetAtt Failed.Arn"
        var parameters: [String] = []
        /// Nil where nothing is missing.
        var missing: String?
        var fix = "or --destination with the ARN."
    }

    static let sendings = [
        Sending(
            description: "a name that AWS chooses",
            failed: "{Type: AWS::SQS::Queue}",
            parameters: ["AWS::AccountId=123456789012", "AWS::Region=eu-central-1"],
            missing:
                "destination Failed, and the template does not have it: AWS chooses its name when the stack is deployed.",
            fix: "Give --destination with the ARN."
        ),
        Sending(
            description: "a name with a parameter",
            failed: "{Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'failed-${Arn}'}}",
            missing: "the parameter Arn has no default; give --parameter Arn=value, "
        ),
        Sending(
            description: "account and region",
            missing: "destination Failed, and the template leaves part of it open: account, region.",
            fix: "Give --parameter AWS::AccountId=… --parameter AWS::Region=…, or --destination with the ARN."
        ),
        Sending(
            description: "the region alone",
            parameters: ["AWS::AccountId=123456789012"],
            missing: "open: region.",
            fix: "Give --parameter AWS::Region=…, or"
        ),
        Sending(
            description: "the stack's name",
            failed: "{Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '${AWS::StackName}-failed'}}",
            missing: "open: stack's name."
        ),
        Sending(
            description: "a parameter without a value",
            destination: "!Ref Arn",
            missing: "destination ${Arn}, and the template does not have it: the parameter Arn has no default;"
        ),
        Sending(
            description: "nothing, with account and region",
            parameters: ["AWS::AccountId=123456789012", "AWS::Region=eu-central-1"]
        ),
        Sending(description: "nothing of an ARN", destination: "arn:aws:sqs:us-east-1:123456789012:failed"),
        Sending(
            description: "nothing of a parameter with an ARN",
            destination: "!Ref Arn",
            parameters: ["Arn=arn:aws:sqs:us-east-1:123456789012:failed"]
        ),
        Sending(
            description: "nothing of a bucket with a name",
            failed: "{Type: AWS::S3::Bucket, Properties: {BucketName: failed-orders}}"
        ),
    ]

    @Test("--send is refused with what the template leaves open of the destination", arguments: sendings)
    func openDestination(_ sending: Sending) async throws {
        let template = """
            Parameters: {Arn: {Type: String}}
            Resources:
              Failed: \(sending.failed)
              Projector: {Type: AWS::Lambda::Function, Properties: {FunctionName: projector}}
              Mapping:
                Type: AWS::Lambda::EventSourceMapping
                Properties:
                  FunctionName: projector
                  EventSourceArn: arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000
                  StartingPosition: TRIM_HORIZON
                  DestinationConfig: {OnFailure: {Destination: \(sending.destination)}}
            """
        let folder = try TemporaryFolder()
        let file = try folder.write(template, to: "template.yaml")
        let run = try await CommandRun.lambdaStreams(
            ["simulate", "--template", file, "--table", "orders", "--endpoint-url", "http://127.0.0.1:9", "--send"]
                + sending.parameters.flatMap { ["--parameter", $0] } + ["--", Products.scriptedFunction]
        )
        #expect(run.status == 2)
        guard let missing = sending.missing else {
            return #expect(run.errors.contains("The stream cannot be read"), "\(run.errors)")
        }
        #expect(run.errors.contains("--send needs the ARN of the "), "\(run.errors)")
        #expect(run.errors.contains(missing) && run.errors.contains(sending.fix), "\(run.errors)")
    }
}
