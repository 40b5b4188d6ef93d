// IAM's evaluation: allowed, denied, or not to be known.

import Testing

@testable import LambdaStreamsCommand

@Suite("Permissions")
struct PermissionTests {
    private static let head = """
        Parameters: {Lost: {Type: String}, Stage: {Type: String}}
        Conditions: {Doubt: !Equals [!Ref Stage, prod], Never: !Equals [a, b]}
        Resources:
          Orders: {Type: AWS::DynamoDB::Table, Properties: {TableName: orders, StreamSpecification: {StreamViewType: KEYS_ONLY}}}
          Users: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: KEYS_ONLY}}}
          Role: {Type: AWS::IAM::Role, Properties: {ROLE}}
          F: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
          M: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref F, EventSourceArn: SOURCE, StartingPosition: LATEST}}

        """

    private func permission(
        _ role: String,
        source: String = "!GetAtt Orders.StreamArn",
        more: String = "",
        parameters: [String: String] = [:]
    ) throws -> Permission {
        let text = Self.head.replacing("ROLE", with: role).replacing("SOURCE", with: source) + more
        let template = try Template(TemplateText(file: "t.yaml", bytes: Array(text.utf8)), parameters: parameters)
        let mapping = try #require(template.mappings.first)
        let function = try #require(mapping.function)
        let stream = try #require(mapping.settings["EventSourceArn"])
        let target = PolicyTarget(stream, in: template)
        return FunctionRole(of: mapping, function: function, in: template)
            .permission(
                for: "dynamodb:GetRecords",
                on: target,
                resource: ResourcePolicies(template: template).of(stream: target.arn)
            )
    }

    private static func inline(_ statements: String...) -> String {
        "Policies: [{PolicyName: p, PolicyDocument: {Statement: [\(statements.joined(separator: ", "))]}}]"
    }

    private static func allow(_ rest: String) -> String { "{Effect: Allow, \(rest)}" }
    private static func deny(_ rest: String) -> String { "{Effect: Deny, \(rest)}" }
    private static let all = allow("Action: '*', Resource: '*'")

    static let allowed: [String] = [
        inline(all), inline(allow("Action: [a:b, 'DynamoDB:Get*'], Resource: '*'")),
        inline(allow("Action: 'dynamodb:?etRecords', Resource: !GetAtt Orders.StreamArn")),
        inline(allow("Action: 'dynamodb:*', Resource: [!GetAtt Users.Arn, !Sub '${Orders.Arn}/stream/*']")),
        inline(allow("Action: 'dynamodb:*', Resource: 'arn:aws:dynamodb:*:*:table/orders/*'")),
        inline(allow("Action: 'dynamodb:*', Resource: 'arn:*:dynamodb:*'")),
        inline(allow("NotAction: 'iam:*', Resource: '*'")),
        inline(allow("NotAction: ['iam:*', 'dynamodb:DeleteTable'], NotResource: !GetAtt Users.StreamArn")),
        inline(all, deny("Action: 'dynamodb:Delete*', Resource: '*'")),
        inline(all, deny("Action: '*', Resource: !Sub '${Users.Arn}/*'")),
        inline(all, deny("NotAction: ['dynamodb:*'], Resource: '*'")),
        inline(all, deny("Action: '*', Resource: '*', Condition: {Bool: {aws:SecureTransport: 'false'}}")),
        inline(all, deny("Action: '*', Resource: '*', Condition: {NumericLessThan: {s3:TlsVersion: 1.2}}")),
        "Policies: [{PolicyName: p, PolicyDocument: {Statement: \(all)}}]",
        "ManagedPolicyArns: ['arn:aws:iam::aws:policy/PowerUserAccess']",
        "ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']",
        "ManagedPolicyArns: [!Ref Lost, 'arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess_v2']",
    ]

    /// Conditions on TLS that do not say "without TLS".
    static let doubtfulDenials: [String] = [
        "{Bool: {aws:SecureTransport: 'true'}}", "{Bool: {aws:SecureTransport: ['false', 'true']}}",
        "{StringEquals: {aws:SecureTransport: 'false'}}", "{NumericLessThan: {s3:TlsVersion: '1.3'}}",
        "{NumericLessThanEquals: {s3:TlsVersion: '1.2'}}", "{NumericGreaterThan: {s3:TlsVersion: '1.1'}}",
        "{Bool: {aws:SecureTransport: 'false'}, StringEquals: {aws:PrincipalTag/team: red}}",
    ]

    @Test(
        "a Deny under a condition may hold, unless the condition is a request without TLS",
        arguments: doubtfulDenials
    )
    func conditionalDenials(_ condition: String) throws {
        let role = Self.inline(Self.all, Self.deny("Action: '*', Resource: '*', Condition: \(condition)"))
        #expect(try permission(role) == .unknown("a statement of its policies has a Condition"))
    }

    static let denied: [String] = [
        "RoleName: r", inline(allow("Action: 'dynamodb:GetItem', Resource: '*'")),
        inline(allow("Action: 'dynamodb:*', Resource: !GetAtt Orders.Arn")),
        inline(allow("Action: 'dynamodb:*', Resource: !GetAtt Users.StreamArn")),
        inline(allow("Action: 'dynamodb:*', Resource: 'arn:aws:dynamodb:*:*:table/orders-archive/stream/*'")),
        inline(allow("NotAction: 'dynamodb:*', Resource: '*'")),
        inline(allow("Action: '*', NotResource: !Sub '${Orders.Arn}/*'")),
        inline(all, deny("Action: 'dynamodb:GetRecords', Resource: '*'")),
        inline(all, deny("NotAction: 'dynamodb:GetItem', Resource: '*'")),
        inline(all, deny("Action: '*', NotResource: 'arn:aws:s3:::*'")),
        "ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess']",
        "ManagedPolicyArns: ['arn:aws:iam::aws:policy/SecurityAudit', 'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess']",
        "PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonS3FullAccess', " + inline(all),
    ]

    static let unknown: [String] = [
        inline(allow("Action: '*', Resource: '*', Condition: {StringEquals: {aws:RequestedRegion: x}}")),
        inline(all, deny("Action: '*', Resource: '*', Condition: {StringEquals: {aws:RequestedRegion: x}}")),
        inline(allow("Action: !Ref Lost, Resource: '*'")), inline(allow("Action: '*', Resource: !Ref Lost")),
        inline(all, deny("Action: '*', Resource: !Ref Lost")),
        inline(allow("Action: '*', Resource: 'arn:aws:dynamodb:eu-north-1:111122223333:table/orders/stream/*'")),
        inline("!If [Doubt, \(all), !Ref AWS::NoValue]"), "Policies: [!If [Doubt, {PolicyName: p}, !Ref AWS::NoValue]]",
        "Policies: [{PolicyName: p, PolicyDocument: !If [Doubt, {}, {Statement: []}]}]",
        "ManagedPolicyArns: [!ImportValue p]", "ManagedPolicyArns: !Ref Lost",
        "ManagedPolicyArns: ['arn:aws:iam::111122223333:policy/own']",
        "ManagedPolicyArns: ['arn:aws:iam::aws:policy/SomethingNew2027']",
        "PermissionsBoundary: !Ref Lost, " + inline(all),
    ]

    @Test("what a policy allows is allowed", arguments: allowed)
    func isAllowed(_ role: String) throws { #expect(try permission(role) == .allowed) }

    @Test("what nothing allows, or something denies, is denied", arguments: denied)
    func isDenied(_ role: String) throws {
        let permission = try permission(role)
        let isExplicit = role.contains("Deny")
        #expect(permission == .denied(explicitly: isExplicit), "\(permission)")
    }

    @Test("what depends on a condition or on what is elsewhere is not known", arguments: unknown)
    func isUnknown(_ role: String) throws {
        let permission = try permission(role)
        guard case .unknown = permission else {
            Issue.record("\(permission)")
            return
        }
    }

    @Test("policies of their own resources count: attached by role, by name, under a condition")
    func separatePolicies() throws {
        func policy(_ type: String, _ attachment: String, _ condition: String = "") -> String {
            "  P: {Type: AWS::IAM::\(type), \(condition)Properties: {\(attachment), PolicyDocument: {Statement: \(Self.all)}}}\n"
        }
        #expect(try permission("Path: /", more: policy("Policy", "Roles: [!Ref Role]")) == .allowed)
        #expect(try permission("RoleName: r", more: policy("RolePolicy", "RoleName: r")) == .allowed)
        #expect(try permission("Path: /", more: policy("ManagedPolicy", "Roles: [!Ref Role]")) == .allowed)
        #expect(try permission("ManagedPolicyArns: [!Ref P]", more: policy("ManagedPolicy", "Path: /")) == .allowed)
        #expect(try permission("Path: /", more: policy("Policy", "Roles: [!Ref F]")) == .denied(explicitly: false))
        let never = policy("Policy", "Roles: [!Ref Role]", "Condition: Never, ")
        #expect(try permission("Path: /", more: never) == .denied(explicitly: false))
        let doubt = policy("Policy", "Roles: [!Ref Role]", "Condition: Doubt, ")
        guard case .unknown = try permission("Path: /", more: doubt) else {
            Issue.record("a policy under a condition that is not known")
            return
        }
    }

    @Test("accounts and regions that are given decide; those that are not leave it open")
    func places() throws {
        let role = Self.inline(
            Self.allow("Action: '*', Resource: 'arn:aws:dynamodb:eu-north-1:111122223333:table/orders/stream/*'")
        )
        let here = ["AWS::AccountId": "111122223333", "AWS::Region": "eu-north-1"]
        #expect(try permission(role, parameters: here) == .allowed)
        let elsewhere = ["AWS::AccountId": "444455556666", "AWS::Region": "eu-north-1"]
        #expect(try permission(role, parameters: elsewhere) == .denied(explicitly: false))
    }

    @Test("a name that CloudFormation makes up may match a pattern, and is none that somebody wrote")
    func generatedNames() throws {
        func users(_ resource: String) throws -> Permission {
            try permission(
                Self.inline(Self.allow("Action: '*', Resource: \(resource)")),
                source: "!GetAtt Users.StreamArn"
            )
        }
        guard case .unknown = try users("!Sub 'arn:aws:dynamodb:*:*:table/${AWS::StackName}-*'") else {
            Issue.record("a pattern of the stack's name")
            return
        }
        #expect(try users("'arn:aws:dynamodb:*:*:table/customers/stream/*'") == .denied(explicitly: false))
        #expect(try users("!Sub '${Users.Arn}/*'") == .allowed)
    }

    @Test("an imported stream is allowed by the same import, and open to other names")
    func imports() throws {
        func imported(_ resource: String) throws -> Permission {
            try permission(Self.inline(Self.allow("Action: '*', Resource: \(resource)")), source: "!ImportValue s")
        }
        #expect(try imported("!ImportValue s") == .allowed)
        guard case .unknown = try imported("!GetAtt Users.StreamArn") else {
            Issue.record("another stream, perhaps")
            return
        }
    }

    @Test("a stream's own policy can allow its reader, and deny everybody")
    func streamPolicies() throws {
        func policy(_ statement: String) -> String {
            Self.head.replacing("ROLE", with: "Path: /").replacing("SOURCE", with: "!GetAtt Orders.StreamArn")
                .replacing(
                    "TableName: orders, StreamSpecification: {StreamViewType: KEYS_ONLY",
                    with: "TableName: orders, StreamSpecification: {StreamViewType: KEYS_ONLY, ResourcePolicy: "
                        + "{PolicyDocument: {Statement: [\(statement)]}}"
                )
        }
        func codes(_ statement: String) throws -> [String] {
            let template = try Template(TemplateText(file: "t.yaml", bytes: Array(policy(statement).utf8)))
            return try TemplateCheck(template).advice().flatMap(\.advice).map(\.code).filter {
                $0.contains("stream-perm")
            }
        }
        let role = "Principal: {AWS: !GetAtt Role.Arn}, Action: 'dynamodb:*', Resource: '*'"
        #expect(try codes(Self.allow(role)) == [])
        #expect(
            try codes(Self.allow("Principal: {AWS: '123456789012'}, Action: '*', Resource: '*'")) == [
                "missing-stream-permission"
            ]
        )
        #expect(try codes(Self.allow(role) + ", " + Self.deny(role)) == ["missing-stream-permission"])
    }

    @Test(
        "IAM's wildcards",
        arguments: [
            ("a*c", "abbc", true), ("a?c", "abc", true), ("a?c", "ac", false), ("*", "", true),
            ("a*b*c", "axbxd", false), ("**a", "aa", true),
        ]
    )
    func wildcards(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(Wildcards.match(pattern, text) == matches)
    }
}
