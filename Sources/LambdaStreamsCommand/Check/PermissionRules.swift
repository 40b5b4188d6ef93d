// Whether the function's role lets Lambda read the stream and send to the destination, as far as the template says.

extension MappingFacts {
    /// None where the role is outside the template: nothing is known of it.
    var permissionAdvice: [Advice] {
        guard let role = FunctionRole(mapping.function, in: template) else { return [] }
        var advice: [Advice] = []
        if !samGrantsReading {
            let missing = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
                .filter { !role.allows($0) }
            if !missing.isEmpty { advice.append(Self.cannotRead(missing)) }
        }
        if let destinationAdvice = destinationPermission(role) { advice.append(destinationAdvice) }
        return advice
    }

    /// SAM writes AWSLambdaDynamoDBExecutionRole into the roles that it makes.
    private var samGrantsReading: Bool { mapping.isServerless && mapping.function?.properties["Role"] == nil }

    private func destinationPermission(_ role: FunctionRole) -> Advice? {
        guard let service = destinationService, let actions = Self.sendActions[service] else { return nil }
        // SAM grants it where the destination says its Type.
        if samGrantsReading, mapping.destinationType != nil { return nil }
        let missing = actions.filter { !role.allows($0) }
        guard !missing.isEmpty else { return nil }
        return .warning(
            "missing-destination-permission",
            "The function's role may not send to the destination: \(missing.joined(separator: ", ")).",
            because: "Lambda drops the records all the same when it cannot send the message, and counts them in "
                + "DroppedEventCount.",
            fix: samGrantsReading
                ? "Type: \(service.uppercased()) beside Destination, from which SAM writes the permission"
                : "allow \(missing.joined(separator: ", ")) on the destination in the role's policies"
        )
    }

    private static let sendActions = [
        "sqs": ["sqs:SendMessage"], "sns": ["sns:Publish"], "s3": ["s3:PutObject", "s3:ListBucket"],
    ]

    private static func cannotRead(_ missing: [String]) -> Advice {
        .error(
            "missing-stream-permission",
            "The function's role may not read the stream: \(missing.joined(separator: ", ")).",
            because:
                "Lambda reads the stream with the function's role, and refuses to make a mapping that it cannot read for.",
            fix: "the managed policy AWSLambdaDynamoDBExecutionRole, or those actions on the stream's ARN"
        )
    }
}
