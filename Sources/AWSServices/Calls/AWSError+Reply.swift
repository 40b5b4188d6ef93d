// Reading AWS's errors, in the forms of its JSON and XML protocols.

internal import DynamoDBStreamEvents
internal import HTTPTransfers
internal import JSONScanning

extension AWSError {
    /// The error in a reply with a failing status.
    init(_ response: HTTPResponse, _ call: AWSCall, attempts: Int) {
        let document = try? JSONDocument(response.body, limits: JSONLimits(maximumDepth: 512))
        let root = document?.root
        let name =
            root?.text("__type") ?? response.headers["x-amzn-ErrorType"]
            ?? root?.text("code") ?? XMLText(response.body)["Code"]
        let message = root?.text("message") ?? root?.text("Message") ?? XMLText(response.body)["Message"] ?? ""
        let code = AWSErrorCode(rawValue: name.map(Self.bareName) ?? "HTTP \(response.status)")
        let kind: Kind =
            switch code {
            case .conditionalCheckFailed: .conditionalCheckFailed(item: root?["Item"].flatMap(Item.init(view:)))
            case .transactionCanceled:
                .transactionCanceled(
                    reasons: root?["CancellationReasons"]?.elements.map(TransactionCancellationReason.init) ?? []
                )
            default: .service(code)
            }
        self.init(kind, call, response, message: message, attempts: attempts)
    }

    /// `com.amazonaws.dynamodb.v20120810#ValidationException:http://…` is a `ValidationException`.
    private static func bareName(_ name: String) -> String {
        let name = name.split(separator: "#", omittingEmptySubsequences: true).last ?? name[...]
        return String(name.prefix { $0 != ":" })
    }
}

extension TransactionCancellationReason {
    fileprivate init(_ node: JSONNode) {
        code = node.text("Code") ?? "None"
        message = node.text("Message")
        item = node["Item"].flatMap(Item.init(view:))
    }
}

extension JSONNode {
    /// The text of a member; nil unless it is a string.
    func text(_ name: StaticString) -> String? { self[name].flatMap { (try? $0.string()) ?? nil } }
}

extension Item {
    /// A view of an object in a reply; nil for anything else.
    init?(view node: JSONNode) {
        guard node.kind == .object else { return nil }
        self.init(viewOf: node)
    }
}
