// Which mapping a command is about: that of a template's function, or one in a file of its own.

import ArgumentParser
import EventSourceMapping

struct NamedMappingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A SAM or CloudFormation template with the mapping.", valueName: "file"))
    var template: String?

    @Option(
        help: ArgumentHelp("A mapping with the names of CreateEventSourceMapping, in JSON or YAML.", valueName: "file")
    )
    var mapping: String?

    @Option(help: ArgumentHelp("Which function of the template.", valueName: "name"))
    var function: String?

    @Option(help: ArgumentHelp("Which of the function's streams: the event's name.", valueName: "name"))
    var event: String?

    @Option(help: ArgumentHelp("A parameter of the template; may be repeated.", valueName: "Name=value"))
    var parameter: [VariableText] = []

    func validate() throws {
        guard template == nil || mapping == nil else {
            throw ValidationError("Give either --template or --mapping: the mapping comes from one place.")
        }
        let choice =
            function.map { _ in "--function" } ?? event.map { _ in "--event" }
            ?? parameter.first.map { _ in "--parameter" }
        try VariableText.refuseRepeated(parameter, of: "--parameter")
        if let choice, template == nil {
            throw ValidationError("\(choice) needs --template: it chooses a part of the template, or sets one.")
        }
    }

    /// The option that names the mapping; nil where none does.
    var option: String? { template.map { _ in "--template" } ?? mapping.map { _ in "--mapping" } }

    /// The same options, as they are typed.
    var arguments: [String] {
        let given: [(String, String?)] =
            [("--template", template), ("--mapping", mapping), ("--function", function), ("--event", event)]
            + parameter.map { ("--parameter", "\($0.name)=\($0.value)") }
        return given.flatMap { name, value in value.map { [name, $0] } ?? [] }
    }

    /// The template, as text and as read, and its mapping; nil without a template.
    func ofTemplate() throws -> (text: TemplateText, template: Template, mapping: TemplateMapping)? {
        guard let file = template else { return nil }
        let text = try TemplateText(file: file)
        let template = try Template(text, parameters: VariableText.dictionary(parameter))
        return (text, template, try template.mapping(ofFunction: function, event: event))
    }

    /// The settings of a mapping that is in a file of its own; nil without one.
    func ofFile() throws -> TemplateValue? { try mapping.map { try MappingDocument(file: $0).settings } }
}

extension TemplateValue {
    /// The object with these members too, where it has none of the name.
    func completed(with members: KeyValuePairs<String, String>) -> TemplateValue {
        .object(self.members + members.filter { self[$0.key] == nil }.map { TemplateMember($0.key, .string($0.value)) })
    }
}
