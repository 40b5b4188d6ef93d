// A mapping's settings with AWS's defaults ("CreateEventSourceMapping"), beside what the template says of the rest.

import EventSourceMapping

/// Each setting has three states: known, absent (which is its default), and not known here, which is nil.
struct MappingFacts: Sendable {
    let mapping: TemplateMapping
    let template: Template
    /// All mappings of DynamoDB streams in the template, this one included.
    let siblings: [TemplateMapping]
    /// The largest state of a window in a simulation.
    let largestWindowState: WindowStateSize?

    init(
        _ mapping: TemplateMapping,
        in template: Template,
        siblings: [TemplateMapping]? = nil,
        largestWindowState: WindowStateSize? = nil
    ) {
        self.mapping = mapping
        self.template = template
        self.siblings = siblings ?? template.mappings
        self.largestWindowState = largestWindowState
    }

    /// The advice of every rule.
    var advice: [Advice] { CheckRule.all.flatMap { $0.advice(on: self) } }

    var settings: TemplateValue { mapping.settings }
    var function: TemplateFunction? { mapping.function }

    // MARK: Settings

    private func setting<Value>(_ name: String, _ standard: Value, _ read: (TemplateValue) -> Value?) -> Value? {
        guard mapping.unknownProperties == nil, !isRefused(name) else { return nil }
        guard let value = settings[name] else { return standard }
        return value.firstUnknown == nil ? read(value) : nil
    }

    /// A setting with a wrong name or type is refused, and no other rule reads it.
    private func isRefused(_ name: String) -> Bool {
        mapping.problems.contains { $0.setting == name || NearestName.of($0.setting, among: [name]) != nil }
    }

    var batchSize: Int? { setting("BatchSize", 100, \.integer) }
    var parallelizationFactor: Int? { setting("ParallelizationFactor", 1, \.integer) }
    /// The number of retries; -1 until the record expires.
    var maximumRetryAttempts: Int? { setting("MaximumRetryAttempts", -1, \.integer) }
    /// The maximum age in seconds; -1 as long as the stream keeps the record.
    var maximumRecordAge: Int? { setting("MaximumRecordAgeInSeconds", -1, \.integer) }
    var tumblingWindow: Int? { setting("TumblingWindowInSeconds", 0, \.integer) }
    var bisects: Bool? { setting("BisectBatchOnFunctionError", false, \.flag) }
    var isEnabled: Bool? { setting("Enabled", true, \.flag) }
    var startingPosition: String? { setting("StartingPosition", "", \.text) }
    var reportsFailures: Bool? {
        setting("FunctionResponseTypes", false) { $0.elements.contains { $0.text == "ReportBatchItemFailures" } }
    }
    var filterPatterns: [String]? {
        setting("FilterCriteria", []) { $0["Filters"]?.elements.compactMap { $0["Pattern"]?.text } ?? [] }
    }

    /// Compiled; nil where a filter is not known or refused.
    var filters: FilterCriteria? { filterPatterns.flatMap { try? FilterCriteria(patterns: $0) } }

    // MARK: The destination

    enum Destination: Equatable {
        case none
        /// It is not known whether there is a destination.
        case unknown
        /// The destination's ARN, which may itself not be known.
        case some(TemplateValue)
    }

    var destination: Destination {
        guard mapping.unknownProperties == nil, !isRefused("DestinationConfig") else { return .unknown }
        guard let config = settings["DestinationConfig"] else { return .none }
        if config.unknown != nil || config["OnFailure"]?.unknown != nil { return .unknown }
        guard let value = config["OnFailure"]?["Destination"], value != .null else { return .none }
        return value.unknown?.mayBeAbsent == true ? .unknown : .some(value)
    }

    /// `sqs`, `sns` or `s3`; nil without a destination, or if its service is not known.
    var destinationService: String? {
        guard case .some(let value) = destination else { return nil }
        return mapping.destinationService(of: value)
    }

    // MARK: Retries

    private static let backoff = MappingPolicies().backoff
    static let retention = 86_400

    /// The limit on age that has an effect: the stream drops its records after a day.
    var effectiveAge: Int? { maximumRecordAge.map { (0..<Self.retention).contains($0) ? $0 : Self.retention } }

    /// About how many seconds a record that always fails is retried, if attempts take no time.
    var blockedSeconds: Int? {
        guard let retries = maximumRetryAttempts, let age = effectiveAge else { return nil }
        guard retries >= 0 else { return age }
        return min(Int(Self.backoff.total(retries: min(retries, 10_000)).components.seconds), age)
    }

    /// Whether nothing but the stream's retention ends a record's retries.
    var retriesUntilExpiry: Bool? { blockedSeconds.map { $0 >= Self.retention } }

    /// How long the function's idempotency, or its claim on an item of the last applied numbers, prevents a second
    /// attempt after a crash; nil without either, or if it is not known.
    var leaseSeconds: Int? {
        guard let function, function.usesIdempotency(in: template) else { return nil }
        return function.metadata["LambdaStreams"]?["LeaseSeconds"]?.integer ?? function.knownTimeout.map { $0 + 2 }
    }

    /// The number of retries that outlast a lease of the function, so that one crash discards nothing.
    var recommendedRetries: Int {
        let lease = leaseSeconds ?? (function?.knownTimeout ?? 30) + 2
        return max(5, Self.backoff.retries(outlasting: .seconds(lease)) ?? 10_000)
    }

    // MARK: The source

    var source: TemplateValue? { settings["EventSourceArn"] }

    /// The table of this stream, if the template contains it.
    var table: TemplateResource? { source?.text.flatMap { template.resource(ofARN: $0) } }

    var view: StreamView? {
        table?.properties["StreamSpecification"]?["StreamViewType"]?.text.flatMap { StreamView(rawValue: $0) }
    }

    /// CloudFormation's resource rather than SAM's event.
    var isResource: Bool { !mapping.isServerless }
}

extension TemplateFunction {
    func usesIdempotency(in template: Template) -> Bool {
        if let said = metadata["LambdaStreams"]?["Idempotency"]?.flag { return said }
        if metadata["LambdaStreams"]?["LeaseSeconds"] != nil { return true }
        let tables = template.resources.filter {
            $0.type.hasSuffix("Table") && Self.namesLeases($0.logicalID + $0.name)
        }
        let variables = properties["Environment"]?["Variables"]?.members ?? []
        return variables.contains { variable in
            if Self.namesLeases(variable.name) { return !variable.name.uppercased().hasSuffix("DISABLED") }
            let value = variable.value.placeholderText
            return value != nil && tables.contains { $0.name == value || $0.arn == value }
        }
    }

    /// `IDEMPOTENCY_TABLE`, `LAST_APPLIED_TABLE`, `LastApplied`
    private static func namesLeases(_ name: String) -> Bool {
        let letters = name.lowercased().filter { $0.isLetter }
        return letters.contains("idempoten") || letters.contains("lastapplied")
    }
}
