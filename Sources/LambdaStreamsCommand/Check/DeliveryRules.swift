// What the settings make of delivery itself: what is never read, what cannot match, what a batch may take.

import JSONScanning

extension MappingFacts {
    var deliveryAdvice: [Advice] {
        [latest, disabled, tableWithoutStream, timeout, memory, concurrency, windowState].compactMap { $0 }
            + filterAdvice
    }

    private var latest: Advice? {
        guard startsAtLatest else { return nil }
        return .warning(
            "starts-at-latest",
            "Records that are written while the mapping starts are lost.",
            because:
                "With LATEST, Lambda begins to read a minute or more after the mapping is enabled and passes over what "
                + "was written until then; so it does at every shard it finds late.",
            fix: "StartingPosition: TRIM_HORIZON"
        )
    }

    private var disabled: Advice? {
        guard settings["Enabled"]?.flag == false else { return nil }
        return .warning(
            "disabled",
            "The mapping is off, and its records go on ageing.",
            because: "A disabled mapping keeps its place, but the stream drops records after 24 hours.",
            fix: "Enabled: true"
        )
    }

    private var tableWithoutStream: Advice? {
        guard let table, table.properties["StreamSpecification"] == nil, table.type == "AWS::DynamoDB::Table" else {
            return nil
        }
        return .error(
            "table-without-stream",
            "The table \(table.logicalID) has no stream.",
            because: "Its StreamArn exists only with a StreamSpecification.",
            fix: "StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}"
        )
    }

    private var timeout: Advice? {
        guard let function = mapping.function, batchSize > 1 else { return nil }
        let millisecondsPerRecord = function.timeout * 1000 / batchSize
        guard millisecondsPerRecord < 10 || function.timeout <= 3 && batchSize >= 100 else { return nil }
        return .warning(
            "short-timeout",
            "A full batch leaves \(millisecondsPerRecord) ms for a record.",
            because:
                "\(batchSize) records in \(function.timeout) s: one slow call runs the batch out of time, and a timeout "
                + "fails all of it.",
            fix: "Timeout: \(max(30, batchSize / 20)), or a smaller BatchSize"
        )
    }

    private var memory: Advice? {
        guard let function = mapping.function, batchSize >= 1000, function.memorySize < 256 else { return nil }
        return .warning(
            "little-memory",
            "A full batch may not fit into \(function.memorySize) MB.",
            because: "Lambda sends up to 6 MB of records at once; decoded they take several times that.",
            fix: "MemorySize: 512, or BatchSize: 500"
        )
    }

    private var concurrency: Advice? {
        guard let reserved = mapping.function?.properties["ReservedConcurrentExecutions"]?.integer,
            reserved < parallelizationFactor
        else { return nil }
        return .warning(
            "throttled-by-concurrency",
            "The function may run \(reserved) times at once, and one shard alone asks for \(parallelizationFactor).",
            because:
                "Lambda runs ParallelizationFactor batches of every shard at once. What is throttled is tried again, "
                + "and ages meanwhile.",
            fix: "ReservedConcurrentExecutions: at least ParallelizationFactor times the number of shards, or none"
        )
    }

    private var windowState: Advice? {
        guard tumblingWindow >= 300, batchSize >= 1000 else { return nil }
        return .warning(
            "large-window",
            "A window of \(tumblingWindow) s may gather more state than Lambda carries.",
            because:
                "Once the state that the function returns passes 1 MB, Lambda ends the window early, and its result "
                + "comes in pieces.",
            fix:
                "keep the state to totals rather than lists of records; measure it with lambda-streams simulate --log and "
                + "give that log to check --log"
        )
    }

    // MARK: Filters

    private var filterAdvice: [Advice] {
        var advice: [Advice] = []
        for pattern in filterPatterns {
            guard let root = try? JSONDocument(Array(pattern.utf8)).root else { continue }
            let change = root["dynamodb"]
            for image in ["NewImage", "OldImage"] {
                guard let node = change?.member(named: image) else { continue }
                if let missing = missingImage(image, pattern) { advice.append(missing) }
                for member in node.members { advice += attributeAdvice(member) }
            }
        }
        return advice
    }

    private func missingImage(_ image: String, _ pattern: String) -> Advice? {
        guard let view = table?.properties["StreamSpecification"]?["StreamViewType"]?.text else { return nil }
        let hasImage =
            switch view {
            case "NEW_AND_OLD_IMAGES": true
            case "NEW_IMAGE": image == "NewImage"
            case "OLD_IMAGE": image == "OldImage"
            default: false
            }
        guard !hasImage else { return nil }
        return .error(
            "filter-without-image",
            "A filter looks at \(image), which the stream does not have.",
            because: "StreamViewType is \(view), so \(pattern) matches no record, and every record is passed over.",
            fix: "StreamViewType: NEW_AND_OLD_IMAGES"
        )
    }

    /// "Using event filtering with a DynamoDB event source": numbers are strings in DynamoDB's JSON, and `exists` looks
    /// at leaves.
    private func attributeAdvice(_ attribute: JSONMember) -> [Advice] {
        let name = attribute.repairedName
        var advice: [Advice] = []
        if attribute.value["N"]?.elements.contains(where: { $0["numeric"] != nil }) == true {
            advice.append(
                .warning(
                    "filter-numeric-on-string",
                    "The filter on \(name) never matches.",
                    because: "DynamoDB writes numbers as strings, {\"N\":\"42\"}, and numeric compares numbers only.",
                    fix: "list the values as strings, or filter in the function with .filtered { … }"
                )
            )
        }
        if attribute.value.elements.contains(where: { $0["exists"] != nil }) {
            advice.append(
                .warning(
                    "filter-exists-on-object",
                    "The filter on \(name) looks for a value where DynamoDB has an object.",
                    because: "exists sees leaves only: true matches no record, and false matches every one.",
                    fix: "put it below the attribute's type: {\"\(name)\":{\"S\":[{\"exists\":true}]}}"
                )
            )
        }
        return advice
    }
}
