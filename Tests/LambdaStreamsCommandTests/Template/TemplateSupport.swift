// What the tests of templates share.

@testable import LambdaStreamsCommand

/// A stack in SAM with parameters, mappings, conditions and globals.
let samTemplate = """
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

/// Reads a template as the command does.
func readTemplate(_ text: String, _ parameters: [String: String] = [:]) throws -> Template {
    try Template(TemplateText(file: "template.yaml", bytes: Array(text.utf8)), parameters: parameters)
}
