// A mapping written as the request of CreateEventSourceMapping, or as the properties of a template.

internal import JSONScanning

extension EventSourceMappingConfiguration {
    /// Reads a mapping from JSON with the names of the `CreateEventSourceMapping` API, which are also those of
    /// `AWS::Lambda::EventSourceMapping`. Names that differ in a SAM event (`Stream`, `KmsKeyArn`) are read too. A
    /// setting that is left out has its default, except `StartingPosition`, which the API requires. Numbers and
    /// booleans may be quoted, as templates write them.
    ///
    /// - Throws: the error that AWS would return, for one name or value or for their combination.
    public init(json: [UInt8]) throws(AdmissionError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(json, limits: JSONLimits(maximumByteCount: 1_048_576, maximumDepth: 32))
        } catch {
            throw AdmissionError(.invalidRequestContent, "Could not parse request body into json: \(error)")
        }
        self.init()
        guard document.root.kind == .object else {
            throw AdmissionError(.invalidRequestContent, "Could not parse request body into json: not an object")
        }
        var hasStartingPosition = false
        var hasTimestamp = false
        for member in document.root.members where !member.value.isNull {
            let name = member.repairedName
            if name == "StartingPosition" { hasStartingPosition = true }
            if name == "StartingPositionTimestamp" { hasTimestamp = true }
            try set(name, to: MappingValue(name: name, node: member.value))
        }
        guard hasStartingPosition else {
            throw .validation([
                "Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
            ])
        }
        if hasTimestamp {
            throw AdmissionError(
                .invalidParameterValue,
                "Timestamp only valid with StartingPosition AT_TIMESTAMP"
            )
        }
        try validate()
    }

    private mutating func set(_ name: String, to value: MappingValue) throws(AdmissionError) {
        switch name {
        case "EventSourceArn", "Stream": eventSourceARN = try value.text()
        case "FunctionName": functionName = try value.text()
        case "StartingPosition": startingPosition = try position(value.text())
        case "BatchSize": batchSize = try value.integer()
        case "MaximumBatchingWindowInSeconds": maximumBatchingWindowInSeconds = try value.integer()
        case "ParallelizationFactor": parallelizationFactor = try value.integer()
        case "MaximumRetryAttempts": maximumRetryAttempts = try value.integer()
        case "MaximumRecordAgeInSeconds": maximumRecordAgeInSeconds = try value.integer()
        case "BisectBatchOnFunctionError": bisectBatchOnFunctionError = try value.truth()
        case "TumblingWindowInSeconds": tumblingWindowInSeconds = try value.integer()
        case "Enabled": isEnabled = try value.truth()
        case "FunctionResponseTypes": functionResponseTypes = try responseTypes(value)
        case "FilterCriteria": filterPatterns = try patterns(value)
        case "DestinationConfig": onFailureDestination = try destination(value)
        // They change nothing in what is delivered.
        case "KMSKeyArn", "KmsKeyArn", "Tags", "StartingPositionTimestamp": break
        case "MetricsConfig": _ = try value.members(["Metrics"])
        case "ScalingConfig", "ProvisionedPollerConfig", "Queues", "Topics", "SourceAccessConfigurations",
            "SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig", "AmazonManagedKafkaEventSourceConfig",
            "DocumentDBEventSourceConfig", "LoggingConfig":
            throw AdmissionError(
                .invalidParameterValue,
                "Unsupported \(name) parameter for given event source mapping type."
            )
        default: throw .unknownParameter(name, in: "input", known: Self.parameterNames)
        }
    }

    /// The parameters of `CreateEventSourceMapping`.
    package static let parameterNames = [
        "EventSourceArn", "FunctionName", "Enabled", "BatchSize", "FilterCriteria", "MaximumBatchingWindowInSeconds",
        "ParallelizationFactor", "StartingPosition", "StartingPositionTimestamp", "DestinationConfig",
        "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts", "Tags",
        "TumblingWindowInSeconds", "Topics", "Queues", "SourceAccessConfigurations", "SelfManagedEventSource",
        "FunctionResponseTypes", "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig",
        "ScalingConfig", "DocumentDBEventSourceConfig", "KMSKeyArn", "MetricsConfig", "LoggingConfig",
        "ProvisionedPollerConfig",
    ]

    private func position(_ text: String) throws(AdmissionError) -> StartingPosition {
        if let position = StartingPosition(rawValue: text) { return position }
        guard text == "AT_TIMESTAMP" else {
            throw .validation([
                "Value '\(text)' at 'startingPosition' failed to satisfy constraint: "
                    + "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]"
            ])
        }
        throw AdmissionError(
            .invalidParameterValue,
            "Unsupported starting position for arn type: \(eventSourceARN)"
        )
    }

    private func responseTypes(_ value: MappingValue) throws(AdmissionError) -> Set<FunctionResponseType> {
        var types: Set<FunctionResponseType> = []
        for element in try value.elements() {
            let text = try element.text()
            guard let type = FunctionResponseType(rawValue: text) else {
                throw .validation([
                    "Value '[\(text)]' at 'functionResponseTypes' failed to satisfy constraint: "
                        + "Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]"
                ])
            }
            types.insert(type)
        }
        return types
    }

    private func patterns(_ value: MappingValue) throws(AdmissionError) -> [String] {
        guard let filters = try value.members(["Filters"])["Filters"] else { return [] }
        var patterns: [String] = []
        for (index, filter) in try filters.elements().enumerated() {
            guard let pattern = try filter.members(["Pattern"])["Pattern"] else {
                throw .invalidPattern("filter \(index + 1) has no Pattern")
            }
            patterns.append(try pattern.text())
        }
        return patterns
    }

    private func destination(_ value: MappingValue) throws(AdmissionError) -> String? {
        let destinations = try value.members(["OnSuccess", "OnFailure"])
        if let success = destinations["OnSuccess"], try success.members(["Destination"])["Destination"] != nil {
            throw AdmissionError(
                .invalidParameterValue,
                "OnSuccess configuration is not supported for event source mappings."
            )
        }
        return try destinations["OnFailure"]?.members(["Destination"])["Destination"]?.text()
    }
}
