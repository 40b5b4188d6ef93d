// Values that are not known in a template, and what is known in spite of them.

import Testing

@testable import LambdaStreamsCommand

@Suite("Unknown values in templates")
struct UnknownValueTests {
    /// The value of `Out`'s property V in a template with these declarations.
    private func value(_ expression: String, _ more: String = "", _ parameters: [String: String] = [:]) throws
        -> TemplateValue
    {
        let template = try readTemplate(
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
}
