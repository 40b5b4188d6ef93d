// Parts of a template that were not checked and belong to no single mapping.

extension CheckRule {
    static let templateRules = [noTransform, unread, repeatedName, nestedTemplate, notCreated, functionOutside]

    static let noTransform = CheckRule(
        "no-transform",
        .error,
        "SAM's resources in a template without SAM's transform"
    ) { facts in
        let isOfSAM = facts.mapping.isServerless || facts.function?.isServerless == true
        guard facts.template.lacksTransform, isOfSAM else { return nil }
        return Finding(
            "CloudFormation refuses the template.",
            because: "It has resources of SAM, and no Transform that makes CloudFormation's of them.",
            fix: "Transform: AWS::Serverless-2016-10-31, at the template's top level"
        )
    }

    static let unread = CheckRule(
        several: "unread",
        .unknown,
        "a part of the template that may have mappings was not read: a loop over an unknown list, an include, a macro, a module, a misspelt type"
    ) { _ in [] }

    static let repeatedName = CheckRule(
        several: "repeated-name",
        .note,
        isCertain: true,
        "a name appears twice in one object, and the first value has no effect"
    ) { _ in [] }

    static let nestedTemplate = CheckRule(
        several: "nested-template",
        .note,
        "a nested stack or application has a template of its own, which was not checked"
    ) { _ in [] }

    static let notCreated = CheckRule(
        several: "not-created",
        .note,
        "a mapping that a false condition leaves out was not checked; it is `unknown` when no other mapping was"
    ) { _ in [] }

    static let functionOutside = CheckRule(
        "function-outside",
        .note,
        "the function is not in the template, so its timeout, memory and role are not checked"
    ) { facts in
        guard facts.function == nil else { return nil }
        let name = facts.settings["FunctionName"]?.placeholderText ?? "not named"
        return Finding(
            "The function is not in the template.",
            because: "It is \(name). Its timeout, memory, concurrency and role are not checked.",
            fix: "nothing, or the template of the function"
        )
    }
}
