// A CloudFormation or SAM template: its functions, and what feeds them from streams.

import EventSourceMapping

struct Template {
    let file: String
    /// Only those that are created, or may be: a condition that is false leaves its resource out.
    let resources: [TemplateResource]
    /// Those that a false condition leaves out.
    let leftOut: [TemplateResource]
    /// What was not read, and may have mappings in it.
    let unread: [UnreadPart]
    /// The names that stand twice in one object, of which the last value was read.
    let repeatedNames: [RepeatedName]
    /// Whether it has resources of SAM, and no Transform that would make AWS's of them.
    let lacksTransform: Bool
    let parameters: TemplateParameters
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
        file = text.file
        repeatedNames = text.repeatedNames
        self.parameters = try TemplateParameters(section: root["Parameters"], given: parameters)
        let mappings = root["Mappings"] ?? .null
        let bare = TemplateResolver(
            parameters: self.parameters,
            mappings: mappings,
            conditions: .null,
            resources: .null
        )
        var loops = ForEachExpansion(resolver: bare)
        let conditions = try loops.expand(root["Conditions"] ?? .null, file: file)
        let written = try loops.expand(resources, file: file)
        let resolver = TemplateResolver(
            parameters: self.parameters,
            mappings: mappings,
            conditions: conditions,
            resources: written
        )
        globals = root["Globals"].flatMap { resolver.resolve($0) } ?? .null
        let all = written.members.compactMap { TemplateResource($0, resolver) }
        self.resources = all.filter(\.isCreated)
        leftOut = all.filter { !$0.isCreated }
        lacksTransform = root["Transform"] == nil && all.contains { $0.type.hasPrefix("AWS::Serverless::") }
        var unread = Self.macros(root["Transform"]) + loops.unread + Self.included(in: written)
        if let doubt = globals.unknown ?? globals["Function"]?.unknown {
            unread.append(UnreadPart(name: "Globals", line: 1, reason: doubt.reason))
        }
        self.unread = unread + self.resources.flatMap(Self.unread)
    }

    /// Transforms that leave mappings as they are written, or that are read here.
    private static let knownTransforms = [
        "AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::ServiceCatalog",
        "AWS::SecretsManager-2020-07-23", "AWS::SecretsManager-2024-09-16",
    ]

    /// Macros over the whole template, by name or with parameters.
    private static func macros(_ transform: TemplateValue?) -> [UnreadPart] {
        (transform?.oneOrMore ?? []).compactMap { entry in
            guard let name = entry.text ?? entry["Name"]?.text, !knownTransforms.contains(name) else { return nil }
            let begun = knownTransforms.first { $0.hasPrefix(name) }
            if name.hasPrefix("AWS::"), let meant = begun ?? NearestName.of(name, among: knownTransforms) {
                return UnreadPart(
                    name: "Transform \(name)",
                    line: 1,
                    reason: "AWS has no such transform",
                    meant: "Transform: \(meant)"
                )
            }
            return UnreadPart(
                name: "Transform \(name)",
                line: 1,
                reason: "the macro may change any part of the template when the stack is deployed"
            )
        }
    }

    /// What the transform AWS::Include or a macro puts into the resources.
    private static func included(in resources: TemplateValue) -> [UnreadPart] {
        resources.members.filter { $0.name == "Fn::Transform" }.map {
            UnreadPart(name: $0.name, line: $0.line, reason: "CloudFormation includes it when the stack is deployed")
        }
    }

    /// What a resource may have in mappings beside those that are read.
    private static func unread(_ resource: TemplateResource) -> [UnreadPart] {
        func part(_ name: String, _ reason: String, line: Int? = nil, meant: String? = nil) -> UnreadPart {
            UnreadPart(
                name: name,
                line: line ?? resource.line,
                reason: reason,
                resource: resource.logicalID,
                meant: meant
            )
        }
        if resource.type.hasSuffix("::MODULE") {
            return [part(resource.logicalID, "the module's resources are known when the stack is deployed")]
        }
        if resource.type == TemplateMapping.resourceType, let doubt = resource.unknownProperties {
            return [part(resource.logicalID, doubt.reason)]
        }
        if let meant = misspeltType(resource.type) {
            return [part(resource.logicalID, "AWS has no type \(resource.type)", meant: "Type: \(meant)")]
        }
        guard resource.type == "AWS::Serverless::Function" else { return [] }
        let events = resource.properties["Events"]
        if let doubt = resource.unknownProperties ?? events?.unknown {
            return [part("\(resource.logicalID).Events", doubt.reason)]
        }
        if events == nil,
            let other = resource.properties.members.first(where: { NearestName.of($0.name, among: ["Events"]) != nil })
        {
            let reason = "a function of SAM has no property \(other.name)"
            return [part("\(resource.logicalID).\(other.name)", reason, line: other.line, meant: "Events")]
        }
        return (events?.members ?? []).compactMap { event in
            if let doubt = event.value.unknown ?? event.value["Type"]?.unknown {
                return part("\(resource.logicalID).\(event.name)", doubt.reason, line: event.line)
            }
            let type = event.value["Type"]?.text
            guard type.map({ serverlessEvents.contains($0) }) != true else { return nil }
            let name = "\(resource.logicalID).\(event.name)"
            guard let type else {
                return part(name, "it has no Type", line: event.line, meant: "Type: DynamoDB, or another of SAM's")
            }
            let meant = NearestName.of(type, among: serverlessEvents.sorted())
            let fix = "Type: \(meant ?? "DynamoDB, or another of SAM's")"
            return part(name, "SAM has no event of Type \(type)", line: event.line, meant: fix)
        }
    }

    /// Types that a mapping is made of or refers to.
    private static let types = [
        TemplateMapping.resourceType, "AWS::Serverless::Function", "AWS::Lambda::Function", "AWS::DynamoDB::Table",
        "AWS::DynamoDB::GlobalTable", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket", "AWS::IAM::Role",
        "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::CloudWatch::Alarm",
    ]

    /// - Returns: what was meant. A longer name is another type, such as AWS::SQS::QueuePolicy.
    private static func misspeltType(_ type: String) -> String? {
        guard !types.contains(type), let meant = NearestName.of(type, among: types) else { return nil }
        return type.count > meant.count + 2 ? nil : meant
    }

    /// "EventSource" of the AWS SAM Developer Guide.
    private static let serverlessEvents: Set<String> = [
        "AlexaSkill", "Api", "CloudWatchEvent", "CloudWatchLogs", "Cognito", "DocumentDB", "DynamoDB",
        "EventBridgeRule",
        "HttpApi", "IoTRule", "Kinesis", "MQ", "MSK", "S3", "SNS", "SQS", "Schedule", "ScheduleV2", "SelfManagedKafka",
    ]

    /// Stacks and applications within the stack.
    var nestedTemplates: [TemplateResource] {
        resources.filter { ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"].contains($0.type) }
    }

    /// The functions, in the order of the template.
    var functions: [TemplateFunction] {
        resources.compactMap { TemplateFunction($0, globals: globals["Function"] ?? .null) }
    }

    /// Every event source mapping of a DynamoDB stream: SAM's events of Type DynamoDB and the resources.
    var mappings: [TemplateMapping] { sources.filter(\.isDynamoDBStream) }

    /// The mappings that a false condition leaves out, with their function's condition where that is the one.
    var mappingsLeftOut: [(mapping: TemplateMapping, condition: String)] {
        let functions = leftOut.compactMap { resource in
            TemplateFunction(resource, globals: globals["Function"] ?? .null).map { ($0, resource.condition ?? "") }
        }
        let events = functions.flatMap { function, condition in
            Self.events(of: function).map { (mapping: $0, condition: condition) }
        }
        let known = self.functions
        let mappings = leftOut.filter { $0.type == TemplateMapping.resourceType }
            .map { (mapping: TemplateMapping(resource: $0, functions: known), condition: $0.condition ?? "") }
        return (events + mappings).filter { $0.mapping.isDynamoDBStream }
    }

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
            if let event, !own.contains(where: { $0.name == event }), own.contains(where: \.isDynamoDBStream) {
                throw .unknownEvent(
                    event,
                    function: function.logicalID,
                    known: own.filter(\.isDynamoDBStream).map(\.name)
                )
            }
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
        let mappings = resources.filter { $0.type == TemplateMapping.resourceType }
        return functions.flatMap(Self.events) + mappings.map { TemplateMapping(resource: $0, functions: functions) }
    }

    /// Whether a function or a pipe of the template reads a queue or topic.
    func hasConsumer(ofARN arn: String) -> Bool {
        let isRead = sources.contains { source in
            ["EventSourceArn", "Queue", "Topic"].contains { source.settings[$0]?.placeholderText == arn }
        }
        return isRead
            || resources.contains {
                $0.type == "AWS::Pipes::Pipe" && $0.properties["Source"]?.placeholderText == arn
            }
    }

    /// Whether an alarm names a queue, in its dimensions or its metrics. One whose values are not known may do so.
    func hasAlarm(on queue: TemplateResource) -> Bool {
        resources.contains { alarm in
            guard alarm.type == "AWS::CloudWatch::Alarm" else { return false }
            guard alarm.unknownProperties == nil else { return true }
            return ["Dimensions", "Metrics"].contains { alarm.properties[$0]?.names(queue.name) == true }
        }
    }

    private static func events(of function: TemplateFunction) -> [TemplateMapping] {
        function.properties["Events"]?.members.map { TemplateMapping(event: $0, of: function) } ?? []
    }
}

struct TemplateResource {
    let logicalID: String
    let type: String
    /// Without intrinsic functions.
    let properties: TemplateValue
    /// All of the properties are unknown.
    let unknownProperties: UnknownValue?
    let metadata: TemplateValue
    /// SAM's connectors that start here.
    let connectors: TemplateValue
    let condition: String?
    /// Its condition, where the template has none of that name.
    let undeclaredCondition: String?
    /// The names of DependsOn that no resource has.
    let undeclaredDependencies: [String]
    /// False where its condition is false.
    let isCreated: Bool
    /// Whether its condition, if it has one, is known to be true.
    let isCertain: Bool
    /// Nil for types whose ARN nothing here needs.
    let arn: String?
    /// CloudFormation generates the name from the stack's name and the logical ID.
    let hasGeneratedName: Bool
    let line: Int

    /// - Returns: nil for what is not a resource.
    init?(_ member: TemplateMember, _ resolver: TemplateResolver) {
        guard let type = member.value["Type"]?.text else { return nil }
        condition = member.value["Condition"]?.text
        // SAM names the resources that it makes after its own: `ProjectorRole`, `ServerlessRestApi`.
        let made = resolver.resources.members.filter { $0.value["Type"]?.text?.hasPrefix("AWS::Serverless::") == true }
        let beginnings = made.map(\.name) + (made.isEmpty ? [] : ["Serverless"])
        undeclaredDependencies = (member.value["DependsOn"]?.oneOrMore ?? []).compactMap(\.text)
            .filter { name in resolver.resources[name] == nil && !beginnings.contains { name.hasPrefix($0) } }
        undeclaredCondition = condition.flatMap { resolver.conditions[$0] == nil ? $0 : nil }
        let truth = condition.map { resolver.condition($0) } ?? .known(true)
        isCreated = truth != .known(false)
        isCertain = truth == .known(true)
        logicalID = member.name
        self.type = type
        let properties = member.value["Properties"].flatMap { resolver.resolve($0) } ?? .object([])
        unknownProperties = properties.unknown
        self.properties = properties
        metadata = member.value["Metadata"].flatMap { resolver.resolve($0) } ?? .null
        connectors = member.value["Connectors"].flatMap { resolver.resolve($0) } ?? .null
        line = member.line
        arn = ResourceNames(resolver: resolver, depth: 0).attribute("Arn", of: member.name, member.value).text
        hasGeneratedName = ResourceNames.nameProperties[type].map { properties[$0] == nil } ?? false
    }
}

extension TemplateValue {
    /// Whether a text anywhere in it is the name, or is not known.
    fileprivate func names(_ name: String) -> Bool {
        switch self {
        case .object(let members): members.contains { $0.value.names(name) }
        case .list(let elements): elements.contains { $0.names(name) }
        default: unknown != nil || text == name
        }
    }
}
