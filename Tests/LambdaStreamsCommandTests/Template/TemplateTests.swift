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

    @Test("numbers that depend on parameters without a default are all named at once")
    func missingParameter() throws {
        let text = Self.sam.replacing("!Ref Size", with: "!Ref Secret")
            .replacing("!FindInMap [Retries, !Ref Stage, Count]", with: "!Ref Secret")
        #expect {
            try template(text).mapping(ofFunction: nil).document()
        } throws: { error in
            let reason = "is ${Secret}: the parameter Secret has no default; give --parameter Secret=value."
            return "\(error)" == "BatchSize of Changes \(reason)\nMaximumRetryAttempts of Changes \(reason)"
        }
        #expect(try template(text, ["Secret": "4"]).mapping(ofFunction: nil).document()["BatchSize"]?.integer == 4)
    }

    @Test("a setting that is given elsewhere may be unknown or wrong in the template")
    func overridden() throws {
        let text = Self.sam.replacing("!Ref Size", with: "!Ref Secret")
        let document = try template(text).mapping(ofFunction: nil).document(without: ["BatchSize"])
        #expect(document["BatchSize"] == nil)
        #expect(document["MaximumRetryAttempts"]?.integer == 2)
    }

    @Test("a setting of the wrong kind is refused in SAM's words")
    func wrongKind() throws {
        let text = Self.sam.replacing("BatchSize: !Ref Size", with: "BatchSize: many")
        let problem = ShapeProblem(
            setting: "BatchSize",
            message: "Type of property 'BatchSize' is invalid.",
            detail: "BatchSize: it should be a number, and is a string"
        )
        #expect(throws: TemplateError.refusedMapping("Changes", [problem])) {
            try template(text).mapping(ofFunction: nil).document()
        }
    }

    // MARK: What is not known

    /// The value of `Out`'s property V in a template with these declarations.
    private func value(_ expression: String, _ more: String = "", _ parameters: [String: String] = [:]) throws
        -> TemplateValue
    {
        let template = try template(
            """
            Parameters:
              Known: {Type: String, Default: k}
              Lost: {Type: String}
              Names: {Type: CommaDelimitedList, Default: "a, b"}
            Mappings: {M: {k: {v: 7}}}
            Conditions:
              Yes: !Equals [!Ref Known, k]
              Doubt: !Equals [!Ref Lost, k]
              Chain: !Or [!Condition Doubt, !Equals [1, 2]]
              Decided: !Or [!Condition Doubt, !Condition Yes]
            Resources:
              Stream: {Type: AWS::Kinesis::StreamConsumer}
            \(more)
              Out: {Type: AWS::SSM::Parameter, Properties: {V: \(expression)}}
            """,
            parameters
        )
        let out = try #require(template.resources.first { $0.logicalID == "Out" })
        return out.properties["V"] ?? .null
    }

    static let unknowns: [(expression: String, reason: String)] = [
        ("!Sub 'x-${Lost}'", "the parameter Lost has no default"),
        ("!Sub ['${A}', {A: !Ref Lost}]", "the parameter Lost has no default"),
        ("!Join ['-', [a, !Ref Lost]]", "the parameter Lost has no default"),
        ("!Select [0, !Split [',', !Ref Lost]]", "the parameter Lost has no default"),
        ("!Select [!Ref Lost, [a, b]]", "the parameter Lost has no default"),
        ("!FindInMap [M, !Ref Lost, v]", "the parameter Lost has no default"),
        ("!If [Doubt, a, b]", "the condition Doubt is not known: the parameter Lost has no default"),
        ("!If [Chain, a, b]", "the condition Doubt is not known: the parameter Lost has no default"),
        ("!Base64 {'Fn::Sub': '${Lost}'}", "the parameter Lost has no default"),
        ("{'Fn::ToJsonString': {a: [!Ref Lost]}}", "the parameter Lost has no default"),
        ("{'Fn::Length': !Ref Lost}", "the parameter Lost has no default"),
        ("!ImportValue other", "it is imported from another stack"),
        ("!GetAtt Stream.ConsumerARN", "AWS chooses it when the stack is deployed"),
        ("!Ref Nothing", "the template has no parameter and no resource Nothing"),
        ("{'Fn::GetAZs': ''}", "only CloudFormation resolves Fn::GetAZs"),
    ]

    @Test("what depends on a value that is not known is not known, and says why", arguments: unknowns.indices)
    func unknown(_ index: Int) throws {
        let (expression, reason) = Self.unknowns[index]
        let value = try value(expression)
        let unknown = try #require(value.firstUnknown, "\(value)")
        #expect(unknown.reason.hasPrefix(reason), "\(unknown.reason)")
    }

    @Test("what is known in spite of an unknown part is known")
    func knownInSpite() throws {
        #expect(try value("!If [Decided, a, b]") == .string("a"))
        #expect(try value("!If [Doubt, same, same]") == .string("same"))
        #expect(try value("!FindInMap [M, !Ref Known, v]").integer == 7)
        #expect(try value("!FindInMap [M, none, v, {DefaultValue: 3}]").integer == 3)
        #expect(try value("{'Fn::Length': !Ref Names}").integer == 2)
        #expect(try value("!Base64 Hi!").text == "SGkh")
        #expect(try value("!Sub 'a ${!Literal}'").text == "a ${Literal}")
    }

    @Test("an If with nothing on one side may be absent")
    func maybeAbsent() throws {
        #expect(try value("!If [Doubt, a, !Ref AWS::NoValue]").unknown?.mayBeAbsent == true)
        #expect(try value("!If [Doubt, a, b]").unknown?.mayBeAbsent == false)
        #expect(try value("!If [Doubt, a, !If [Doubt, b, !Ref AWS::NoValue]]").unknown?.mayBeAbsent == true)
    }

    // MARK: Names that stand twice, JSON, loops

    @Test(
        "of a name that stands twice the last value counts",
        arguments: [
            "Resources: {T: {Type: A, Properties: {V: 1, V: 2}}}",
            "Resources:\n  T:\n    Type: A\n    Properties:\n      V: 1\n      W: {X: 1, X: 3}\n      V: 2",
            "Resources: {T: {Type: A, Properties: {\"V\": 1, 'V': 2}}}",
            "{\"Resources\": {\"T\": {\"Type\": \"A\", \"Properties\": {\"V\": 1, \"V\": 2}}}}",
            "Resources: {é: 1, T: {Type: A, Properties: {V: 0, V: 1, V: 2}}}",
        ]
    )
    func repeatedNames(_ text: String) throws {
        let resource = try #require(try template(text).resources.first)
        #expect(resource.properties["V"]?.integer == 2)
        #expect(resource.properties["W"]?["X"]?.integer ?? 3 == 3)
    }

    @Test("more repeated names than any template has end in a sentence")
    func manyRepeatedNames() throws {
        let names = (0..<60).map { "    A\($0): 1\n    A\($0): 2\n" }.joined()
        #expect {
            try template("Resources:\n  T:\n" + names)
        } throws: { error in
            "\(error)".contains("names stand twice")
        }
    }

    @Test("JSON's escapes of surrogate pairs are read, and the lines of names")
    func surrogates() throws {
        let template = try template(
            "{\"Resources\": {\n\n\"T\": {\"Type\": \"A\", \"Properties\": {\"V\": \"\\ud83d\\ude00 \\u00e9\"}}}}"
        )
        #expect(template.resources.first?.properties["V"]?.text == "😀 é")
        #expect(template.resources.first?.line == 3)
    }

    @Test("loops over known lists are written out, also within one another, in conditions and in properties")
    func loops() throws {
        let template = try template(
            """
            Transform: AWS::LanguageExtensions
            Parameters: {Stages: {Type: CommaDelimitedList, Default: "dev,pro-d"}}
            Conditions:
              Fn::ForEach::C: [S, !Ref Stages, {"Is&{S}": !Equals [!Ref S, dev]}]
            Resources:
              Fn::ForEach::Outer:
                - S
                - !Ref Stages
                - Fn::ForEach::Inner:
                    - T
                    - [A, B]
                    - "${T}&{S}":
                        Type: AWS::SQS::Queue
                        Condition: Is&{S}
                        Properties:
                          QueueName: !Sub "${T}-${S}"
                          Fn::ForEach::P: [N, [X, Y], {"Tag${N}": !Ref N}]
            """
        )
        #expect(template.resources.map(\.logicalID) == ["Adev", "Bdev"])
        #expect(template.leftOut.map(\.logicalID) == ["Aprod", "Bprod"])
        #expect(template.resources.first?.properties["QueueName"]?.text == "A-dev")
        #expect(template.resources.first?.properties["TagY"]?.text == "Y")
        #expect(template.unread == [])
    }

    @Test("loops that cannot be read are named, and loops without end refused")
    func unreadLoops() throws {
        let lost = try template(
            "Parameters: {L: {Type: CommaDelimitedList}}\nResources:\n  Fn::ForEach::A: [N, !Ref L, {\"${N}\": {Type: A}}]\n"
                + "  Fn::ForEach::B: [N, [x]]"
        )
        #expect(lost.unread.map(\.name) == ["Fn::ForEach::A", "Fn::ForEach::B"])
        #expect(lost.unread.first?.reason.hasPrefix("the parameter L has no default") == true)
        let list = (0..<100).map(String.init).joined(separator: ",")
        let nested = (0..<4).reduce("{\"a${N0}${N1}${N2}${N3}\": 1}") {
            "{Fn::ForEach::L\($1): [N\($1), [\(list)], \($0)]}"
        }
        #expect {
            try template("Resources: " + nested)
        } throws: { error in
            "\(error)".contains("its loops make more than")
        }
    }

    // MARK: Sources and functions

    @Test(
        "a function is found by each spelling of its name",
        arguments: [
            "!Sub '${Reader}:live'", "!Sub '${Reader.Arn}:live'", "!Join [':', [!Ref Reader, live]]", "Reader",
            "123456789012:function:Reader:live", "!Ref Reader.Alias", "!Ref ReaderAliaslive", "!GetAtt Reader.Arn",
            "!Ref Reader.Version",
        ]
    )
    func functionNames(_ name: String) throws {
        let template = try template(
            """
            Resources:
              Reader: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live}}
              Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: \(name), EventSourceArn: !ImportValue s, StartingPosition: LATEST}}
            """
        )
        #expect(template.mappings.first?.function?.logicalID == "Reader")
    }

    static let others: [String] = [
        "EventSourceArn: !Ref Arn, StartingPosition: LATEST, Topics: [t]",
        "EventSourceArn: !Ref Arn, StartingPosition: LATEST, AmazonManagedKafkaEventSourceConfig: {ConsumerGroupId: g}",
        "SelfManagedEventSource: {Endpoints: {}}, StartingPosition: LATEST, Topics: [t]",
        "EventSourceArn: !Ref KinesisStreamArn, StartingPosition: LATEST",
        "EventSourceArn: !Ref Arn, StartingPosition: AT_TIMESTAMP",
        "EventSourceArn: !ImportValue prod-msk-cluster, StartingPosition: LATEST",
        "EventSourceArn: !Sub 'arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/${Arn}', StartingPosition: LATEST",
        "EventSourceArn: !Ref Consumer, StartingPosition: LATEST",
        "EventSourceArn: !GetAtt Consumer.ConsumerARN, StartingPosition: LATEST",
        "EventSourceArn: !Ref Cluster, StartingPosition: LATEST",
        "EventSourceArn: !Ref Arn, Queues: [q], SourceAccessConfigurations: []",
    ]

    @Test("mappings of other sources are not taken for DynamoDB's", arguments: others)
    func otherSources(_ properties: String) throws {
        let template = try template(
            """
            Parameters: {Arn: {Type: String}, KinesisStreamArn: {Type: String}}
            Resources:
              F: {Type: AWS::Lambda::Function}
              Consumer: {Type: AWS::Kinesis::StreamConsumer}
              Cluster: {Type: AWS::MSK::Cluster}
              M: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref F, \(properties)}}
            """
        )
        #expect(template.mappings.isEmpty)
        #expect(throws: TemplateError.self) { try template.mapping(ofFunction: "F") }
    }
}
