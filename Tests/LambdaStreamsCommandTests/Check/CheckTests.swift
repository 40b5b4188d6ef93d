// `check`: which settings are warned of, and that good ones are not.

import Foundation
import TemporaryFiles
import Testing

@testable import LambdaStreamsCommand

@Suite("Check")
struct CheckTests {
    /// A template in which nothing is to be said, with one thing changed.
    struct Variant: Sendable, CustomStringConvertible {
        let code: String
        var event: [String: String] = [:]
        var function: [String: String] = [:]
        var more = ""
        var view = "NEW_AND_OLD_IMAGES"
        /// What the alarm watches.
        var watched = "!GetAtt Queue.QueueName"
        var description: String { code }

        var text: String {
            var settings = [
                "Stream": "!GetAtt Orders.StreamArn", "StartingPosition": "TRIM_HORIZON", "BatchSize": "100",
                "FunctionResponseTypes": "[ReportBatchItemFailures]", "MaximumRetryAttempts": "10",
                "BisectBatchOnFunctionError": "true",
                "DestinationConfig": "{OnFailure: {Type: S3, Destination: !GetAtt Failed.Arn}}",
            ]
            settings.merge(event) { _, new in new }
            var properties = ["Timeout": "30", "MemorySize": "256"]
            properties.merge(function) { _, new in new }
            func lines(_ values: [String: String], _ indent: String) -> String {
                values.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
                    .map { "\(indent)\($0.key): \($0.value)\n" }.joined()
            }
            return """
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Orders: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: \(view)}}}
                  Failed: {Type: AWS::S3::Bucket}
                  Queue: {Type: AWS::SQS::Queue}
                  Alarm:
                    Type: AWS::CloudWatch::Alarm
                    Properties: {Dimensions: [{Name: QueueName, Value: \(watched)}]}
                \(more)
                  Projector:
                    Type: AWS::Serverless::Function
                    Properties:
                \(lines(properties, "      "))      Events:
                        Changes:
                          Type: DynamoDB
                          Properties:
                \(lines(settings, "            "))
                """
        }
    }

    static func advice(_ text: String) throws -> [MappingAdvice] {
        try TemplateCheck(Template(TemplateText(file: "template.yaml", bytes: Array(text.utf8)))).advice()
    }

    static func codes(_ text: String) throws -> [String] { try advice(text).flatMap(\.advice).map(\.code) }

    private static func report(_ variant: Variant) throws -> CheckReport { CheckReport(try advice(variant.text)) }

    @Test("nothing is said of settings that lose nothing")
    func good() throws {
        #expect(try Self.codes(Variant(code: "good").text) == [])
    }

    static let role = """
          Role:
            Type: AWS::IAM::Role
            Properties:
              Policies: [{PolicyDocument: {Statement: {Effect: Allow, Action: ["dynamodb:Get*", "dynamodb:DescribeStream"], Resource: "*"}}}]
        """
    static let readingRole = """
          Role:
            Type: AWS::IAM::Role
            Properties: {ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"]}
        """

    static let variants: [Variant] = [
        Variant(code: "no-failure-report", event: ["FunctionResponseTypes": ""]),
        Variant(code: "long-retries", event: ["MaximumRetryAttempts": "500"]),
        Variant(code: "short-age", event: ["MaximumRecordAgeInSeconds": "300"]),
        Variant(code: "not-a-stream", event: ["Stream": "!GetAtt Orders.Arn"]),
        Variant(code: "no-retries", event: ["MaximumRetryAttempts": "0"]),
        Variant(code: "no-bisect", event: ["BisectBatchOnFunctionError": "false"]),
        Variant(code: "no-destination", event: ["DestinationConfig": ""]),
        Variant(
            code: "destination-keeps-no-body",
            event: ["DestinationConfig": "{OnFailure: {Type: SQS, Destination: !GetAtt Queue.Arn}}"]
        ),
        Variant(code: "age-beyond-retention", event: ["MaximumRecordAgeInSeconds": "604800"]),
        Variant(code: "starts-at-latest", event: ["StartingPosition": "LATEST"]),
        Variant(code: "disabled", event: ["Enabled": "false"]),
        Variant(code: "short-timeout", function: ["Timeout": ""]),
        Variant(code: "little-memory", event: ["BatchSize": "1000"], function: ["MemorySize": "128"]),
        Variant(
            code: "throttled-by-concurrency",
            event: ["ParallelizationFactor": "10"],
            function: ["ReservedConcurrentExecutions": "2"]
        ),
        Variant(code: "large-window", event: ["BatchSize": "1000", "TumblingWindowInSeconds": "600"]),
        Variant(
            code: "filter-numeric-on-string",
            event: [
                "FilterCriteria":
                    #"{Filters: [{Pattern: '{"dynamodb":{"NewImage":{"n":{"N":[{"numeric":[">",1]}]}}}}'}]}"#
            ]
        ),
        Variant(
            code: "filter-exists-on-object",
            event: ["FilterCriteria": #"{Filters: [{Pattern: '{"dynamodb":{"NewImage":{"n":[{"exists":true}]}}}'}]}"#]
        ),
        Variant(
            code: "filter-without-image",
            event: ["FilterCriteria": #"{Filters: [{Pattern: '{"dynamodb":{"NewImage":{"n":{"S":["x"]}}}}'}]}"#],
            view: "KEYS_ONLY"
        ),
        // What AWS refuses.
        Variant(code: "refused", event: ["ParallelizationFactor": "2", "TumblingWindowInSeconds": "10"]),
        Variant(
            code: "refused",
            event: [
                "FilterCriteria": "{Filters: [{Pattern: '{\"eventName\":[\"INSERT\"]}'}]}",
                "TumblingWindowInSeconds": "10",
            ]
        ),
        Variant(code: "refused", event: ["MaximumRecordAgeInSeconds": "59", "MaximumRetryAttempts": "7"]),
        Variant(
            code: "refused",
            event: ["DestinationConfig": "{OnFailure: {Type: S3, Destination: 'arn:aws:s3:::failed/prefix'}}"]
        ),
        Variant(code: "not-a-stream", event: ["Stream": "arn:aws:dynamodb:us-east-1:1:table/t"]),
        Variant(code: "refused", event: ["BatchSize": "10001"], function: ["Timeout": "900", "MemorySize": "512"]),
        // What the role may do.
        Variant(
            code: "missing-destination-permission",
            event: ["DestinationConfig": "{OnFailure: {Destination: !GetAtt Failed.Arn}}"]
        ),
        Variant(
            code: "missing-destination-permission",
            function: ["Role": "!GetAtt Role.Arn"],
            more: readingRole
        ),
    ]

    @Test("one bad setting gives one piece of advice", arguments: variants.indices)
    func variant(_ index: Int) throws {
        let variant = Self.variants[index]
        #expect(try Self.codes(variant.text) == [variant.code])
    }

    @Test("a role that reads the stream but not its place in it is noticed, wildcards understood")
    func role() throws {
        var variant = Variant(code: "", function: ["Role": "!GetAtt Role.Arn"], more: Self.role)
        variant.event["DestinationConfig"] = ""
        #expect(try Self.codes(variant.text) == ["no-destination"])
        variant.more = Self.role.replacing("dynamodb:Get*", with: "dynamodb:GetRecords")
        #expect(try Self.codes(variant.text) == ["no-destination", "missing-stream-permission"])
    }

    @Test("what a role outside the template allows is not known, and no error")
    func foreignRole() throws {
        let variant = Variant(code: "", function: ["Role": "arn:aws:iam::123456789012:role/elsewhere"])
        #expect(try Self.codes(variant.text) == ["permission-unknown", "permission-unknown"])
    }

    @Test("SAM's policies of the function allow the destination")
    func policies() throws {
        let variant = Variant(
            code: "",
            event: ["DestinationConfig": "{OnFailure: {Destination: !GetAtt Failed.Arn}}"],
            function: ["Policies": "[{S3CrudPolicy: {BucketName: !Ref Failed}}]"]
        )
        #expect(try Self.codes(variant.text) == [])
    }

    @Test("a failure queue that a function reads keeps what was in the records; one without an alarm is noted")
    func failureQueue() throws {
        var variant = Variant(
            code: "",
            event: ["DestinationConfig": "{OnFailure: {Type: SQS, Destination: !GetAtt Queue.Arn}}"]
        )
        let redriver = """
              Redriver:
                Type: AWS::Serverless::Function
                Properties:
                  Events: {Failures: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}}
            """
        variant.more = redriver
        #expect(try Self.codes(variant.text) == [])
        // By the resource instead of SAM's event, and of another queue.
        let mapping = """
              Mapping:
                Type: AWS::Lambda::EventSourceMapping
                Properties: {FunctionName: redriver, EventSourceArn: !GetAtt Queue.Arn}
            """
        variant.more = mapping
        #expect(try Self.codes(variant.text) == [])
        variant.more = mapping.replacing("Queue.Arn", with: "Other.Arn") + "\n  Other: {Type: AWS::SQS::Queue}"
        #expect(try Self.codes(variant.text) == ["destination-keeps-no-body"])
        variant.watched = "!GetAtt Other.QueueName"
        #expect(try Self.codes(variant.text) == ["destination-keeps-no-body", "failure-queue-unwatched"])
        variant.more = redriver + "\n  Other: {Type: AWS::SQS::Queue}"
        #expect(try Self.codes(variant.text) == ["failure-queue-unwatched"])
        // An alarm on what is not known here may watch it.
        variant.watched = "!ImportValue Queue"
        #expect(try Self.codes(variant.text) == [])
    }

    @Test("nothing is said of the package's own template")
    func ownTemplate() async throws {
        let run = try await CommandRun.lambdaStreams([
            "check", Products.package.appendingPathComponent("template.yaml").path,
        ])
        #expect(run.status == 0)
        #expect(run.output.hasSuffix("No advice for 2 mappings.\n"))
    }

    @Test("a record that never ends blocks its shard, and a destination does not change that")
    func unlimited() throws {
        let unlimited = Variant(code: "", event: ["MaximumRetryAttempts": ""])
        #expect(try Self.codes(unlimited.text) == ["unlimited-retries", "destination-never-used"])
        let week = Variant(code: "", event: ["MaximumRetryAttempts": "", "MaximumRecordAgeInSeconds": "604800"])
        #expect(
            try Self.codes(week.text) == ["unlimited-retries", "destination-never-used", "age-beyond-retention"]
        )
        let age = Variant(code: "", event: ["MaximumRetryAttempts": "", "MaximumRecordAgeInSeconds": "3600"])
        #expect(try Self.codes(age.text) == ["age-ends-retries"])
    }

    @Test("advice that does not exist cannot be ignored")
    func ignoring() async throws {
        let folder = try TemporaryFolder()
        let good = try folder.write(Variant(code: "").text, to: "good.yaml")
        let run = try await CommandRun.lambdaStreams(["check", good, "--ignore", "no-bisects"])
        #expect(run.status == 64)
        #expect(run.errors.contains("There is no advice no-bisects. The codes are: refused, "))
    }

    @Test("the documentation's page of the rules is the one that the table makes")
    func documentation() async throws {
        let page = Products.package.appendingPathComponent("Documentation/LambdaStreams.docc/CheckRules.md")
        #expect(try String(contentsOf: page, encoding: .utf8) == CheckRule.documentation)
        #expect(try await CommandRun.lambdaStreams(["check", "--rules"]).output == CheckRule.documentation)
        #expect(Set(CheckRule.all.map(\.code)).count == CheckRule.all.count)
    }

    @Test("the headline says what is not known, and the exit code too")
    func headline() async throws {
        let folder = try TemporaryFolder()
        let text = Variant(code: "", event: ["BatchSize": "!Ref Size"]).text
        let unknown = try folder.write("Parameters: {Size: {Type: Number}}\n" + text, to: "unknown.yaml")
        let run = try await CommandRun.lambdaStreams(["check", unknown])
        #expect(run.status == 5)
        #expect(run.output.contains("the parameter Size has no default; give --parameter Size=value"))
        #expect(run.output.hasSuffix("This check is incomplete. 1 thing was not checked.\n"))
        #expect(try await CommandRun.lambdaStreams(["check", unknown, "--parameter", "Size=10"]).status == 0)
        let noted = Variant(code: "", function: ["Role": "arn:aws:iam::123456789012:role/elsewhere"])
        let note = try await CommandRun.lambdaStreams(["check", folder.write(noted.text, to: "note.yaml")])
        #expect(note.status == 0)
        #expect(note.output.hasSuffix("No advice for 1 mapping. 2 things were not checked.\n"))
    }

    @Test("the headline counts a note of something that is known as a note")
    func knownNote() throws {
        var variant = Variant(
            code: "",
            event: ["DestinationConfig": "{OnFailure: {Type: SQS, Destination: !GetAtt Queue.Arn}}"],
            more: """
                  Redriver:
                    Type: AWS::Serverless::Function
                    Properties:
                      Events: {Failures: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}}
                  Other: {Type: AWS::SQS::Queue}
                """,
            watched: "!GetAtt Other.QueueName"
        )
        #expect(try Self.report(variant).text(coloured: false).hasSuffix("\nNo advice for 1 mapping, except 1 note.\n"))
        variant.event["StartingPosition"] = "LATEST"
        #expect(try Self.report(variant).text(coloured: false).hasSuffix("\n1 warning, 1 note.\n"))
        variant.function["Role"] = "arn:aws:iam::123456789012:role/elsewhere"
        let text = try Self.report(variant).text(coloured: false)
        #expect(text.hasSuffix("\n1 warning, 1 note. 2 things were not checked.\n"), "\(text)")
    }

    @Test("a note says what was not checked, or is certain")
    func notes() {
        let certain = CheckRule.all.filter { $0.severity == .note && $0.isCertain }.map(\.code)
        #expect(certain == ["failure-queue-unwatched", "repeated-name"])
        #expect(CheckRule.all.allSatisfy { $0.isCertain || $0.severity == .note || $0.severity == .unknown })
    }

    @Test("the command exits with 1 for advice, 0 for none, 2 for what it cannot read")
    func command() async throws {
        let folder = try TemporaryFolder()
        let good = try folder.write(Variant(code: "").text, to: "good.yaml")
        let bad = try folder.write(Variant(code: "", event: ["StartingPosition": "LATEST"]).text, to: "bad.yaml")
        #expect(try await CommandRun.lambdaStreams(["check", good]).status == 0)
        let advised = try await CommandRun.lambdaStreams(["check", bad])
        #expect(advised.status == 1)
        #expect(advised.output.contains("[starts-at-latest]"))
        #expect(try await CommandRun.lambdaStreams(["check", bad, "--ignore", "starts-at-latest"]).status == 0)
        let json = try await CommandRun.lambdaStreams(["check", bad, "--output", "json"])
        let mappings = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
        #expect(mappings.first?["mapping"] as? String == "Projector.Changes")
        let missing = try await CommandRun.lambdaStreams(["check", folder.file("none.yaml")])
        #expect(missing.status == 2)
        #expect(missing.errors.contains("there is no such file"))
    }

    @Test("a window's state near the limit is seen in a simulation's log")
    func windowState() async throws {
        let folder = try TemporaryFolder()
        let template = try folder.write(Variant(code: "").text, to: "template.yaml")
        func log(_ size: Int) throws -> String {
            let state = String(repeating: "x", count: size)
            return try folder.write(
                #"{"type":"invoke","window":{"state":{"text":"\#(state)"}}}"# + "\n",
                to: "log-\(size).jsonl"
            )
        }
        #expect(try await CommandRun.lambdaStreams(["check", template, "--log", log(1000)]).status == 0)
        let large = try await CommandRun.lambdaStreams(["check", template, "--log", log(900_000)])
        #expect(large.output.contains("reached 85 %"))
    }
}
