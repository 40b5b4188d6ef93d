// What is known of the mapping that discarded the records: its filters, and whether it reads reports.

import ArgumentParser
import EventSourceMapping
import RecordReplay

struct RedriveMappingOptions: ParsableArguments {
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

    @Option(help: ArgumentHelp("A filter's pattern; may be repeated.", valueName: "json"))
    var filter: [String] = []

    @Flag(help: "The mapping has no filters: replay every record from a message's first to its last.")
    var unfiltered = false

    func validate() throws {
        let given = [
            (template != nil, "--template"), (mapping != nil, "--mapping"), (!filter.isEmpty, "--filter"),
            (unfiltered, "--unfiltered"),
        ]
        .filter(\.0).map(\.1)
        if given.count > 1 {
            throw ValidationError("Give either \(given[0]) or \(given[1]): the filters come from one place.")
        }
        let choice =
            function.map { _ in "--function" } ?? event.map { _ in "--event" }
            ?? parameter.first.map { _ in "--parameter" }
        if let choice, template == nil { throw ValidationError("\(choice) needs --template: it says what of it.") }
    }

    /// Whether nothing is said of the mapping.
    var isSilent: Bool { template == nil && mapping == nil && filter.isEmpty && !unfiltered }

    /// What the options say of the mapping.
    struct Known {
        let filters: FailureRecovery.Filters
        /// nil where no mapping is named.
        let reportsBatchItemFailures: Bool?
    }

    func known() throws -> Known {
        if unfiltered || !filter.isEmpty {
            return Known(filters: .known(try FilterCriteria(patterns: filter)), reportsBatchItemFailures: nil)
        }
        var document: TemplateValue
        if let file = template {
            let template = try Template(file: file, parameters: VariableText.dictionary(parameter))
            document = try template.mapping(ofFunction: function, event: event).document()
        } else if let mapping {
            document = try MappingDocument(file: mapping).settings
        } else {
            return Known(filters: .unknown, reportsBatchItemFailures: nil)
        }
        // Of a mapping in a file only what is asked here has to be there.
        var members = document.members
        for (name, value) in [
            ("StartingPosition", "TRIM_HORIZON"), ("EventSourceArn", EventSourceMappingConfiguration.exampleStream),
        ]
        where !members.contains(where: { $0.name == name }) {
            members.append(TemplateMember(name, .string(value)))
        }
        document = .object(members)
        let configuration = try EventSourceMappingConfiguration(json: document.json)
        return Known(
            filters: .known(try FilterCriteria(patterns: configuration.filterPatterns)),
            reportsBatchItemFailures: configuration.reportsBatchItemFailures
        )
    }
}
