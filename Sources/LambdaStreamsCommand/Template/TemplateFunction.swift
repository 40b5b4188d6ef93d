// A function of a template, with what its Globals add to it.

import EventSourceMapping

struct TemplateFunction {
    let logicalID: String
    /// `FunctionName`, or the logical ID where the template leaves the name to AWS.
    let name: String
    /// As if Globals had been written out.
    let properties: TemplateValue
    /// Whether SAM writes its role and permissions.
    let isServerless: Bool
    let metadata: TemplateValue
    let connectors: TemplateValue
    let line: Int

    init?(_ resource: TemplateResource, globals: TemplateValue) {
        switch resource.type {
        case "AWS::Serverless::Function":
            isServerless = true
            properties = Self.merged(resource.properties, over: globals)
        case "AWS::Lambda::Function":
            isServerless = false
            properties = resource.properties
        default: return nil
        }
        logicalID = resource.logicalID
        metadata = resource.metadata
        connectors = resource.connectors
        name = properties["FunctionName"]?.placeholderText ?? resource.logicalID
        line = resource.line
    }

    /// - Returns: the property that was meant by a name that no function has; nil where the name is a property, or may be
    ///   one that is not known here.
    func misspelt(_ name: String) -> String? {
        let known = Self.commonProperties + (isServerless ? Self.serverlessProperties : Self.resourceProperties)
        guard !known.contains(name), let meant = NearestName.of(name, among: known), !name.hasPrefix(meant) else {
            return nil
        }
        return meant
    }

    /// "AWS::Serverless::Function" of the AWS SAM Developer Guide, and `AWS::Lambda::Function` of the CloudFormation
    /// template reference.
    private static let commonProperties = [
        "Architectures", "CapacityProviderConfig", "CodeSigningConfigArn", "Description", "DurableConfig",
        "Environment", "EphemeralStorage", "FileSystemConfigs", "FunctionName", "FunctionScalingConfig",
        "Handler", "ImageConfig", "KmsKeyArn", "Layers", "LoggingConfig", "MemorySize", "PackageType",
        "PublishToLatestPublished", "RecursiveLoop", "ReservedConcurrentExecutions", "Role", "Runtime",
        "RuntimeManagementConfig", "SnapStart", "Tags", "TenancyConfig", "Timeout", "VpcConfig",
    ]
    private static let serverlessProperties = [
        "AssumeRolePolicyDocument", "AutoPublishAlias", "AutoPublishAliasAllProperties",
        "AutoPublishCodeSha256", "CodeUri", "DeadLetterQueue", "DeploymentPreference", "EventInvokeConfig",
        "Events", "FunctionUrlConfig", "ImageUri", "InlineCode", "PermissionsBoundary", "Policies",
        "PropagateTags", "ProvisionedConcurrencyConfig", "RolePath", "SourceKMSKeyArn", "Tracing",
        "VersionDeletionPolicy", "VersionDescription",
    ]
    private static let resourceProperties = ["Code", "DeadLetterConfig", "TracingConfig"]

    func isNamed(_ name: String) -> Bool { logicalID == name || self.name == name }

    /// Seconds; Lambda's default is 3.
    var timeout: Int { knownTimeout ?? 3 }

    /// MB; Lambda's default is 128.
    var memorySize: Int { knownMemorySize ?? 128 }

    /// Nil where the template's value is not known here.
    var knownTimeout: Int? { known("Timeout", standard: 3) }
    var knownMemorySize: Int? { known("MemorySize", standard: 128) }

    private func known(_ property: String, standard: Int) -> Int? {
        guard let value = properties[property] else { return standard }
        return value.unknown == nil ? value.integer ?? standard : nil
    }

    /// The variables that the template sets, where they are known.
    var environment: [String: String] {
        let variables = properties["Environment"]?["Variables"]?.members ?? []
        return Dictionary(
            variables.compactMap { member in member.value.text.map { (member.name, $0) } },
            uniquingKeysWith: { _, last in last }
        )
    }

    /// Objects are merged, lists appended, anything else replaced ("Globals section of the AWS SAM template").
    private static func merged(_ own: TemplateValue, over globals: TemplateValue) -> TemplateValue {
        switch (own, globals) {
        case (.object(let members), .object(let standards)):
            var result = members
            for standard in standards {
                if let index = result.firstIndex(where: { $0.name == standard.name }) {
                    result[index].value = merged(result[index].value, over: standard.value)
                } else {
                    result.append(standard)
                }
            }
            return .object(result)
        case (.list(let elements), .list(let standards)): return .list(standards + elements)
        default: return own
        }
    }
}
