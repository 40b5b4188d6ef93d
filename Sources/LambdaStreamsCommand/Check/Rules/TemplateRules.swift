// Parts of a template that were not checked and belong to no single mapping.

extension CheckRule {
    static let templateRules = [unread, nestedTemplate, notCreated, functionOutside]

    static let unread = CheckRule(
        several: "unread",
        .unknown,
        "a part of the template that may have mappings was not read: a loop over an unknown list, an include, a macro, a module"
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
