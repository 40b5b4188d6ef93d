// Rules about filters: the findings of the mapping's filter parser.

import EventSourceMapping

extension CheckRule {
    static let filterRules =
        findingRules + [
            CheckRule("many-filters", .note, "more filters than a mapping may have unless AWS has raised the quota") {
                $0.filtersAboveQuota
            }
        ]

    private static let findingRules = FilterFinding.Kind.allCases.map { kind in
        CheckRule(several: kind.rawValue, severity(kind), meaning(kind)) { facts in
            (facts.filters?.findings(view: facts.view) ?? []).filter { $0.kind == kind }.map { finding in
                // If nothing is delivered, the mapping does not work.
                let severity: Advice.Severity? = finding.effect == .nothingDelivered ? .error : nil
                return Finding(finding.summary, because: finding.reason, fix: finding.fix, severity: severity)
            }
        }
    }

    private static func severity(_ kind: FilterFinding.Kind) -> Advice.Severity {
        kind == .undocumented ? .note : .warning
    }

    private static func meaning(_ kind: FilterFinding.Kind) -> String {
        switch kind {
        case .numericOnString:
            "a filter compares a number, and DynamoDB writes numbers as text; an error where no record is delivered"
        case .existsOnObject:
            "`exists` looks at an object, where it sees no value: `true` matches nothing, `false` everything; "
                + "an error where no record is delivered"
        case .withoutImage:
            "a filter asks for an image that the stream's view leaves out; an error where no record is delivered"
        case .neverMatches: "a filter asks for what no record has; an error where no record is delivered"
        case .undocumented: "a filter uses what EventBridge has and Lambda's guide does not list"
        }
    }
}

extension MappingFacts {
    fileprivate var filtersAboveQuota: CheckRule.Finding? {
        guard let count = filterPatterns?.count, count > FilterCriteria.standardPatternCount else { return nil }
        return CheckRule.Finding(
            "The mapping has \(count) filters, and the quota is \(FilterCriteria.standardPatternCount).",
            because:
                "Lambda refuses them unless AWS has raised the quota for the account, up to "
                + "\(FilterCriteria.maximumPatternCount).",
            fix: "one filter that has several values for a member, or `$or`; or ask AWS to raise the quota"
        )
    }
}
