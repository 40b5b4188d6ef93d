// Settings that SAM, CloudFormation or Lambda refuses, and settings whose values are not known.

import EventSourceMapping

extension CheckRule {
    static let admissionRules = [
        CheckRule(several: "refused", .error, "AWS would not create this mapping; the advice has AWS's own message") {
            $0.refusals
        },
        CheckRule(
            several: "undeclared",
            .error,
            "a setting refers to a parameter, a resource or an attribute that the template does not have"
        ) { $0.undeclared() },
        CheckRule(
            several: "unknown-setting",
            .unknown,
            "a setting contains a value that is not known here, so nothing can be said of it; the advice names the parameter"
        ) { facts in
            facts.mapping.unknownSettings.map { unknown in
                Finding(
                    "The value of \(facts.mapping.nameInTemplate(unknown.setting)) is not known.",
                    because: "It is \(unknown.value.placeholder): \(unknown.value.reason).",
                    fix: "the value, with --parameter Name=value, where it is a parameter's"
                )
            }
        },
    ]
}

extension MappingFacts {
    /// Why AWS cannot create the mapping, in sentences.
    ///
    /// - Parameter overridden: settings that another source sets.
    func impossibilities(without overridden: Set<String>) -> [String] {
        let others = CheckRule.all.filter { CheckRule.impossible.contains($0.code) && $0.code != "undeclared" }
        return undeclared(without: overridden).map(\.reason)
            + others.flatMap { $0.advice(on: self) }.map { "\($0.summary) \($0.reason)" }
    }

    /// Not if a part of the template was not read, because that part may declare it.
    fileprivate func undeclared(without overridden: Set<String> = []) -> [CheckRule.Finding] {
        guard template.unread.isEmpty else { return [] }
        let owner = isResource ? mapping.name : function?.logicalID
        let resource = template.resources.first { $0.logicalID == owner }
        var findings: [CheckRule.Finding] = []
        for name in resource?.undeclaredDependencies ?? [] {
            findings.append(
                CheckRule.Finding(
                    "CloudFormation refuses the template.",
                    because: "\(owner ?? "") has DependsOn \(name), and the template has no such resource.",
                    fix: "a name under Resources"
                )
            )
        }
        if let condition = resource?.undeclaredCondition {
            findings.append(
                CheckRule.Finding(
                    "CloudFormation refuses the template.",
                    because: "\(owner ?? "") has the condition \(condition), and the template has no such condition.",
                    fix: "a name under Conditions"
                )
            )
        }
        for setting in settings.members where !overridden.contains(setting.name) {
            guard let value = setting.value.firstUnknown, value.isUndeclared else { continue }
            findings.append(
                CheckRule.Finding(
                    "CloudFormation refuses the template.",
                    because: "\(mapping.nameInTemplate(setting.name)) is \(value.placeholder), and \(value.reason).",
                    fix: "a name that the template declares"
                )
            )
        }
        return findings
    }

    fileprivate var refusals: [CheckRule.Finding] {
        let shape = mapping.problems.map { refusal(isResource ? "CloudFormation" : "SAM", $0.description) }
        return shape + (lambdaRefusal.map { [refusal("Lambda", $0)] } ?? []) + wrongProperties
    }

    /// Names at the function that no function has: settings of the mapping, and misspelt ones.
    private var wrongProperties: [CheckRule.Finding] {
        guard let function else { return [] }
        return function.properties.members.map(\.name).compactMap { name in
            let fix: String
            if SettingShape.ofMappingsAlone.contains(name) {
                fix =
                    "\(name) among the mapping's settings, "
                    + (isResource ? "at \(mapping.name)" : "under Events, \(mapping.name), Properties")
            } else if let meant = function.misspelt(name) {
                fix = meant
            } else {
                return nil
            }
            return CheckRule.Finding(
                "AWS refuses the function \(function.logicalID).",
                because: function.isServerless
                    ? "SAM: property \(name) not defined for resource of type AWS::Serverless::Function."
                    : "CloudFormation: #: extraneous key [\(name)] is not permitted.",
                fix: fix
            )
        }
    }

    private func refusal(_ service: String, _ message: String) -> CheckRule.Finding {
        CheckRule.Finding(
            "AWS refuses this mapping.",
            because: "\(service): \(message)" + (message.hasSuffix(".") ? "" : "."),
            fix:
                "the setting that the message names. The Lambda API reference has the names and the ranges, under "
                + "CreateEventSourceMapping"
        )
    }

    /// Lambda's validation of the known settings.
    private var lambdaRefusal: String? {
        let others = notAStream == nil ? [] : ["EventSourceArn"]
        let left = Set(mapping.problems.map(\.setting) + mapping.unknownSettings.map(\.setting) + others)
        guard mapping.unknownProperties == nil, var members = try? mapping.document(without: left).members else {
            return nil
        }
        // A setting that is already reported is not also reported as missing.
        if left.contains("StartingPosition") {
            members.append(TemplateMember("StartingPosition", .string("TRIM_HORIZON")))
        }
        do throws(AdmissionError) {
            _ = try EventSourceMappingConfiguration(json: TemplateValue.object(members).json)
            return nil
        } catch {
            return "\(error)"
        }
    }
}
