// Which function a mapping invokes, and whether its source is a DynamoDB stream.

import Testing

@testable import LambdaStreamsCommand

@Suite("Functions and sources in templates")
struct TemplateSourceTests {
    @Test(
        "a function is found by each spelling of its name",
        arguments: [
            "!Sub '${Reader}:live'", "!Sub '${Reader.Arn}:live'", "!Join [':', [!Ref Reader, live]]", "Reader",
            "123456789012:function:Reader:live", "!Ref Reader.Alias", "!Ref ReaderAliaslive", "!GetAtt Reader.Arn",
            "!Ref Reader.Version",
        ]
    )
    func functionNames(_ name: String) throws {
        let template = try readTemplate(
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
        let template = try readTemplate(
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
