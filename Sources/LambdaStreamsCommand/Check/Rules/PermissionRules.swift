// Whether the function's role lets Lambda read the stream and send to the destination: yes, no, or not known.

extension CheckRule {
    static let permissionRules = [
        CheckRule("missing-stream-permission", .error, "the role may not read the stream") { $0.reading.denied },
        CheckRule("missing-destination-permission", .warning, "the role may not send to the destination") {
            $0.sending.denied
        },
        CheckRule(
            "missing-key-permission",
            .warning,
            "the role may not use the customer's key under which the destination is encrypted"
        ) { $0.encrypting.denied },
        CheckRule(
            several: "permission-unknown",
            .note,
            "a permission is not known: a role or policy outside the template, a Condition, a value without a default"
        ) { facts in [facts.reading.doubt, facts.sending.doubt, facts.encrypting.doubt].compactMap { $0 } },
    ]
}

/// Which actions are denied, and which are not known.
private struct PermissionReading {
    var denied: CheckRule.Finding?
    var doubt: CheckRule.Finding?
}

extension MappingFacts {
    private var role: FunctionRole? {
        function.map { FunctionRole(of: mapping, function: $0, in: template) }
    }

    fileprivate var reading: PermissionReading {
        guard let role, let source, notAStreamOfItself else { return PermissionReading() }
        let target = PolicyTarget(source, in: template)
        let policies = ResourcePolicies(template: template).of(stream: target.arn)
        let actions = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        return evaluate(
            actions.map { ($0, role.permission(for: $0, on: target, resource: policies)) },
            "read the stream",
            because:
                "Lambda reads the stream with the function's role, and refuses to create a mapping that it cannot read "
                + "for.",
            fix:
                "the managed policy AWSLambdaDynamoDBExecutionRole, or those actions on the stream's ARN, which is the "
                + "table's followed by /stream/*"
        )
    }

    /// `not-a-stream` reports every other source.
    private var notAStreamOfItself: Bool {
        guard let text = source?.text else { return true }
        return text.contains("/stream/") && text.hasPrefix("arn:")
    }

    fileprivate var sending: PermissionReading {
        guard let role, case .some(let destination) = destination, let service = destinationService else {
            return PermissionReading()
        }
        let target = PolicyTarget(destination, in: template)
        let policies = ResourcePolicies(template: template).of(destination: target.arn)
        let needed: [(String, PolicyTarget)] =
            switch service {
            case "sqs": [("sqs:SendMessage", target)]
            case "sns": [("sns:Publish", target)]
            case "s3":
                [("s3:PutObject", target.appending("/aws/lambda/mapping/shard/object")), ("s3:ListBucket", target)]
            default: []
            }
        return evaluate(
            needed.map { ($0.0, role.permission(for: $0.0, on: $0.1, resource: policies)) },
            "send to the destination",
            because: "Lambda drops the records all the same when it cannot send the message, and counts them in "
                + "DroppedEventCount.",
            fix: mapping.isServerless && function?.properties["Role"] == nil
                ? "Type: \(service.uppercased()) beside Destination, from which SAM writes the permission"
                : "those actions on the destination in the role's policies"
        )
    }

    /// "Encryption at rest in Amazon SQS": who sends to a queue under a customer's key needs both.
    fileprivate var encrypting: PermissionReading {
        guard let role, case .some(let destination) = destination, let arn = destination.text,
            let resource = template.resource(ofARN: arn), let key = ResourcePolicies.key(of: resource)
        else { return PermissionReading() }
        let keyResource = ResourcePolicies(template: template).keyResource(key)
        let target = PolicyTarget(keyResource?.arn.map { .string($0) } ?? key, in: template)
        var policies = PolicyStatements(document: keyResource?.properties["KeyPolicy"])
        if keyResource == nil { policies.unread.append("the key \(target.arn) is not in the template") }
        let actions =
            resource.type == "AWS::S3::Bucket" ? ["kms:GenerateDataKey"] : ["kms:Decrypt", "kms:GenerateDataKey"]
        return evaluate(
            actions.map { ($0, role.permission(for: $0, on: target, resource: policies)) },
            "use the key of the destination",
            because:
                "\(resource.logicalID) is encrypted under a customer's key. Without these permissions Lambda cannot send "
                + "the message, and drops the records.",
            fix: "\(actions.joined(separator: " and ")) on the key in the role's policies or in the key's"
        )
    }

    private func evaluate(
        _ answers: [(action: String, permission: Permission)],
        _ what: String,
        because reason: String,
        fix: String
    ) -> PermissionReading {
        let denied = answers.filter { if case .denied = $0.permission { true } else { false } }
        guard denied.isEmpty else {
            let isExplicit = denied.contains { $0.permission == .denied(explicitly: true) }
            let actions = denied.map(\.action).joined(separator: ", ")
            return PermissionReading(
                denied: CheckRule.Finding(
                    "The function's role may not \(what): \(actions).",
                    because: (isExplicit ? "A policy denies it explicitly, which no other policy can allow. " : "")
                        + reason,
                    fix: isExplicit ? "no Deny of those actions" : fix
                )
            )
        }
        for case (let action, .unknown(let doubt)) in answers.map({ ($0.action, $0.permission) }) {
            return PermissionReading(
                doubt: CheckRule.Finding(
                    "It is not known whether the function's role may \(what) (\(action)).",
                    because: "The reason: \(doubt).",
                    fix: "nothing, if the role allows it"
                )
            )
        }
        return PermissionReading()
    }
}
