// `lambda-streams check`: reads a template and says which settings lose records or block a shard.

import ArgumentParser

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say which settings of a template lose records or block a shard.",
        discussion: """
            Reads the event source mappings of DynamoDB streams in a SAM or CloudFormation template, and the functions, \
            tables and roles beside them. Each piece of advice has a reason and a fix.

            EXAMPLES
              lambda-streams check template.yaml
              lambda-streams check template.yaml --function OrderProjector \\
                --parameter Stage=prod
              lambda-streams check template.yaml --ignore no-destination --output json
              lambda-streams check template.yaml --log deliveries.jsonl

            \(CommandExit.help(of: .check))
            """
    )

    @Argument(help: "The template, in YAML or JSON; - for standard input.")
    var template: String

    @Option(help: ArgumentHelp("Only this function.", valueName: "name"))
    var function: String?

    @Option(help: ArgumentHelp("A parameter's value; may be repeated.", valueName: "Name=value"))
    var parameter: [VariableText] = []

    @Option(help: ArgumentHelp("Leave this advice out; may be repeated.", valueName: "code"))
    var ignore: [String] = []

    @Option(
        help: ArgumentHelp("A delivery log of simulate, to see how large windows' states became.", valueName: "file")
    )
    var log: String?

    @Option(help: "How to print: text or json.")
    var output: OutputFormat = .text

    func run() throws {
        let findings = try CommandExit.reporting { try advice() }
        switch output {
        case .text: print(CheckReport(findings).text(coloured: Terminal.standardOutput.isColoured), terminator: "")
        case .json: print(CheckReport(findings).json)
        }
        if findings.contains(where: { !$0.advice.isEmpty }) { try CommandExit.finding.exit() }
    }

    private func advice() throws -> [MappingAdvice] {
        let template = try Template(file: template, parameters: VariableText.dictionary(parameter))
        var mappings = template.mappings
        if let function {
            _ = try template.mapping(
                ofFunction: function,
                event: mappings.first { $0.function?.isNamed(function) == true }?.name
            )
            mappings = mappings.filter { $0.function?.isNamed(function) == true }
        }
        guard !mappings.isEmpty else { throw TemplateError.noStream(file: template.file) }
        let largestState = try log.map { try WindowStateSize(log: $0) }
        return try mappings.map { mapping in
            let facts = try MappingFacts(mapping, in: template)
            let all =
                facts.admissionAdvice + facts.failureAdvice + facts.deliveryAdvice + facts.permissionAdvice
                + (largestState?.advice.map { [$0] } ?? [])
            return MappingAdvice(
                file: template.file,
                line: mapping.line,
                mapping: [mapping.function?.logicalID, mapping.name].compactMap { $0 }.joined(separator: "."),
                advice: all.filter { !ignore.contains($0.code) }
            )
        }
    }
}
