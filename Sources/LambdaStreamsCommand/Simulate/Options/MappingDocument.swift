// A mapping in a file, in the form of CreateEventSourceMapping or GetEventSourceMapping.

struct MappingDocument {
    let settings: TemplateValue

    /// Members that the API returns besides the settings.
    private static let notSettings: Set<String> = [
        "UUID", "LastModified", "LastProcessingResult", "State", "StateTransitionReason", "FunctionArn",
        "EventSourceMappingArn", "FilterCriteriaError", "ResponseMetadata", "Topics", "Queues",
    ]

    init(file: String) throws(TemplateError) {
        var text = try TemplateText(file: file)
        var value = try text.value()
        if let list = value["EventSourceMappings"]?.elements {
            guard list.count == 1 else { throw .notAMapping(file: file, found: "a list of \(list.count) mappings") }
            value = list[0]
        }
        guard case .object(let members) = value else {
            throw .notAMapping(file: file, found: value.kindName)
        }
        let function = value["FunctionArn"].map { [TemplateMember("FunctionName", $0)] } ?? []
        settings = .object(
            members.filter { !Self.notSettings.contains($0.name) && $0.value != .null }
                + (value["FunctionName"] == nil ? function : [])
        )
    }
}
