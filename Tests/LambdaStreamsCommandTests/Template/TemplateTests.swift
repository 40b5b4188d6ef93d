// Templates: what is read of them, which intrinsic functions are worked out, and how broken ones are refused.

import Testing

@testable import LambdaStreamsCommand

@Suite("Templates")
struct TemplateTests {
    static let sam = """
        Transform: AWS::Serverless-2016-10-31
        Parameters:
          Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
          Size: {Type: Number, Default: "25"}
          Secret: {Type: String}
        Mappings:
          Retries: {dev: {Count: 2}, prod: {Count: 9}}
        Conditions:
          IsProduction: !Equals [!Ref Stage, prod]
          IsSmall: !Not [!Condition IsProduction]
        Globals:
          Function: {Timeout: 17, Environment: {Variables: {A: global, B: "1"}}}
        Resources:
          Orders:
            Type: AWS::DynamoDB::Table
            Properties: {TableName: !Sub "orders-${Stage}", StreamSpecification: {StreamViewType: NEW_IMAGE}}
          Failed: {Type: AWS::SQS::Queue}
          Projector:
            Type: AWS::Serverless::Function
            Properties:
              FunctionName: !Join ["-", [projector, !Ref Stage]]
              Environment: {Variables: {A: own}}
              Events:
                Changes:
                  Type: DynamoDB
                  Properties:
                    Stream: !GetAtt Orders.StreamArn
                    StartingPosition: TRIM_HORIZON
                    BatchSize: !Ref Size
                    MaximumRetryAttempts: !FindInMap [Retries, !Ref Stage, Count]
                    BisectBatchOnFunctionError: !If [IsProduction, true, "false"]
                    FunctionResponseTypes: [ReportBatchItemFailures]
                    FilterCriteria: {Filters: [{Pattern: '{"eventName":["INSERT"]}'}]}
                    DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}
                    TumblingWindowInSeconds: !Ref AWS::NoValue
                Messages: {Type: SQS, Properties: {Queue: !GetAtt Failed.Arn}}
          OnlyInProduction: {Type: AWS::SNS::Topic, Condition: IsProduction}
        """

    private func template(_ text: String, _ parameters: [String: String] = [:]) throws -> Template {
        try Template(TemplateText(file: "template.yaml", bytes: Array(text.utf8)), parameters: parameters)
    }

    @Test("a SAM event becomes the document that CreateEventSourceMapping takes")
    func document() throws {
        let template = try template(Self.sam)
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
        let template = try template(Self.sam, ["Stage": "prod", "AWS::Region": "eu-north-1"])
        let document = try template.mapping(ofFunction: "Projector").document()
        #expect(document["MaximumRetryAttempts"]?.integer == 9)
        #expect(document["BisectBatchOnFunctionError"]?.flag == true)
        #expect(document["EventSourceArn"]?.text?.contains("eu-north-1:123456789012:table/orders-prod/") == true)
        #expect(template.resources.contains { $0.logicalID == "OnlyInProduction" })
        #expect(try !self.template(Self.sam).resources.contains { $0.logicalID == "OnlyInProduction" })
    }

    @Test("Globals are the function's own where it does not say otherwise")
    func globals() throws {
        let function = try #require(try template(Self.sam).functions.first)
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
        let template = try template(
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
        let template = try template(
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
        let template = try template(
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

    // MARK: Broken ones

    static let broken: [(text: String, says: String)] = [
        ("", "should be an object with Resources, and is null"),
        ("[1, 2]", "should be an object with Resources, and is a list"),
        ("Resource: {}", "an object without Resources"),
        ("a: [1", "template.yaml:"),
        ("Resources: {A: 1, A: 2}", "there twice"),
        ("Resources:\n\t- x", "template.yaml:2"),
        (String(repeating: "[", count: 5000), "template.yaml"),
        (
            "Resources: " + String(repeating: "[", count: 200) + String(repeating: "]", count: 200),
            "nested more than 100"
        ),
        (Self.bomb, "its aliases make more than"),
        ("a: &a [1]\nb: {? *a : 1}\nResources: {}", "a key that is not plain text"),
        (String(repeating: "#", count: 1 << 20) + "\n", "CloudFormation takes templates of up to"),
    ]

    /// Nine levels of ten each would be a thousand million values.
    static let bomb: String = {
        var text = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<9 {
            text +=
                "l\(level): &l\(level) [" + Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        return text + "Resources: {}\n"
    }()

    @Test("a broken template is refused with what is wrong and where", arguments: broken.indices)
    func eachBroken(_ index: Int) throws {
        let (text, says) = Self.broken[index]
        #expect {
            _ = try template(text)
        } throws: { error in
            "\(error)".contains(says)
        }
    }

    @Test("names that repeat one another come to an end")
    func circles() throws {
        let names = (0..<40).map {
            "  Q\($0): {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub \"${Q\(($0 + 1) % 40)}${Q\(($0 + 1) % 40)}\"}}"
        }
        let template = try template(
            "Conditions: {A: !Not [!Condition A]}\nResources:\n" + names.joined(separator: "\n")
                + "\n  X: {Type: AWS::SNS::Topic, Condition: A}\n"
        )
        #expect(template.resources.count == 41)
    }

    @Test("the wrong function, event or parameter is answered with the right ones")
    func wrongNames() throws {
        let template = try template(Self.sam)
        #expect(throws: TemplateError.unknownFunction("Nobody", known: ["Projector"])) {
            try template.mapping(ofFunction: "Nobody")
        }
        #expect(throws: TemplateError.noMapping(function: "Projector", otherSources: ["SQS"])) {
            try template.mapping(ofFunction: "Projector", event: "Messages")
        }
        #expect(throws: TemplateError.unknownParameter("Stag", known: ["Stage", "Size", "Secret"])) {
            try self.template(Self.sam, ["Stag": "x"])
        }
        #expect(throws: TemplateError.refusedParameter("Stage", value: "x", allowed: ["dev", "prod"])) {
            try self.template(Self.sam, ["Stage": "x"])
        }
    }

    @Test("a number that depends on a parameter without a default names the parameter")
    func missingParameter() throws {
        let text = Self.sam.replacing("!Ref Size", with: "!Ref Secret")
        #expect {
            try template(text).mapping(ofFunction: nil).document()
        } throws: { error in
            "\(error)"
                == "BatchSize of Changes is ${Secret}: the parameter Secret has no default; give --parameter Secret=value."
        }
        #expect(try template(text, ["Secret": "4"]).mapping(ofFunction: nil).document()["BatchSize"]?.integer == 4)
    }

    @Test("a setting of the wrong kind is refused")
    func wrongKind() throws {
        let text = Self.sam.replacing("BatchSize: !Ref Size", with: "BatchSize: many")
        #expect(
            throws: TemplateError.wrongKind(
                setting: "BatchSize",
                mapping: "Changes",
                expected: "a number",
                found: "a string"
            )
        ) {
            try template(text).mapping(ofFunction: nil).document()
        }
    }
}
