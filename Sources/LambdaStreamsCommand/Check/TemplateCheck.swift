// The advice on a whole template: on each mapping, and on what was not read.

struct TemplateCheck {
    private let template: Template
    private let largestWindowState: WindowStateSize?

    init(_ template: Template, largestWindowState: WindowStateSize? = nil) {
        self.template = template
        self.largestWindowState = largestWindowState
    }

    /// - Parameter function: the logical ID or name of the only function to check.
    /// - Throws: `noStream` if the template has nothing to check and was read completely.
    func advice(function: String? = nil, ignoring ignored: Set<String> = []) throws(TemplateError) -> [MappingAdvice] {
        let siblings = template.mappings
        var mappings = siblings
        if let function {
            mappings = siblings.filter { $0.function?.isNamed(function) == true }
            if mappings.isEmpty { _ = try template.mapping(ofFunction: function) }
        }
        let leftOut = function == nil ? template.mappingsLeftOut : []
        let others = template.functions.filter { other in function.map { !other.isNamed($0) } ?? false }.map(
            \.logicalID
        )
        let unread = template.unread.filter { part in part.resource.map { !others.contains($0) } ?? true }
        guard !mappings.isEmpty || !leftOut.isEmpty || !unread.isEmpty else { throw .noStream(file: template.file) }
        let own = mappings.map { mapping in
            let facts = MappingFacts(
                mapping,
                in: template,
                siblings: siblings,
                largestWindowState: largestWindowState
            )
            return entry(Self.name(of: mapping), mapping.line, facts.advice)
        }
        let notCreated = leftOut.map { mapping, condition in
            // If nothing was checked, nothing is known.
            entry(Self.name(of: mapping), mapping.line, [advice(onLeftOut: condition, isAll: mappings.isEmpty)])
        }
        let nested = function == nil ? template.nestedTemplates : []
        let parts =
            unread.map { entry($0.name, $0.line, [Self.advice(on: $0)], isMapping: false) }
            + nested.map { entry($0.logicalID, $0.line, [Self.advice(on: $0)], isMapping: false) }
            + template.repeatedNames.map { entry($0.name, $0.line, [Self.advice(on: $0)], isMapping: false) }
        return (own + notCreated + parts).map { entry in
            MappingAdvice(
                file: entry.file,
                line: entry.line,
                mapping: entry.mapping,
                isMapping: entry.isMapping,
                advice: entry.advice.filter { !ignored.contains($0.code) }
            )
        }
    }

    private func entry(_ name: String, _ line: Int, _ advice: [Advice], isMapping: Bool = true) -> MappingAdvice {
        MappingAdvice(file: template.file, line: line, mapping: name, isMapping: isMapping, advice: advice)
    }

    private static func name(of mapping: TemplateMapping) -> String {
        [mapping.function?.logicalID, mapping.name].compactMap { $0 }.joined(separator: ".")
    }

    private static func advice(on part: UnreadPart) -> Advice {
        CheckRule.unread.advice(
            CheckRule.Finding(
                "\(part.name) was not read.",
                because: "It may have mappings in it. The reason: \(part.reason).",
                fix: part.meant ?? "the value, with --parameter Name=value, or a check of the deployed template"
            )
        )
    }

    private static func advice(on name: RepeatedName) -> Advice {
        CheckRule.repeatedName.advice(
            CheckRule.Finding(
                "\(name.name) appears again in the same object.",
                because: "The last value of a name counts. This one has no effect.",
                fix: "one of the two, or another name"
            )
        )
    }

    private static func advice(on nested: TemplateResource) -> Advice {
        CheckRule.nestedTemplate.advice(
            CheckRule.Finding(
                "\(nested.logicalID) has a template of its own, which was not checked.",
                because: "It is an \(nested.type), and may have mappings.",
                fix: "a check of that template too"
            )
        )
    }

    private func advice(onLeftOut condition: String, isAll: Bool) -> Advice {
        CheckRule.notCreated.advice(
            CheckRule.Finding(
                "The mapping is not created, and was not checked.",
                because: "The condition \(condition) is false with these parameters.",
                fix: "--parameter Name=value, with the value that makes it true",
                severity: isAll ? .unknown : nil
            )
        )
    }
}
