// `lambda-streams check`: reads a template and says which settings lose records or block a shard.

import ArgumentParser

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say which settings of a template lose records or block a shard.",
        discussion: """
            Reads the event source mappings of DynamoDB streams in a SAM or CloudFormation template, and the functions, \
            tables and roles beside them. Each piece of advice has a reason and a fix. What was not checked is named.

            EXAMPLES
              lambda-streams check template.yaml
              lambda-streams check template.yaml --function OrderProjector \\
                --parameter Stage=prod
              lambda-streams check template.yaml --ignore no-destination --output json
              lambda-streams check template.yaml --log deliveries.jsonl
              lambda-streams check --rules

            \(CommandExit.help(of: .check))
            """
    )

    @Argument(help: "The template, in YAML or JSON; - for standard input.")
    var template: String?

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

    @Flag(help: "Print the rules instead, as a page of documentation.")
    var rules = false

    func validate() throws {
        guard rules || template != nil else { throw ValidationError("Missing expected argument '<template>'") }
        try VariableText.refuseRepeated(parameter, of: "--parameter")
        for code in ignore where CheckRule.named(code) == nil {
            let codes = CheckRule.all.map(\.code).joined(separator: ", ")
            throw ValidationError("There is no advice \(code). The codes are: \(codes).")
        }
    }

    func run() throws {
        guard let path = template, !rules else { return print(CheckRule.documentation, terminator: "") }
        let report = try CommandExit.reporting { try checked(path) }
        switch output {
        case .text: print(report.text(coloured: Terminal.standardOutput.isColoured), terminator: "")
        case .json: print(report.json)
        }
        try report.exit.exit()
    }

    private func checked(_ path: String) throws -> CheckReport {
        let template = try Template(file: path, parameters: VariableText.dictionary(parameter))
        let check = TemplateCheck(template, largestWindowState: try log.map { try WindowStateSize(log: $0) })
        return CheckReport(try check.advice(function: function, ignoring: Set(ignore)))
    }
}
