// Names in templates: repeated ones, escapes in JSON, and loops that write resources out.

import Testing

@testable import LambdaStreamsCommand

@Suite("Names and loops in templates")
struct TemplateNameTests {
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
        let resource = try #require(try readTemplate(text).resources.first)
        #expect(resource.properties["V"]?.integer == 2)
        #expect(resource.properties["W"]?["X"]?.integer ?? 3 == 3)
    }

    @Test("more repeated names than any template has end in a sentence")
    func manyRepeatedNames() throws {
        let names = (0..<60).map { "    A\($0): 1\n    A\($0): 2\n" }.joined()
        #expect {
            try readTemplate("Resources:\n  T:\n" + names)
        } throws: { error in
            "\(error)".contains("names appear twice")
        }
    }

    @Test("JSON's escapes of surrogate pairs are read, and the lines of names")
    func surrogates() throws {
        let template = try readTemplate(
            "{\"Resources\": {\n\n\"T\": {\"Type\": \"A\", \"Properties\": {\"V\": \"\\ud83d\\ude00 \\u00e9\"}}}}"
        )
        #expect(template.resources.first?.properties["V"]?.text == "😀 é")
        #expect(template.resources.first?.line == 3)
    }

    @Test("loops over known lists are written out, also within one another, in conditions and in properties")
    func loops() throws {
        let template = try readTemplate(
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
        let lost = try readTemplate(
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
            try readTemplate("Resources: " + nested)
        } throws: { error in
            "\(error)".contains("its loops make more than")
        }
    }
}
