// Rules about the source: whether it is a stream, its other readers, and the starting position.

import EventSourceMapping

extension CheckRule {
    static let sourceRules = [
        CheckRule(
            "not-a-stream",
            .error,
            "the source is not the ARN of a DynamoDB stream: a table's, another service's, a pattern"
        ) {
            $0.notAStream
        },
        CheckRule("table-without-stream", .error, "the table has no stream") { $0.tableWithoutStream },
        CheckRule("duplicate-mapping", .error, "a second mapping of the same stream to the same function") {
            $0.duplicate
        },
        CheckRule(
            "too-many-readers",
            .warning,
            "more than two readers of one stream, or more than one of a global table's: they throttle one another"
        ) { $0.tooManyReaders },
        CheckRule("starts-at-latest", .warning, "what is written while the mapping starts is not delivered") {
            $0.latest
        },
        CheckRule("disabled", .warning, "the mapping is disabled while its records age") { $0.disabled },
        CheckRule(
            "source-unknown",
            .note,
            "nothing shows which service the source belongs to; it is checked as a DynamoDB stream"
        ) {
            $0.sourceUnknown
        },
        CheckRule("cross-account", .note, "the stream belongs to another account, whose resource policy is not read") {
            $0.crossAccount
        },
    ]
}

extension MappingFacts {
    var notAStream: CheckRule.Finding? {
        guard let source, let text = source.placeholderText else { return nil }
        let isKnown = source.text != nil
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        let isARN = parts.count == 6 && parts[0] == "arn"
        let what: String
        if isKnown, !isARN {
            what = text.isEmpty ? "is empty" : "is \(text), which is not an ARN"
        } else if isARN, parts[2] != "dynamodb", !parts[2].contains("$") {
            what = "belongs to \(parts[2])"
        } else if let service = source.unknown?.service, service != "dynamodb" {
            what = "belongs to \(service)"
        } else if text.hasSuffix("/stream/*") {
            what = "is a pattern, \(text), and a mapping reads one stream"
        } else if isKnown, !text.contains("/stream/") {
            what = "is the table's ARN, \(text)"
        } else {
            return nil
        }
        return CheckRule.Finding(
            "The source \(what).",
            because: "A mapping reads a stream by the stream's own ARN, which ends in /stream/ and a time.",
            fix: (isResource ? "EventSourceArn" : "Stream") + ": !GetAtt Table.StreamArn"
        )
    }

    fileprivate var tableWithoutStream: CheckRule.Finding? {
        guard let table, source?.text?.contains("/stream/") == true else { return nil }
        let isSimple = table.type == "AWS::Serverless::SimpleTable"
        let specification = table.properties["StreamSpecification"]
        guard table.properties.unknown == nil, specification?.firstUnknown == nil else { return nil }
        if !isSimple, let specification {
            let type = specification["StreamViewType"]?.text
            guard type.flatMap({ StreamView(rawValue: $0) }) == nil else { return nil }
            return CheckRule.Finding(
                "The table \(table.logicalID) has no stream.",
                because: type.map { "Its StreamViewType is \($0), and CloudFormation refuses it." }
                    ?? "Its StreamSpecification has no StreamViewType, and CloudFormation refuses it.",
                fix: "StreamViewType: NEW_AND_OLD_IMAGES"
            )
        }
        return CheckRule.Finding(
            "The table \(table.logicalID) has no stream.",
            because: isSimple
                ? "An AWS::Serverless::SimpleTable cannot have a stream."
                : "Its StreamArn exists only with a StreamSpecification.",
            fix: isSimple
                ? "an AWS::DynamoDB::Table with StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}"
                : "StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}"
        )
    }

    // MARK: Other readers

    private func isSame(_ other: TemplateMapping) -> Bool {
        other.name == mapping.name && other.function?.logicalID == mapping.function?.logicalID
            && other.isServerless == mapping.isServerless
    }

    /// The mappings of the same stream that come before this one.
    private var earlierReaders: [TemplateMapping] {
        guard let source = source?.placeholderText else { return [] }
        return siblings.prefix { !isSame($0) }.filter { $0.settings["EventSourceArn"]?.placeholderText == source }
    }

    fileprivate var duplicate: CheckRule.Finding? {
        guard let own = target(of: mapping), let twin = earlierReaders.first(where: { target(of: $0) == own }) else {
            return nil
        }
        return CheckRule.Finding(
            "\(twin.name) maps the same stream to the same function.",
            because: "Lambda refuses a second mapping of a stream to a function: ResourceConflictException.",
            fix: "one mapping, with the filters of both"
        )
    }

    /// The function with its alias: two aliases of one function may read the same stream.
    private func target(of mapping: TemplateMapping) -> String? {
        if let name = mapping.settings["FunctionName"]?.placeholderText {
            let reference = FunctionReference(name)
            return (mapping.function?.name ?? reference.name) + ":" + (reference.qualifier ?? "")
        }
        guard let function = mapping.function else { return nil }
        let alias = mapping.isServerless ? function.properties["AutoPublishAlias"]?.placeholderText : nil
        return function.name + ":" + (alias ?? "")
    }

    fileprivate var tooManyReaders: CheckRule.Finding? {
        guard isEnabled != false, let source = source?.placeholderText else { return nil }
        let pipes = template.resources.filter {
            $0.type == "AWS::Pipes::Pipe" && $0.properties["Source"]?.placeholderText == source
        }
        let earlier = earlierReaders.filter { $0.settings["Enabled"]?.flag != false }
        let replicas =
            table?.type == "AWS::DynamoDB::GlobalTable" ? table?.properties["Replicas"]?.elements.count ?? 1 : 1
        let limit = replicas > 1 ? 1 : 2
        guard earlier.count + pipes.count >= limit else { return nil }
        let kind = replicas > 1 ? "a global table's stream" : "one stream"
        return CheckRule.Finding(
            "\(earlier.count + pipes.count + 1) readers share \(kind).",
            because: "DynamoDB allows \(limit == 1 ? "one reader" : "two readers") of a shard before it throttles"
                + (replicas > 1 ? "; the replication between the Regions is another one." : ".")
                + " Throttled readers fall behind.",
            fix:
                "one mapping to a function that hands on, or an Amazon EventBridge bus or an Amazon SNS topic behind it"
        )
    }

    // MARK: Where it begins

    fileprivate var latest: CheckRule.Finding? {
        guard startingPosition == "LATEST" else { return nil }
        return CheckRule.Finding(
            "Records that are written while the mapping starts are not delivered.",
            because:
                "With LATEST, Lambda begins to read a minute or more after the mapping is enabled, and skips what was "
                + "written until then.",
            fix: "StartingPosition: TRIM_HORIZON"
        )
    }

    fileprivate var disabled: CheckRule.Finding? {
        guard isEnabled == false else { return nil }
        return CheckRule.Finding(
            "The mapping is disabled, and its records continue to age.",
            because: "A disabled mapping keeps its position, but the stream drops records after 24 hours.",
            fix: "Enabled: true"
        )
    }

    fileprivate var sourceUnknown: CheckRule.Finding? {
        guard isResource, mapping.isSourceUnknown, let source else { return nil }
        return CheckRule.Finding(
            "Nothing shows that the source is a DynamoDB stream.",
            because:
                "It is \(source.placeholderText ?? "not text")\(source.unknown.map { ": \($0.reason)" } ?? ""). It is "
                + "checked as a DynamoDB stream, since it has a StartingPosition.",
            fix: "nothing, if it is one"
        )
    }

    fileprivate var crossAccount: CheckRule.Finding? {
        let parts =
            source?.text?.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init) ?? []
        guard parts.count == 6, parts[2] == "dynamodb", template.parameters.knowsAccount,
            let account = template.parameters["AWS::AccountId"]?.text, parts[4] != account
        else { return nil }
        return CheckRule.Finding(
            "The stream belongs to the account \(parts[4]).",
            because:
                "Lambda reads a stream of another account only where the stream's resource policy allows the function's "
                + "role, and that policy is not in this template.",
            fix: "a resource policy on the stream that allows the role to read it"
        )
    }
}
