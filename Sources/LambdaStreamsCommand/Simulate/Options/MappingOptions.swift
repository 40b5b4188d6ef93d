// The source of the mapping, and the options that change single settings.

import ArgumentParser
import EventSourceMapping

struct MappingOptions: ParsableArguments {
    @OptionGroup var named: NamedMappingOptions

    @Option(parsing: .unconditional, help: "BatchSize: 1 to 10,000 records.")
    var batchSize: Int?

    @Option(parsing: .unconditional, help: "MaximumBatchingWindowInSeconds: 0 to 300.")
    var maximumBatchingWindowInSeconds: Int?

    @Option(parsing: .unconditional, help: "ParallelizationFactor: 1 to 10.")
    var parallelizationFactor: Int?

    @Option(parsing: .unconditional, help: "MaximumRetryAttempts: 0 to 10,000, -1 for no limit.")
    var maximumRetryAttempts: Int?

    @Option(parsing: .unconditional, help: "MaximumRecordAgeInSeconds: 60 to 604,800, -1 for no limit.")
    var maximumRecordAgeInSeconds: Int?

    @Option(help: ArgumentHelp("BisectBatchOnFunctionError.", valueName: "true|false"))
    var bisectBatchOnFunctionError: Bool?

    @Option(help: ArgumentHelp("FunctionResponseTypes with ReportBatchItemFailures.", valueName: "true|false"))
    var reportBatchItemFailures: Bool?

    @Option(parsing: .unconditional, help: "TumblingWindowInSeconds: 0 to 900.")
    var tumblingWindowInSeconds: Int?

    @Option(help: ArgumentHelp("A filter's pattern instead of the mapping's; may be repeated.", valueName: "json"))
    var filter: [String] = []

    @Option(help: ArgumentHelp("The on-failure destination; none removes it.", valueName: "arn"))
    var destination: String?

    @Option(help: ArgumentHelp("StartingPosition.", valueName: "TRIM_HORIZON|LATEST"))
    var startingPosition: String?

    /// The resolved settings, and the template's function if there is one.
    func settings() throws -> MappingSettings {
        guard let (text, template, mapping) = try named.ofTemplate() else {
            let document = try named.ofFile() ?? .object([])
            return MappingSettings(configuration: try EventSourceMappingConfiguration(json: changed(document).json))
        }
        let document = try mapping.document(without: overridden)
        let facts = MappingFacts(mapping, in: template)
        let reasons = facts.impossibilities(without: overridden)
        guard reasons.isEmpty else { throw TemplateError.impossibleMapping(mapping.name, reasons) }
        let given = VariableText.dictionary(named.parameter)
        return MappingSettings(
            configuration: try EventSourceMappingConfiguration(json: changed(document).json),
            function: mapping.function,
            view: facts.view,
            destinationGap: destination == nil ? DestinationGap(of: mapping, in: template, text, given: given) : nil
        )
    }

    /// The settings from options, which override the template.
    private var overridden: Set<String> {
        let given: [(String, Bool)] = [
            ("BatchSize", batchSize != nil),
            ("MaximumBatchingWindowInSeconds", maximumBatchingWindowInSeconds != nil),
            ("ParallelizationFactor", parallelizationFactor != nil),
            ("MaximumRetryAttempts", maximumRetryAttempts != nil),
            ("MaximumRecordAgeInSeconds", maximumRecordAgeInSeconds != nil),
            ("BisectBatchOnFunctionError", bisectBatchOnFunctionError != nil),
            ("FunctionResponseTypes", reportBatchItemFailures != nil),
            ("TumblingWindowInSeconds", tumblingWindowInSeconds != nil), ("FilterCriteria", !filter.isEmpty),
            ("DestinationConfig", destination != nil), ("StartingPosition", startingPosition != nil),
        ]
        return Set(given.filter(\.1).map(\.0))
    }

    private func changed(_ document: TemplateValue) -> TemplateValue {
        var members = document.members
        func set(_ name: String, _ value: TemplateValue?) {
            guard let value else { return }
            members.removeAll { $0.name == name }
            members.append(TemplateMember(name, value))
        }
        func number(_ value: Int?) -> TemplateValue? { value.map { .number(String($0)) } }
        set("BatchSize", number(batchSize))
        set("MaximumBatchingWindowInSeconds", number(maximumBatchingWindowInSeconds))
        set("ParallelizationFactor", number(parallelizationFactor))
        set("MaximumRetryAttempts", number(maximumRetryAttempts))
        set("MaximumRecordAgeInSeconds", number(maximumRecordAgeInSeconds))
        set("TumblingWindowInSeconds", number(tumblingWindowInSeconds))
        set("BisectBatchOnFunctionError", bisectBatchOnFunctionError.map { .boolean($0) })
        set(
            "FunctionResponseTypes",
            reportBatchItemFailures.map { .list($0 ? [.string("ReportBatchItemFailures")] : []) }
        )
        set("StartingPosition", startingPosition.map { .string($0) })
        if !filter.isEmpty {
            let filters = filter.map { TemplateValue.object([TemplateMember("Pattern", .string($0))]) }
            set("FilterCriteria", .object([TemplateMember("Filters", .list(filters))]))
        }
        if let destination {
            let arn = TemplateMember("Destination", .string(destination))
            set(
                "DestinationConfig",
                .object(destination == "none" ? [] : [TemplateMember("OnFailure", .object([arn]))])
            )
        }
        let changed = TemplateValue.object(members).completed(with: [
            "EventSourceArn": EventSourceMappingConfiguration.exampleStream
        ])
        // A mapping of options alone has a beginning; one that is written down says which, as AWS insists.
        return named.option == nil ? changed.completed(with: ["StartingPosition": "TRIM_HORIZON"]) : changed
    }
}

struct MappingSettings {
    let configuration: EventSourceMappingConfiguration
    var function: TemplateFunction?
    /// What the stream's records have of an item; nil where the template does not say it.
    var view: StreamView?
    /// What the template leaves open of the destination. Nothing can be sent there.
    var destinationGap: DestinationGap?
}

extension AdmissionError: UserFacingError {}
