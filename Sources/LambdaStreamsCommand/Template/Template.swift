// A CloudFormation or SAM template: its functions, and what feeds them from streams.

struct Template {
    let file: String
    /// Only those that are made: a condition that is false leaves its resource out.
    let resources: [TemplateResource]
    private let globals: TemplateValue

    init(file: String, parameters: [String: String] = [:]) throws(TemplateError) {
        try self.init(TemplateText(file: file), parameters: parameters)
    }

    init(_ text: TemplateText, parameters: [String: String] = [:]) throws(TemplateError) {
        var text = text
        let root = try text.value()
        guard case .object = root, let resources = root["Resources"], case .object = resources else {
            let isObject = if case .object = root { true } else { false }
            throw .notATemplate(file: text.file, found: isObject ? "an object without Resources" : root.kindName)
        }
        let resolver = TemplateResolver(
            parameters: try TemplateParameters(section: root["Parameters"], given: parameters),
            mappings: root["Mappings"] ?? .null,
            conditions: root["Conditions"] ?? .null,
            resources: resources
        )
        file = text.file
        globals = root["Globals"].flatMap { resolver.resolve($0) } ?? .null
        self.resources = resources.members.compactMap { TemplateResource($0, resolver) }
    }

    /// The functions, in the order of the template.
    var functions: [TemplateFunction] {
        resources.compactMap { TemplateFunction($0, globals: globals["Function"] ?? .null) }
    }

    /// Every event source mapping of a DynamoDB stream: SAM's events of Type DynamoDB and the resources.
    var mappings: [TemplateMapping] { sources.filter(\.isDynamoDBStream) }

    /// The functions' name or logical ID, and which of several mappings.
    ///
    /// - Parameters:
    ///   - functionName: logical ID or name; nil for the only one that reads a stream.
    ///   - event: which of the function's streams; nil for the only one.
    func mapping(ofFunction functionName: String?, event: String? = nil) throws(TemplateError) -> TemplateMapping {
        let functions = functions
        guard !functions.isEmpty else { throw .noFunction(file: file) }
        var function = functions[0]
        if let functionName {
            guard let named = functions.first(where: { $0.isNamed(functionName) }) else {
                throw .unknownFunction(functionName, known: functions.map(\.logicalID))
            }
            function = named
        } else {
            let readers = functions.filter { function in
                mappings.contains { $0.function?.logicalID == function.logicalID }
            }
            guard readers.count <= 1 else { throw .severalFunctions(readers.map(\.logicalID)) }
            function = readers.first ?? function
        }
        let own = sources.filter { $0.function?.logicalID == function.logicalID }
        let streams = own.filter { $0.isDynamoDBStream && (event == nil || $0.name == event) }
        guard let first = streams.first else {
            let others = own.filter { !$0.isDynamoDBStream }.map(\.sourceType)
            throw .noMapping(function: function.logicalID, otherSources: Set(others).sorted())
        }
        guard streams.count == 1 else {
            throw .severalMappings(function: function.logicalID, names: streams.map(\.name))
        }
        return first
    }

    private var sources: [TemplateMapping] {
        let functions = functions
        let events = functions.flatMap { function in
            function.properties["Events"]?.members.map { TemplateMapping(event: $0, of: function) } ?? []
        }
        let mappings = resources.filter { $0.type == "AWS::Lambda::EventSourceMapping" }
        return events + mappings.map { TemplateMapping(resource: $0, functions: functions) }
    }
}

struct TemplateResource {
    let logicalID: String
    let type: String
    /// Without intrinsic functions.
    let properties: TemplateValue
    let line: Int

    /// - Returns: nil for what is no resource, or is not made.
    init?(_ member: TemplateMember, _ resolver: TemplateResolver) {
        guard let type = member.value["Type"]?.text else { return nil }
        if let condition = member.value["Condition"]?.text, resolver.condition(condition) == false { return nil }
        logicalID = member.name
        self.type = type
        properties = member.value["Properties"].flatMap { resolver.resolve($0) } ?? .object([])
        line = member.line
    }
}
