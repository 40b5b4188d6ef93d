// Templates that are refused: broken documents, wrong names, wrong kinds, values that are missing.

import Testing

@testable import LambdaStreamsCommand

@Suite("Templates that are refused")
struct RefusedTemplateTests {
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
            _ = try readTemplate(text)
        } throws: { error in
            "\(error)".contains(says)
        }
    }

    @Test("names that repeat one another come to an end")
    func circles() throws {
        let names = (0..<40).map {
            "  Q\($0): {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub \"${Q\(($0 + 1) % 40)}${Q\(($0 + 1) % 40)}\"}}"
        }
        let template = try readTemplate(
            "Conditions: {A: !Not [!Condition A]}\nResources:\n" + names.joined(separator: "\n")
                + "\n  X: {Type: AWS::SNS::Topic, Condition: A}\n"
        )
        #expect(template.resources.count == 41)
    }

    @Test("the wrong function, event or parameter is answered with the right ones")
    func wrongNames() throws {
        let template = try readTemplate(samTemplate)
        #expect(throws: TemplateError.unknownFunction("Nobody", known: ["Projector"])) {
            try template.mapping(ofFunction: "Nobody")
        }
        #expect(throws: TemplateError.unknownEvent("Change", function: "Projector", known: ["Changes"])) {
            try template.mapping(ofFunction: "Projector", event: "Change")
        }
        #expect(throws: TemplateError.noMapping(function: "Projector", otherSources: ["SQS"])) {
            try template.mapping(ofFunction: "Projector", event: "Messages")
        }
        #expect(throws: TemplateError.unknownParameter("Stag", known: ["Stage", "Size", "Secret"])) {
            try readTemplate(samTemplate, ["Stag": "x"])
        }
        #expect(throws: TemplateError.refusedParameter("Stage", value: "x", allowed: ["dev", "prod"])) {
            try readTemplate(samTemplate, ["Stage": "x"])
        }
    }

    @Test("numbers that depend on parameters without a default are all named at once")
    func missingParameter() throws {
        let text = samTemplate.replacing("!Ref Size", with: "!Ref Secret")
            .replacing("!FindInMap [Retries, !Ref Stage, Count]", with: "!Ref Secret")
        #expect {
            try readTemplate(text).mapping(ofFunction: nil).document()
        } throws: { error in
            let reason = "is ${Secret}: the parameter Secret has no default; give --parameter Secret=value."
            return "\(error)" == "BatchSize of Changes \(reason)\nMaximumRetryAttempts of Changes \(reason)"
        }
        #expect(try readTemplate(text, ["Secret": "4"]).mapping(ofFunction: nil).document()["BatchSize"]?.integer == 4)
    }

    @Test(
        "a number is read in every spelling of YAML 1.1",
        arguments: [("10_000", 10_000), ("0x10", 16), ("0b11", 3), ("+5", 5), ("7", 7)]
    )
    func spellings(_ text: String, _ number: Int) throws {
        let text = samTemplate.replacing("!Ref Size", with: text)
        #expect(try readTemplate(text).mapping(ofFunction: nil).document()["BatchSize"]?.integer == number)
    }

    @Test("a setting that is given elsewhere may be unknown or wrong in the template")
    func overridden() throws {
        let text = samTemplate.replacing("!Ref Size", with: "!Ref Secret")
        let document = try readTemplate(text).mapping(ofFunction: nil).document(without: ["BatchSize"])
        #expect(document["BatchSize"] == nil)
        #expect(document["MaximumRetryAttempts"]?.integer == 2)
    }

    @Test("a setting of the wrong kind is refused in SAM's words")
    func wrongKind() throws {
        let text = samTemplate.replacing("BatchSize: !Ref Size", with: "BatchSize: many")
        let problem = ShapeProblem(
            setting: "BatchSize",
            message: "Type of property 'BatchSize' is invalid.",
            detail: "BatchSize: it should be a number, and is a string"
        )
        #expect(throws: TemplateError.refusedMapping("Changes", [problem])) {
            try readTemplate(text).mapping(ofFunction: nil).document()
        }
    }
}
