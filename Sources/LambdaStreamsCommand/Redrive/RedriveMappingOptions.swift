// What is known of the mapping that discarded the records: its filters, and whether it reads reports.

import ArgumentParser
import EventSourceMapping
import RecordReplay

struct RedriveMappingOptions: ParsableArguments {
    @OptionGroup var named: NamedMappingOptions

    @Option(help: ArgumentHelp("A filter's pattern; may be repeated.", valueName: "json"))
    var filter: [String] = []

    @Flag(help: "The mapping has no filters: replay every record from a message's first to its last.")
    var unfiltered = false

    /// The options that say which filters the mapping has.
    private var given: [String] {
        [named.option, filter.isEmpty ? nil : "--filter", unfiltered ? "--unfiltered" : nil].compactMap(\.self)
    }

    func validate() throws {
        guard given.count > 1 else { return }
        throw ValidationError("Give either \(given[0]) or \(given[1]): the filters come from one place.")
    }

    /// Whether nothing is said of the mapping.
    var isSilent: Bool { given.isEmpty }

    /// What the options say of the mapping.
    struct Known {
        let filters: FailureRecovery.Filters
        /// nil where no mapping is named.
        let reportsBatchItemFailures: Bool?
        /// Whether a mapping has tumbling windows.
        var hasWindows = false
    }

    /// The settings that a redrive needs; others may have values that nobody knows here.
    private func settings() throws -> TemplateValue? {
        guard let mapping = try named.ofTemplate()?.mapping else { return try named.ofFile() }
        let needed: Set = ["FilterCriteria", "FunctionResponseTypes", "TumblingWindowInSeconds"]
        return try mapping.document(without: Set(mapping.settings.members.map(\.name)).subtracting(needed))
    }

    func known() throws -> Known {
        if unfiltered || !filter.isEmpty {
            return Known(filters: .known(try FilterCriteria(patterns: filter)), reportsBatchItemFailures: nil)
        }
        guard let settings = try settings() else {
            return Known(filters: .unknown, reportsBatchItemFailures: nil)
        }
        // Only what is asked here has to be there.
        let document = settings.completed(with: [
            "StartingPosition": "TRIM_HORIZON", "EventSourceArn": EventSourceMappingConfiguration.exampleStream,
        ])
        let configuration = try EventSourceMappingConfiguration(json: document.json)
        return Known(
            filters: .known(try FilterCriteria(patterns: configuration.filterPatterns)),
            reportsBatchItemFailures: configuration.reportsBatchItemFailures,
            hasWindows: configuration.tumblingWindowInSeconds > 0
        )
    }
}
