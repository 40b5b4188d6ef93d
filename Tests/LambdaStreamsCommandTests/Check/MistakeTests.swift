// `check`: mistakes outside a mapping's own settings.

import Testing

@testable import LambdaStreamsCommand

@Suite("Check, mistakes outside the mapping")
struct MistakeTests {
    @Test("a setting of the mapping that stands at its function is refused, with the place where it belongs")
    func misplaced() throws {
        for name in SettingShape.ofMappingsAlone.sorted() {
            let text = CheckTests.Variant(code: "", function: [name: "1"]).text
            let findings = try CheckTests.advice(text).flatMap(\.advice)
            #expect(findings.map(\.code) == ["refused"], "\(name)")
            #expect(findings.first?.reason.contains("property \(name) not defined") == true)
            #expect(findings.first?.fix.hasSuffix("under Events, Changes, Properties") == true)
        }
    }

    @Test("a name that the template does not declare is reported by the template's words, with the nearest one")
    func undeclared() throws {
        let text = CheckTests.Variant(code: "", event: ["Stream": "!GetAtt Order.StreamArn"]).text
        let findings = try CheckTests.advice(text).flatMap(\.advice)
        let reason = "Stream is ${Order.StreamArn}, and the template has no resource Order (did you mean Orders?)."
        #expect(findings.map(\.reason).contains(reason), "\(findings)")
    }

    /// Mistakes outside the mapping's own settings: the text that takes the place of another, and what `check` answers.
    static let mistakes: [(from: String, to: String, code: String, says: String)] = [
        ("Timeout: 30", "Timout: 30", "refused", "property Timout not defined"),
        ("MemorySize: 256", "MemorySise: 256", "refused", "property MemorySise not defined"),
        ("Events:", "Event:", "unread", "has no property Event"),
        ("Type: DynamoDB\n", "Type: DynamoDb\n", "unread", "no event of Type DynamoDb"),
        ("AWS::DynamoDB::Table", "AWS::DynamoDB::Tabel", "unread", "no type AWS::DynamoDB::Tabel"),
        ("AWS::Serverless::Function", "AWS::Serverless::Functions", "unread", "no type AWS::Serverless::Functions"),
        ("Transform: AWS::Serverless-2016-10-31\n", "", "no-transform", "no Transform"),
        ("Transform: AWS::Serverless-2016-10-31", "Transform: AWS::Serverless", "unread", "no such transform"),
        ("Timeout: 30", "Timeout: 3\n      Timeout: 30", "repeated-name", "The last value of a name counts"),
        (
            "    Properties:\n      MemorySize", "    DependsOn: Orderz\n    Properties:\n      MemorySize",
            "undeclared", "DependsOn Orderz"
        ),
        ("Type: S3,", "Type: SQS,", "destination-type", "is not what this destination needs"),
        ("Orders.StreamArn", "Orders.StreamARN", "undeclared", "did you mean StreamArn?"),
    ]

    @Test("a mistake outside the mapping is found, with what was meant", arguments: mistakes.indices)
    func mistake(_ index: Int) throws {
        let (from, to, code, says) = Self.mistakes[index]
        let good = CheckTests.Variant(code: "").text
        #expect(good.contains(from))
        let advice = try CheckTests.advice(good.replacing(from, with: to)).flatMap(\.advice)
        #expect(advice.contains { $0.code == code && ($0.summary + $0.reason).contains(says) }, "\(advice)")
    }

    @Test("a resource that SAM makes can be waited for, and a macro of a short name is a macro")
    func made() throws {
        let good = CheckTests.Variant(code: "").text
        let properties = "    Properties:\n      MemorySize"
        let waiting = good.replacing(properties, with: "    DependsOn: ProjectorRole\n" + properties)
        #expect(try waiting != good && CheckTests.codes(waiting) == [])
        let transform = "Transform: AWS::Serverless-2016-10-31"
        let macro = good.replacing(transform, with: "Transform: [A, AWS::Serverless-2016-10-31]")
        let reason = "The reason: the macro may change any part"
        #expect(try CheckTests.advice(macro).flatMap(\.advice).contains { $0.reason.contains(reason) })
    }

    @Test("a type that begins like another is no mistake")
    func longerTypes() throws {
        let types = ["SQS::QueuePolicy", "SNS::TopicInlinePolicy", "S3::BucketPolicy", "CloudWatch::AlarmMuteRule"]
        let more = types.enumerated().map { "  R\($0): {Type: AWS::\($1), Properties: {}}\n" }.joined()
        #expect(try CheckTests.codes(CheckTests.Variant(code: "", more: more).text) == [])
    }
}
