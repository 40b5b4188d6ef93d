// Templates: the mappings, functions and parameters that are read of them.

import Testing

@testable import LambdaStreamsCommand

@Suite("Templates")
struct TemplateTests {
    @Test("a SAM event becomes the document that CreateEventSourceMapping takes")
    func document() throws {
        let template = try readTemplate(samTemplate)
        let mapping = try template.mapping(ofFunction: nil)
        #expect(
            try mapping.document().jsonText == """
                {"EventSourceArn":"arn:aws:dynamodb:us-east-1:123456789012:table/orders-dev/stream/2026-01-01T00:00:00.000",\
                "StartingPosition":"TRIM_HORIZON","BatchSize":25,"MaximumRetryAttempts":2,\
                "BisectBatchOnFunctionError":false,"FunctionResponseTypes":["ReportBatchItemFailures"],\
                "FilterCriteria":{"Filters":[{"Pattern":"{\\"eventName\\":[\\"INSERT\\"]}"}]},\
                "DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:us-east-1:123456789012:Failed"}},\
                "FunctionName":"projector-dev"}
                """
        )
        #expect(mapping.line == 24)
        #expect(mapping.destinationType == "SQS")
    }

    @Test("a parameter changes what depends on it, conditions and pseudo parameters included")
    func parameters() throws {
        let template = try readTemplate(samTemplate, ["Stage": "prod", "AWS::Region": "eu-north-1"])
        let document = try template.mapping(ofFunction: "Projector").document()
        #expect(document["MaximumRetryAttempts"]?.integer == 9)
        #expect(document["BisectBatchOnFunctionError"]?.flag == true)
        #expect(document["EventSourceArn"]?.text?.contains("eu-north-1:123456789012:table/orders-prod/") == true)
        #expect(template.resources.contains { $0.logicalID == "OnlyInProduction" })
        #expect(try !readTemplate(samTemplate).resources.contains { $0.logicalID == "OnlyInProduction" })
    }

    @Test("Globals are the function's own where it does not say otherwise")
    func globals() throws {
        let function = try #require(try readTemplate(samTemplate).functions.first)
        #expect(function.timeout == 17)
        #expect(function.memorySize == 128)
        #expect(function.environment == ["A": "own", "B": "1"])
    }

    @Test(
        "a mapping resource finds its function by reference, name, ARN and alias",
        arguments: [
            "!Ref Reader", "!GetAtt Reader.Arn", "reader-1",
            "arn:aws:lambda:us-east-1:123456789012:function:reader-1:live",
            "!Ref Live",
        ]
    )
    func resource(_ name: String) throws {
        let template = try readTemplate(
            """
            Resources:
              Reader: {Type: AWS::Lambda::Function, Properties: {FunctionName: reader-1}}
              Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Reader, Name: live}}
              Mapping:
                Type: AWS::Lambda::EventSourceMapping
                Properties:
                  FunctionName: \(name)
                  EventSourceArn: !ImportValue orders-stream
                  StartingPosition: LATEST
                  Tags: [{Key: a, Value: b}]
            """
        )
        let mapping = try template.mapping(ofFunction: "Reader")
        #expect(mapping.name == "Mapping")
        #expect(
            try mapping.document()["EventSourceArn"]?.text
                == "arn:aws:dynamodb:us-east-1:123456789012:table/orders-stream/stream/2026-01-01T00:00:00.000"
        )
        #expect(try mapping.document()["Tags"] == nil)
    }

    @Test("JSON templates with long intrinsic forms are read alike")
    func json() throws {
        let template = try readTemplate(
            """
            {"Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
              "F": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"E": {"Type": "DynamoDB", "Properties":
                {"Stream": {"Fn::GetAtt": ["T", "StreamArn"]}, "StartingPosition": "LATEST",
                 "BatchSize": {"Fn::Select": [1, {"Fn::Split": [",", "1,7"]}]}}}}}}}}
            """
        )
        #expect(try template.mapping(ofFunction: "F").document()["BatchSize"]?.integer == 7)
    }

    @Test("anchors and merges are followed")
    func anchors() throws {
        let template = try readTemplate(
            """
            Common: &common {StartingPosition: LATEST, BatchSize: 5}
            Resources:
              F:
                Type: AWS::Serverless::Function
                Properties:
                  Events:
                    E: {Type: DynamoDB, Properties: {<<: *common, Stream: "arn:aws:dynamodb:a:1:table/t/stream/x", BatchSize: 6}}
            """
        )
        let document = try template.mapping(ofFunction: nil).document()
        #expect(document["BatchSize"]?.integer == 6)
        #expect(document["StartingPosition"]?.text == "LATEST")
    }
}
