// A mapping's settings with AWS's defaults ("CreateEventSourceMapping"), beside what the template says of the rest.

struct MappingFacts {
    let mapping: TemplateMapping
    let settings: TemplateValue
    let template: Template

    init(_ mapping: TemplateMapping, in template: Template) throws(TemplateError) {
        self.mapping = mapping
        self.template = template
        settings = try mapping.document()
    }

    var batchSize: Int { settings["BatchSize"]?.integer ?? 100 }
    var parallelizationFactor: Int { settings["ParallelizationFactor"]?.integer ?? 1 }
    /// -1: until the record expires.
    var maximumRetryAttempts: Int { settings["MaximumRetryAttempts"]?.integer ?? -1 }
    /// -1: as long as the stream keeps it.
    var maximumRecordAge: Int { settings["MaximumRecordAgeInSeconds"]?.integer ?? -1 }
    var tumblingWindow: Int { settings["TumblingWindowInSeconds"]?.integer ?? 0 }
    var bisects: Bool { settings["BisectBatchOnFunctionError"]?.flag ?? false }
    var startsAtLatest: Bool { settings["StartingPosition"]?.text == "LATEST" }
    var reportsFailures: Bool {
        settings["FunctionResponseTypes"]?.elements.contains { $0.text == "ReportBatchItemFailures" } ?? false
    }
    var filterPatterns: [String] {
        settings["FilterCriteria"]?["Filters"]?.elements.compactMap { $0["Pattern"]?.text } ?? []
    }
    var destination: String? { settings["DestinationConfig"]?["OnFailure"]?["Destination"]?.text }

    /// `sqs`, `sns` or `s3`; nil without a destination.
    var destinationService: String? {
        destination.map { $0.split(separator: ":", omittingEmptySubsequences: false) }
            .flatMap { $0.count > 5 ? String($0[2]) : nil }
    }

    /// Whether anything but time ends a record's retries.
    var retriesUntilExpiry: Bool { maximumRetryAttempts < 0 && maximumRecordAge < 0 }

    /// The table whose stream this is, where the template has it.
    var table: TemplateResource? {
        guard let arn = settings["EventSourceArn"]?.text,
            let range = arn.firstRange(of: ":table/")
        else { return nil }
        let name = arn[range.upperBound...].prefix { $0 != "/" }
        return template.resources.first { resource in
            let isTable =
                resource.type == "AWS::DynamoDB::Table" || resource.type == "AWS::DynamoDB::GlobalTable"
            let ownName = resource.properties["TableName"]?.placeholderText ?? resource.logicalID
            return isTable && ownName == name
        }
    }
}
